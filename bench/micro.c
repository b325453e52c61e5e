/* micro: the cost of single operations of the operating system (kernel tare-micro, which verifies
 * them). Knows their names, not how they are done. */
#include "bench/bench.h"

#include "bench/operations.h"
#include "bench/timing.h"

struct micro_options {
	char *operations;
	int64_t iterations;
	double seconds;
};

static const struct option_row micro_rows[] = {
	{"operations", OPTION_STRING, offsetof(struct micro_options, operations), "all", NULL,
		"all, or a comma-separated list; all skips what needs a second CPU where there is "
		"none",
		0, 0, NULL},
	{"iterations", OPTION_INT, offsetof(struct micro_options, iterations), "1000", "1",
		"samples recorded per operation, at most; spread over the time", 1, 1000000, NULL},
	{"seconds", OPTION_DURATION, offsetof(struct micro_options, seconds), "2", "s",
		"time per operation; 0: fixed work, as many samples as iterations says", 0, 3600,
		NULL},
	{0},
};

/* The operations, each with the CPUs it takes, its rank as a headline or 0, and
 * its help: M(name, cpus, rank, help). */
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

#define OPERATION_ROW(name, cpus, rank, help) {#name, cpus},

static const struct named_operation operations[] = {OPERATIONS(OPERATION_ROW){0}};

#define OPERATION_METRICS(name, cpus, rank, help) \
	{#name, "ns", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, help, \
		(rank) > 0 ? METRIC_HEADLINE : METRIC_DETAIL, (rank), HEADLINE_ENDS, NULL}, \
		{#name "_p99", "ns", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, NULL, NULL, \
			"99th percentile of one run's samples", DETAIL}, \
		{#name "_batch", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, \
			"operations averaged in one sample", VALIDITY},

/* The clock comes first: it is in every output, whatever the operations. */
static const struct metric micro_metrics[] = {
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"one reading of the clock", VALIDITY},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"time of all operations, without warm-ups", VALIDITY},
	OPERATIONS(OPERATION_METRICS){0},
};

static int micro_check(const void *options, struct error *e)
{
	const struct micro_options *o = options;

	return operations_check(operations, o->operations, "micro", e);
}

static int micro_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct micro_options *o = options;
	struct argv *argv = &out->argv;
	unsigned count;

	(void)e;
	argv_add_all(argv, BENCH_KERNELS_DIR "/tare-micro", "--operations", NULL);
	count = operations_add(operations, o->operations, role->cpus ? role->cpus : 1, argv);
	argv_add(argv, "--iterations");
	argv_addf(argv, "%lld", (long long)o->iterations);
	argv_add(argv, "--seconds");
	argv_addf(argv, "%g", o->seconds);
	/* 1,000 samples take 0.3 s or less on hardware. */
	out->expected_s = 0.5 + count * (BENCH_WARM_UP_S + (o->seconds > 0 ? o->seconds : 0.3));
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
	const struct micro_options *o = options;

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
	.options_size = sizeof(struct micro_options),
	.metrics = micro_metrics,
	.topology = TOPOLOGY_ONE,
	.check = micro_check,
	.command = micro_command,
	.parse = micro_parse,
	.why_not = micro_why_not,
};
