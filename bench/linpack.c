/* linpack: serial LU by OpenBLAS over the problem size, in and out of cache (kernel tare-linpack,
 * which verifies HPL's residual). Runs nothing. */
#include "bench/bench.h"

#include <math.h>

#include "bench/timing.h"

struct linpack_options {
	struct number_list sizes;
	int64_t repetitions;
	double seconds;
};

static const struct option_row linpack_rows[] = {
	{"sizes", OPTION_INT_LIST, offsetof(struct linpack_options, sizes),
		"100,200,400,800,1600,2400", "1", "problem sizes n: an n x n matrix of doubles", 2,
		200000, NULL},
	{"seconds", OPTION_DURATION, offsetof(struct linpack_options, seconds), "2", "s",
		"time per size, and at least one solution", 0.001, 3600, NULL},
	{"repetitions", OPTION_INT, offsetof(struct linpack_options, repetitions), "0", "1",
		"fixed work: solutions per size; 0: as many as seconds allows", 0, 10000, NULL},
	{0},
};

static const struct metric linpack_metrics[] = {
	{"gflops", "GFLOP/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, "problem size", "1",
		"LU factorization and solution on one CPU, 2/3 n^3 + 3/2 n^2 operations",
		HEADLINE_AT(1, HEADLINE_LARGEST)},
	{"batch", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "problem size", "1",
		"solutions averaged in one sample", VALIDITY},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "problem size", "1",
		"time of all samples, including generation and verification", VALIDITY},
	{0},
};

static int linpack_check(const void *options, struct error *e)
{
	const struct linpack_options *o = options;

	if (o->sizes.count == 0)
		return error_set(e, "sizes must name at least one problem size");
	for (size_t i = 1; i < o->sizes.count; i++)
		if (o->sizes.values[i] <= o->sizes.values[i - 1])
			return error_set(e, "sizes must be in increasing order, each once");
	return 0;
}

static int linpack_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct linpack_options *o = options;

	(void)role;
	(void)e;
	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-linpack", "--sizes", NULL);
	timing_add_sizes(&out->argv, &o->sizes);
	if (o->repetitions > 0) {
		argv_add(&out->argv, "--repetitions");
		argv_addf(&out->argv, "%lld", (long long)o->repetitions);
	} else {
		argv_add(&out->argv, "--seconds");
		argv_addf(&out->argv, "%g", o->seconds);
	}
	/* OpenBLAS would start a thread on every CPU. The kernel sets 1 too, but only after the
	 * library has started them. */
	argv_add(&out->env, "OPENBLAS_NUM_THREADS=1");
	out->expected_s = 0.5;
	for (size_t i = 0; i < o->sizes.count; i++) {
		double once_s = 2.0 / 3 * pow((double)o->sizes.values[i], 3) / 10e9;

		out->expected_s += fmax(BENCH_WARM_UP_S, once_s);
		out->expected_s += o->repetitions > 0 ? (double)o->repetitions * once_s
						      : fmax(o->seconds, once_s);
	}
	return 0;
}

static int linpack_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-linpack", linpack_metrics, text, length, out, e);
}

static const char *linpack_why_not(const void *options, const struct machine_facts *facts)
{
	const struct linpack_options *o = options;
	double largest = (double)o->sizes.values[o->sizes.count - 1];

	/* An eighth is left for the system. */
	if (8 * largest * largest > 0.875 * (double)facts->memory_bytes)
		return "the largest matrix does not fit into the machine's memory";
	return NULL;
}

const struct benchmark bench_linpack = {
	.name = "linpack",
	.summary = "serial LU over the problem size, in and out of cache, residual checked",
	.source = "Linpack as in Janczyk, von Suchodoletz 2008; operations and residual as in HPL",
	.options = linpack_rows,
	.options_size = sizeof(struct linpack_options),
	.metrics = linpack_metrics,
	.topology = TOPOLOGY_ONE,
	.check = linpack_check,
	.command = linpack_command,
	.parse = linpack_parse,
	.why_not = linpack_why_not,
};
