/* Operations of tare-micro that one CPU does alone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "micro.h"

enum { MAPPING_PAGES = 16, SLEEP_NS = 100000, EXIT_STATUS = 42 };

static long page_bytes;

/* --- system call: getppid, which does nothing, by the instruction, because libc might
 * cache the result (lmbench lat_syscall null). */

static long parent;

static void syscall_start(void)
{
	parent = getppid();
}

static void syscall_run(long count)
{
	for (long i = 0; i < count; i++)
		if (syscall(SYS_getppid) != parent)
			kernel_die("syscall: the parent's number changed");
}

/* --- signal: sent to the own process, caught, returned from (lmbench lat_sig catch and send) */

static volatile sig_atomic_t caught;

static void catch_signal(int number_of)
{
	(void)number_of;
	caught++;
}

static void signal_start(void)
{
	struct sigaction action = {.sa_handler = catch_signal};

	sigaction(SIGUSR1, &action, NULL);
}

static void signal_run(long count)
{
	pid_t self = getpid();

	caught = 0;
	for (long i = 0; i < count; i++)
		kill(self, SIGUSR1);
	if (caught != count)
		kernel_die("signal: %d of %ld signals arrived", (int)caught, count);
}

/* --- pipe: one byte into it and out of it, without another process: what context_switch has in
 * it besides the switch (the overhead that lmbench lat_ctx subtracts) */

static int tube[2];

static void pipe_start(void)
{
	if (pipe(tube) != 0)
		kernel_die("pipe: %s", strerror(errno));
}

static void pipe_run(long count)
{
	for (long i = 0; i < count; i++) {
		unsigned char sent = (unsigned char)i, received = (unsigned char)~sent;

		if (write(tube[1], &sent, 1) != 1 || read(tube[0], &received, 1) != 1 ||
			received != sent)
			kernel_die("pipe: a byte was lost");
	}
}

static void pipe_stop(void)
{
	close(tube[0]);
	close(tube[1]);
}

/* --- page fault: the first write to a page of anonymous memory */

static unsigned char *region;
static long next_page;

static void *map_pages(long pages)
{
	void *memory = mmap(NULL, (size_t)(pages * page_bytes), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		kernel_die("mmap of %ld pages: %s", pages, strerror(errno));
	return memory;
}

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* An atomic addition, because a read before it would be a separate fault. */
void micro_page_fault_run(long count)
{
	for (long i = 0; i < count; i++, next_page++)
		if (__atomic_add_fetch(&region[next_page * page_bytes], 1, __ATOMIC_RELAXED) != 1)
			kernel_die("page_fault: a fresh page is not zero");
}

void micro_page_fault_start(void)
{
	long before;

	page_bytes = sysconf(_SC_PAGESIZE);
	region = map_pages(MICRO_PAGES);
	/* One fault a page, not one for 512. */
	madvise(region, (size_t)(MICRO_PAGES * page_bytes), MADV_NOHUGEPAGE);
	before = minor_faults();
	next_page = 0;
	micro_page_fault_run(MICRO_PAGES);
	if (minor_faults() - before < MICRO_PAGES)
		kernel_die("page_fault: %d pages made %ld faults", MICRO_PAGES,
			minor_faults() - before);
	next_page = MICRO_PAGES;
}

void micro_page_fault_prepare(long count)
{
	if (next_page + count <= MICRO_PAGES)
		return;
	madvise(region, (size_t)(MICRO_PAGES * page_bytes), MADV_DONTNEED);
	next_page = 0;
}

void micro_page_fault_stop(void)
{
	munmap(region, (size_t)(MICRO_PAGES * page_bytes));
}

/* --- mmap: 16 anonymous pages mapped, each written once, unmapped (after lmbench lat_mmap, which
 * maps a file) */

static void mmap_start(void)
{
	page_bytes = sysconf(_SC_PAGESIZE);
}

static void mmap_run(long count)
{
	for (long i = 0; i < count; i++) {
		volatile unsigned char *pages = map_pages(MAPPING_PAGES);

		for (long p = 0; p < MAPPING_PAGES; p++)
			pages[p * page_bytes] = 1;
		if (munmap((void *)pages, (size_t)(MAPPING_PAGES * page_bytes)) != 0)
			kernel_die("munmap: %s", strerror(errno));
	}
}

/* --- fork and exec: until the child, which ends at once, is waited for (lmbench lat_proc) */

static void wait_for(pid_t child, const char *what)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			kernel_die("%s: %s", what, strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_STATUS)
		kernel_die("%s: the child ended with status %#x", what, (unsigned)status);
}

static void fork_run(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			kernel_die("fork: %s", strerror(errno));
		if (child == 0)
			_exit(EXIT_STATUS);
		wait_for(child, "fork");
	}
}

static void exec_run(long count)
{
	char *const arguments[] = {(char[]){"tare-micro"}, (char[]){"--exit"}, NULL};

	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			kernel_die("fork: %s", strerror(errno));
		if (child == 0) {
			execv("/proc/self/exe", arguments);
			_exit(127);
		}
		wait_for(child, "exec");
	}
}

/* --- timer: how much later than asked a sleep of 100 us ends */

void micro_timer_start(void)
{
	/* The kernel may otherwise wait 50 us for company. */
	prctl(PR_SET_TIMERSLACK, 1);
}

double micro_timer_sample_ns(void)
{
	int64_t due = kernel_clock_ns() + SLEEP_NS, late;
	struct timespec until = {due / 1000000000, due % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	late = kernel_clock_ns() - due;
	if (late < 0)
		kernel_die("timer: a sleep ended %lld ns too early", -(long long)late);
	return (double)late;
}

const struct operation micro_operations[] = {
	{.name = "syscall", .cpus = 1, .start = syscall_start, .run = syscall_run},
	{.name = "signal", .cpus = 1, .start = signal_start, .run = signal_run},
	{.name = "pipe", .cpus = 1, .start = pipe_start, .run = pipe_run, .stop = pipe_stop},
	{.name = "context_switch",
		.cpus = 1,
		.start = micro_context_switch_start,
		.run = micro_pair_run,
		.stop = micro_pair_stop,
		.parts = 2},
	{.name = "page_fault",
		.cpus = 1,
		.start = micro_page_fault_start,
		.prepare = micro_page_fault_prepare,
		.run = micro_page_fault_run,
		.stop = micro_page_fault_stop,
		.batch_most = MICRO_PAGES},
	{.name = "mmap", .cpus = 1, .start = mmap_start, .run = mmap_run},
	{.name = "fork", .cpus = 1, .run = fork_run},
	{.name = "exec", .cpus = 1, .run = exec_run},
	{.name = "timer",
		.cpus = 1,
		.start = micro_timer_start,
		.sample_ns = micro_timer_sample_ns},
	{.name = "wakeup_futex",
		.cpus = 2,
		.start = micro_wakeup_futex_start,
		.run = micro_pair_run,
		.stop = micro_pair_stop,
		.parts = 2},
	{.name = "wakeup_eventfd",
		.cpus = 2,
		.start = micro_wakeup_eventfd_start,
		.run = micro_pair_run,
		.stop = micro_pair_stop,
		.parts = 2},
	{.name = "shootdown",
		.cpus = 2,
		.start = micro_shootdown_start,
		.run = micro_shootdown_run,
		.stop = micro_shootdown_stop},
	{0},
};
