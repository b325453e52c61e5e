/* The table of tare-exits, and its operations that are more than one instruction. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exits.h"
#include "kernel.h"
#include "micro.h"
#include "work.h"

/* --- the first touch of memory that the machine may never have had ---------------------------- */

enum { FRESH_PAGES = 16384, FRESH_BATCH = 64 };

static unsigned char *fresh;
static long next_fresh, page_bytes;

static const char *fresh_why_not(void)
{
	long available = sysconf(_SC_AVPHYS_PAGES);

	return available < 2L * FRESH_PAGES ? "less than 128 MiB of memory are free" : NULL;
}

static void fresh_start(void)
{
	page_bytes = sysconf(_SC_PAGESIZE);
	void *memory = mmap(NULL, (size_t)(FRESH_PAGES * page_bytes), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		kernel_die("mmap: %s", strerror(errno));
	fresh = memory;
	madvise(fresh, (size_t)(FRESH_PAGES * page_bytes), MADV_NOHUGEPAGE);
	next_fresh = 0;
}

static void fresh_run(long count)
{
	for (long i = 0; i < count; i++, next_fresh++)
		*(volatile unsigned char *)&fresh[next_fresh * page_bytes] = 1;
}

static void fresh_stop(void)
{
	munmap(fresh, (size_t)(FRESH_PAGES * page_bytes));
}

/* --- a known mixture: fixed work, and one exit ------------------------------------------------ */

enum { WORK_STEPS = 1000 };

static uint64_t worked = 1;

static void work_run(long count)
{
	for (long i = 0; i < count; i++) {
		worked = work(worked | 1, WORK_STEPS);
		exits_cpuid(1);
	}
}

/* fresh comes first: what ran before it has left touched memory behind. */
const struct operation exits_operations[] = {
	{.name = "page_first",
		.cpus = 1,
		.why_not = fresh_why_not,
		.start = fresh_start,
		.run = fresh_run,
		.stop = fresh_stop,
		.batch_most = FRESH_BATCH,
		.only = FRESH_PAGES},
	{.name = "page_again",
		.cpus = 1,
		.start = micro_page_fault_start,
		.prepare = micro_page_fault_prepare,
		.run = micro_page_fault_run,
		.stop = micro_page_fault_stop,
		.batch_most = MICRO_PAGES},
	{.name = "cpuid", .cpus = 1, .run = exits_cpuid},
	{.name = "hypercall",
		.cpus = 1,
		.why_not = exits_hypercall_why_not,
		.run = exits_hypercall},
	{.name = "xen_hypercall",
		.cpus = 1,
		.why_not = exits_xen_hypercall_why_not,
		.run = exits_xen_hypercall},
	{.name = "port_io", .cpus = 1, .why_not = exits_port_io_why_not, .run = exits_port_io},
	{.name = "mmio", .cpus = 1, .why_not = exits_mmio_why_not, .run = exits_mmio},
	{.name = "halt_wakeup",
		.cpus = 2,
		.start = micro_wakeup_futex_start,
		.sample_ns = micro_halted_wakeup_ns,
		.stop = micro_pair_stop},
	{.name = "timer",
		.cpus = 1,
		.start = micro_timer_start,
		.sample_ns = micro_timer_sample_ns},
	{.name = "shootdown",
		.cpus = 2,
		.start = micro_shootdown_start,
		.run = micro_shootdown_run,
		.stop = micro_shootdown_stop},
	{.name = "shootdown_alone",
		.cpus = 1,
		.start = micro_shootdown_alone_start,
		.run = micro_shootdown_run,
		.stop = micro_shootdown_alone_stop},
	{.name = "cpuid_work", .cpus = 1, .run = work_run},
	{0},
};
