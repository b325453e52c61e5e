/* lockhold: waiting for a lock whose holder may lose its CPU, by kind of lock (kernel
 * tare-lockhold, which verifies mutual exclusion). Runs nothing. */
#include "bench/bench.h"

#include "bench/timing.h"

struct lockhold_options {
	int lock;
	int64_t threads, critical, outside, repetitions;
	double seconds;
};

static const char *const lock_names[] = {"test-and-set", "ticket", "mcs", "futex", NULL};

static const struct option_row lockhold_rows[] = {
	{"lock", OPTION_CHOICE, offsetof(struct lockhold_options, lock), "ticket", NULL,
		"kind of lock; the waiters of futex sleep, those of the others spin", 0, 0,
		lock_names},
	{"threads", OPTION_INT, offsetof(struct lockhold_options, threads), "0", "1",
		"threads, pinned to the CPUs in turn; 0: one for every CPU of the machine", 0, 1024,
		NULL},
	{"critical", OPTION_INT, offsetof(struct lockhold_options, critical), "500", "1",
		"steps of work while holding the lock, 1 to 2 ns each", 0, 1e9, NULL},
	{"outside", OPTION_INT, offsetof(struct lockhold_options, outside), "1000", "1",
		"steps of work between two acquisitions", 0, 1e9, NULL},
	{"repetitions", OPTION_INT, offsetof(struct lockhold_options, repetitions), "5", "1",
		"measured repetitions; each is one sample", 1, 10000, NULL},
	{"seconds", OPTION_DURATION, offsetof(struct lockhold_options, seconds), "1", "s",
		"length of a repetition", 0.001, 3600, NULL},
	{0},
};

/* The axis: a wait of more than 2^(x-1) and at most 2^x cycles. */
#define WAIT_AXIS "log2 of cycles waited", "1"

static const struct metric lockhold_metrics[] = {
	{"acquisitions", "1/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"acquisitions of the lock by all threads together", HEADLINE(1)},
	{"wait_mean", "cycles", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"mean wait for the lock, by the time stamp counter", DETAIL},
	{"wait_p99", "cycles", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"99th percentile of the waits, rounded up to a power of two", DETAIL},
	{"spin_share", "%", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"share of the threads' time spent waiting", HEADLINE(2)},
	{"fairness", "1", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"Jain's index of the threads' acquisitions; 1: all equal", DETAIL},
	{"tsc_rate", "MHz", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"rate of the time stamp counter against the clock", VALIDITY},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"length of the repetition, as measured", VALIDITY},
	{"waits", "1", BETTER_NONE, STATISTIC_SUM, SCALE_DIFFERENCE, WAIT_AXIS,
		"acquisitions that waited that long, in all repetitions", DETAIL},
	{"waits_share", "%", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, WAIT_AXIS,
		"the same as a share of all acquisitions", DETAIL},
	{"waited_share", "%", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, WAIT_AXIS,
		"share of all waiting time spent in waits of that length", DETAIL},
	{0},
};

static int lockhold_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct lockhold_options *o = options;
	struct argv *argv = &out->argv;

	(void)role;
	(void)e;
	argv_add_all(argv, BENCH_KERNELS_DIR "/tare-lockhold", "--lock", lock_names[o->lock],
		"--threads", NULL);
	argv_addf(argv, "%lld", (long long)o->threads);
	argv_add(argv, "--critical");
	argv_addf(argv, "%lld", (long long)o->critical);
	argv_add(argv, "--outside");
	argv_addf(argv, "%lld", (long long)o->outside);
	argv_add(argv, "--repetitions");
	argv_addf(argv, "%lld", (long long)o->repetitions);
	argv_add(argv, "--seconds");
	argv_addf(argv, "%g", o->seconds);
	out->expected_s = 0.2 + BENCH_WARM_UP_S + (double)o->repetitions * o->seconds;
	return 0;
}

static int lockhold_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-lockhold", lockhold_metrics, text, length, out, e);
}

static const char *lockhold_why_not(const void *options, const struct machine_facts *facts)
{
	const struct lockhold_options *o = options;

	if (o->threads == 1 || (o->threads == 0 && facts->cpus < 2))
		return "a single thread never waits: needs 2 CPUs, or at least 2 threads";
	return NULL;
}

const struct benchmark bench_lockhold = {
	.name = "lockhold",
	.summary = "spinning for a lock whose holder may lose its CPU: waits in powers of two",
	.source = "spin-wait histogram of Friebel, Biemueller 2008, \"How to Deal with Lock Holder "
		  "Preemption\"",
	.options = lockhold_rows,
	.options_size = sizeof(struct lockhold_options),
	.metrics = lockhold_metrics,
	.topology = TOPOLOGY_ONE,
	.command = lockhold_command,
	.parse = lockhold_parse,
	.why_not = lockhold_why_not,
};
