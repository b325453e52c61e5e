/* mpi-pingpong: latency and bandwidth between two MPI ranks over the message size, by the
 * definitions of the Intel MPI Benchmarks (kernel tare-mpi-pingpong). */
#include "bench/bench.h"

#include "bench/mpi.h"
#include "bench/timing.h"

enum pair { PAIR_FIRST_LAST, PAIR_FIRST_SECOND };

static const char *const pairs[] = {"first-last", "first-second", NULL};

static const struct option_row pingpong_rows[] = {
	MPI_OPTION_ROWS,
	{"pair", OPTION_CHOICE, offsetof(struct mpi_options, pair), "first-last", NULL,
		"the two ranks; first-last spans machines when there are several", 0, 0, pairs},
	{0},
};

static const struct metric pingpong_metrics[] = {
	{"latency", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"half a round trip, every sample", HEADLINE_AT(1, HEADLINE_SMALLEST)},
	{"bandwidth", "MB/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"message size / median latency, 1 MB = 10^6 bytes",
		HEADLINE_AT(2, HEADLINE_LARGEST)},
	{"latency_mean", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"mean of the samples: IMB's t[usec]", DETAIL},
	{"bandwidth_mean", "MB/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"message size / mean latency: IMB's Mbytes/sec", DETAIL},
	{"batch", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"round trips averaged in one sample", VALIDITY},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"time of all calls", VALIDITY},
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"one reading of the clock", VALIDITY},
	{0},
};

static int pingpong_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct mpi_options *o = options;

	if (role->ranks < 2)
		return error_set(e, "mpi-pingpong: needs 2 ranks");
	mpi_command(BENCH_KERNELS_DIR "/tare-mpi-pingpong", o, out);
	argv_add(&out->argv, "--pair");
	argv_add(&out->argv, pairs[o->pair]);
	return 0;
}

static int pingpong_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-mpi-pingpong", pingpong_metrics, text, length, out, e);
}

static const char *pingpong_why_not(const void *options, const struct machine_facts *facts)
{
	return mpi_why_not(options, facts);
}

const struct benchmark bench_mpi_pingpong = {
	.name = "mpi-pingpong",
	.summary = "MPI latency and bandwidth between two ranks over the message size",
	.source = "definitions of the Intel MPI Benchmarks, IMB-MPI1 PingPong",
	.options = pingpong_rows,
	.options_size = sizeof(struct mpi_options),
	.metrics = pingpong_metrics,
	.topology = TOPOLOGY_RANKS,
	.command = pingpong_command,
	.parse = pingpong_parse,
	.why_not = pingpong_why_not,
};
