/* mpi-alltoall: the time of MPI_Alltoall over the message size, by the definitions of the Intel
 * MPI Benchmarks (kernel tare-mpi-alltoall). */
#include "bench/bench.h"

#include "bench/mpi.h"
#include "bench/timing.h"

static const struct option_row alltoall_rows[] = {
	MPI_OPTION_ROWS,
	{0},
};

static const struct metric alltoall_metrics[] = {
	{"time", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"one call, averaged over the ranks, every iteration", HEADLINE(1)},
	{"time_slowest", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"one call on the slowest rank, every iteration", DETAIL},
	{"time_min", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"smallest of the ranks' mean times: IMB's t_min[usec]", DETAIL},
	{"time_avg", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"mean over ranks and iterations: IMB's t_avg[usec]", DETAIL},
	{"time_max", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"largest of the ranks' mean times: IMB's t_max[usec]", DETAIL},
	{"bandwidth", "MB/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"bytes one rank sends to the others / median time, 1 MB = 10^6 bytes", DETAIL},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"time of all calls", VALIDITY},
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"one reading of the clock", VALIDITY},
	{0},
};

static int alltoall_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	if (role->ranks < 2)
		return error_set(e, "mpi-alltoall: needs 2 ranks");
	mpi_command(BENCH_KERNELS_DIR "/tare-mpi-alltoall", options, out);
	return 0;
}

static int alltoall_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-mpi-alltoall", alltoall_metrics, text, length, out, e);
}

static const char *alltoall_why_not(const void *options, const struct machine_facts *facts)
{
	const struct number_list *sizes = &((const struct mpi_options *)options)->sizes;
	int64_t largest = 0;

	for (size_t i = 0; i < sizes->count; i++)
		if (sizes->values[i] > largest)
			largest = sizes->values[i];
	/* Every rank has two buffers of one message per rank; as much for MPI and the system. */
	if (4.0 * (double)largest * facts->ranks * facts->cpus > (double)facts->memory_bytes)
		return "the buffers of all ranks do not fit into memory: reduce sizes or raise "
		       "memory";
	return mpi_why_not(options, facts);
}

const struct benchmark bench_mpi_alltoall = {
	.name = "mpi-alltoall",
	.summary = "MPI_Alltoall over the message size, between all ranks",
	.source = "definitions of the Intel MPI Benchmarks, IMB-MPI1 Alltoall",
	.options = alltoall_rows,
	.options_size = sizeof(struct mpi_options),
	.metrics = alltoall_metrics,
	.topology = TOPOLOGY_RANKS,
	.command = alltoall_command,
	.parse = alltoall_parse,
	.why_not = alltoall_why_not,
};
