/* cpu: integer and floating-point work on every virtual CPU at once (kernel tare-cpu, which
 * verifies its results). Knows nothing about how the work is done. */
#include "bench/bench.h"

#include <math.h>

#include "bench/timing.h"

struct cpu_options {
	int64_t iterations, work, threads;
	double seconds;
};

static const struct option_row cpu_rows[] = {
	{"iterations", OPTION_INT, offsetof(struct cpu_options, iterations), "5", "1",
		"measured repetitions; each is one sample (more if the time is not over)", 1, 10000,
		NULL},
	{"seconds", OPTION_DURATION, offsetof(struct cpu_options, seconds), "2", "s",
		"time of each phase, all iterations together", 0.001, 3600, NULL},
	{"work", OPTION_INT, offsetof(struct cpu_options, work), "0", "1",
		"fixed work: units per thread, phase and iteration; 0: as seconds needs", 0, 1e6,
		NULL},
	{"threads", OPTION_INT, offsetof(struct cpu_options, threads), "0", "1",
		"pinned threads; 0: one for every CPU of the machine", 0, 4096, NULL},
	{0},
};

static const struct metric cpu_metrics[] = {
	{"integer_rate", "Mop/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"64-bit integer operations of all threads together", HEADLINE(1)},
	{"floating_rate", "MFLOP/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"double-precision operations of all threads together", HEADLINE(2)},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"one iteration: both phases, until the last thread is done", DETAIL},
	{"integer_work", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"units of 250,000 steps per thread and iteration", VALIDITY},
	{"floating_work", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"units of 100,000 steps per thread and iteration", VALIDITY},
	{0},
};

static int cpu_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct cpu_options *o = options;

	(void)role;
	(void)e;
	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-cpu", "--iterations", NULL);
	argv_addf(&out->argv, "%lld", (long long)o->iterations);
	if (o->work > 0) {
		argv_add(&out->argv, "--work");
		argv_addf(&out->argv, "%lld", (long long)o->work);
	} else {
		argv_add(&out->argv, "--seconds");
		argv_addf(&out->argv, "%g", o->seconds);
	}
	argv_add(&out->argv, "--threads");
	argv_addf(&out->argv, "%lld", (long long)o->threads);
	out->expected_s = 0.2 + 2 * BENCH_WARM_UP_S;
	out->expected_s +=
		o->work > 0 ? (double)o->iterations * (double)o->work * 0.8e-3 : 2 * o->seconds;
	return 0;
}

static int cpu_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-cpu", cpu_metrics, text, length, out, e);
}

static const char *cpu_why_not(const void *options, const struct machine_facts *facts)
{
	const struct cpu_options *o = options;

	if (o->threads > facts->cpus)
		return "more threads than the machine has CPUs";
	return NULL;
}

const struct benchmark bench_cpu = {
	.name = "cpu",
	.summary = "integer and floating-point work on all virtual CPUs, almost no memory",
	.source = "after Nussbaum et al. 2009, section \"CPU\"",
	.options = cpu_rows,
	.options_size = sizeof(struct cpu_options),
	.metrics = cpu_metrics,
	.topology = TOPOLOGY_ONE,
	.command = cpu_command,
	.parse = cpu_parse,
	.why_not = cpu_why_not,
};
