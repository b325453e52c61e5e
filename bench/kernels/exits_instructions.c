/* Single instructions of tare-exits that leave a guest where the hypervisor handles them. */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exits.h"
#include "kernel.h"

/* The port that BIOSes write progress to, and Linux to wait a microsecond: writing has no effect.
 * KVM has no device there, QEMU has. */
enum { PROGRESS_PORT = 0x80 };

static char reason[160];

static const char *reason_errno(const char *what)
{
	snprintf(reason, sizeof(reason), "%s: %s", what, strerror(errno));
	return reason;
}

/* --- instructions that may be refused with a signal ------------------------------------------- */

static sigjmp_buf before_fault;

static void on_fault(int number)
{
	siglongjmp(before_fault, number);
}

/* Does the operation once. Returns the signal that it ended in, or 0. */
static int try(void (*run)(long count))
{
	struct sigaction action = {.sa_handler = on_fault}, ill, segv, bus;
	int number;

	sigaction(SIGILL, &action, &ill);
	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	number = sigsetjmp(before_fault, 1);
	if (number == 0)
		run(1);
	sigaction(SIGILL, &ill, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return number;
}

/* --- cpuid ------------------------------------------------------------------------------------ */

void exits_cpuid(long count)
{
	for (long i = 0; i < count; i++) {
		unsigned a, b, c, d;
		__cpuid(0, a, b, c, d);
		__asm__ volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d));
	}
}

/* --- hypercall: every hypervisor refuses it to a program, after the exit that is priced here -- */

static int is_amd;

void exits_hypercall(long count)
{
	for (long i = 0; i < count; i++) {
		/* KVM's number 1 asks for nothing; Xen refuses before it looks. */
		long result = 1;
		if (is_amd)
			__asm__ volatile("vmmcall" : "+a"(result) : : "memory");
		else
			__asm__ volatile("vmcall" : "+a"(result) : : "memory");
		if (result == 1)
			kernel_die("hypercall: the hypervisor did not answer");
	}
}

const char *exits_hypercall_why_not(void)
{
	unsigned a, b, c, d;

	__cpuid(0, a, b, c, d);
	/* "AuthenticAMD", "HygonGenuine" */
	is_amd = b == 0x68747541 || b == 0x6f677948;
	return try(exits_hypercall) ? "no hypervisor takes the instruction" : NULL;
}

/* --- Xen's hypercall, through its device: a system call is in it ---------------------------------
 * The interface is that of linux/xen/privcmd.h, whose header does not compile by itself. */

struct privcmd_hypercall {
	uint64_t number, arguments[5];
};

#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

enum { HYPERVISOR_XEN_VERSION = 17 }; /* with argument 0: major << 16 | minor */

static int privcmd = -1;

void exits_xen_hypercall(long count)
{
	for (long i = 0; i < count; i++) {
		struct privcmd_hypercall call = {.number = HYPERVISOR_XEN_VERSION};
		if (ioctl(privcmd, PRIVCMD_HYPERCALL, &call) <= 0)
			kernel_die("xen_hypercall: %s", strerror(errno));
	}
}

const char *exits_xen_hypercall_why_not(void)
{
	struct privcmd_hypercall call = {.number = HYPERVISOR_XEN_VERSION};

	if (privcmd < 0)
		privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (privcmd < 0)
		return reason_errno("/dev/xen/privcmd");
	return ioctl(privcmd, PRIVCMD_HYPERCALL, &call) <= 0 ? reason_errno("/dev/xen/privcmd")
							     : NULL;
}

/* --- port I/O --------------------------------------------------------------------------------- */

void exits_port_io(long count)
{
	for (long i = 0; i < count; i++)
		outb(0, PROGRESS_PORT);
}

const char *exits_port_io_why_not(void)
{
	if (ioperm(PROGRESS_PORT, 1, 1) != 0)
		return reason_errno("ioperm");
	return try(exits_port_io) ? "the hypervisor refuses the port" : NULL;
}

/* --- memory-mapped I/O: the counter of the HPET, a device that its emulations have, too ------- */

enum { HPET_COUNTER = 0xf0, HPET_BYTES = 1024 };

static const volatile unsigned char *hpet;

static uint32_t hpet_counter(void)
{
	return *(const volatile uint32_t *)(hpet + HPET_COUNTER);
}

void exits_mmio(long count)
{
	for (long i = 0; i < count; i++)
		(void)hpet_counter();
}

const char *exits_mmio_why_not(void)
{
	uint32_t before;
	int fd = open("/dev/hpet", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return reason_errno("/dev/hpet");
	hpet = mmap(NULL, HPET_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	const char *why = hpet == MAP_FAILED ? reason_errno("mmap of /dev/hpet") : NULL;
	close(fd);
	if (why)
		return why;
	if (try(exits_mmio))
		return "reading /dev/hpet is refused";
	/* A device that is there counts. */
	before = hpet_counter();
	for (int i = 0; i < 1000 && hpet_counter() == before; i++)
		;
	return hpet_counter() == before ? "the HPET does not count" : NULL;
}
