/* micro: the cost of single operations of the operating system (kernel tare-micro, which verifies
 * them). Knows their names, not how they are done. */
#include "bench/bench.h"

#include "bench/operations.h"
#include "bench/timing.h"

static const struct option_row micro_rows[] = {
	OPERATIONS_ROWS("all, or a comma-separated list; all skips what needs a second CPU where "
			"there is none",
		"2"),
	{0},
};

#define OPERATIONS(M) \
	M(syscall, 1, 1, "getppid by the system call instruction") \
	M(signal, 1, 0, "a signal sent to the own process, caught, and returned from") \
	M(pipe, 1, 0, "one byte into a pipe and out of it, by one process") \
	M(context_switch, 1, 0, "a token through a pipe to a process on the same CPU") \
	M(page_fault, 1, 2, "first write to a page of anonymous memory") \
	M(mmap, 1, 0, "16 pages mapped, each written once, unmapped") \
	M(fork, 1, 0, "fork of a process that ends at once, until waited for") \
	M(exec, 1, 0, "fork and exec of a program that ends at once, until waited for") \
	M(timer, 1, 0, "how much later than asked a sleep of 100 us ends") \
	M(wakeup_futex, 2, 3, "a token by futex to a process sleeping on another CPU") \
	M(wakeup_eventfd, 2, 0, "a token by eventfd to a process sleeping on another CPU") \
	M(shootdown, 2, 0, \
		"a page write-protected, unprotected and written while another CPU runs a thread")

static const struct named_operation operations[] = {OPERATIONS(OPERATION_ROW){0}};

static const struct metric micro_metrics[] = {
	OPERATIONS_CLOCK,
	OPERATIONS(OPERATION_METRICS){0},
};

static int micro_check(const void *options, struct error *e)
{
	const struct operations_options *o = options;

	return operations_check(operations, o->operations, "micro", e);
}

static int micro_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct operations_options *o = options;

	(void)e;
	operations_command(
		BENCH_KERNELS_DIR "/tare-micro", operations, o, role->cpus ? role->cpus : 1, out);
	return 0;
}

static int micro_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	if (timing_parse("tare-micro", micro_metrics, text, length, out, e) < 0)
		return -1;
	if (out->count < 3)
		return error_set(e, "tare-micro measured no operation");
	return 0;
}

static const char *micro_why_not(const void *options, const struct machine_facts *facts)
{
	const struct operations_options *o = options;

	if (operations_cpus(operations, o->operations) <= facts->cpus)
		return NULL;
	return "wakeup_futex, wakeup_eventfd and shootdown need 2 CPUs";
}

const struct benchmark bench_micro = {
	.name = "micro",
	.summary = "cost of system call, context switch, page fault, fork, exec, signal, timer, "
		   "wake-up",
	.source =
		"after lmbench (lat_syscall, lat_sig, lat_ctx, lat_pagefault, lat_mmap, lat_proc; "
		"memory is anonymous here) and virtbench; every sample is recorded",
	.options = micro_rows,
	.options_size = sizeof(struct operations_options),
	.metrics = micro_metrics,
	.topology = TOPOLOGY_ONE,
	.check = micro_check,
	.command = micro_command,
	.parse = micro_parse,
	.why_not = micro_why_not,
};
