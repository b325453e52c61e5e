/* mpi-collectives: operations of the Intel MPI Benchmarks other than PingPong and Alltoall, over
 * the message size, by their definitions (kernel tare-mpi-collectives). */
#include "bench/bench.h"

#include "bench/mpi.h"
#include "bench/timing.h"

/* The options of every MPI kernel, and the operation. */
struct collectives_options {
	struct mpi_options mpi;
	int operation, root;
};

enum operation { BCAST, ALLREDUCE, BARRIER, EXCHANGE, SENDRECV, PINGPING };

static const char *const operations[] = {[BCAST] = "bcast",
	[ALLREDUCE] = "allreduce",
	[BARRIER] = "barrier",
	[EXCHANGE] = "exchange",
	[SENDRECV] = "sendrecv",
	[PINGPING] = "pingping",
	NULL};

enum root { ROOT_FIXED, ROOT_ROTATES };

static const char *const roots[] = {[ROOT_FIXED] = "fixed", [ROOT_ROTATES] = "rotate", NULL};

static const struct option_row collectives_rows[] = {
	MPI_OPTION_ROWS,
	{"operation", OPTION_CHOICE, offsetof(struct collectives_options, operation), "allreduce",
		NULL, "what the ranks do; barrier ignores sizes, allreduce needs multiples of 4", 0,
		0, operations},
	{"root", OPTION_CHOICE, offsetof(struct collectives_options, root), "fixed", NULL,
		"root of bcast: rank 0, or the next rank with every call", 0, 0, roots},
	{0},
};

static const struct metric collectives_metrics[] = {
	{"time", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"one call, averaged over the ranks, every sample", HEADLINE(1)},
	{"time_slowest", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"one call on the slowest rank, every sample", DETAIL},
	{"time_min", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"smallest of the ranks' mean times: IMB's t_min[usec]", DETAIL},
	{"time_avg", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"mean over ranks and samples: IMB's t_avg[usec]", DETAIL},
	{"time_max", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"largest of the ranks' mean times: IMB's t_max[usec]", DETAIL},
	{"bandwidth", "MB/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"bytes in and out of one rank / median time: exchange, sendrecv, pingping",
		HEADLINE(2)},
	{"bandwidth_mean", "MB/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"the same / time_max: IMB's Mbytes/sec", DETAIL},
	{"batch", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"calls averaged in one sample", VALIDITY},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"time of all calls", VALIDITY},
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"one reading of the clock", VALIDITY},
	{0},
};

/* Whether the operation has that size: a barrier moves nothing, allreduce needs whole floats. */
static bool has_size(int operation, int64_t size)
{
	if (operation == BARRIER)
		return size == 0;
	return operation != ALLREDUCE || size % (int64_t)sizeof(float) == 0;
}

/* The sizes that the operation has, stored in values (as many elements as options have sizes, and
 * at least one). A barrier always has one. */
static struct number_list sizes_of(const struct collectives_options *o, int64_t *values)
{
	const struct number_list *all = &o->mpi.sizes;
	struct number_list sizes = {.values = values};

	for (size_t i = 0; i < all->count; i++)
		if (has_size(o->operation, all->values[i]))
			values[sizes.count++] = all->values[i];
	if (o->operation == BARRIER && sizes.count == 0)
		values[sizes.count++] = 0;
	return sizes;
}

static int collectives_check(const void *options, struct error *e)
{
	const struct collectives_options *o = options;
	int64_t values[MPI_SIZES_MAX];

	if (o->mpi.sizes.count == 0 || o->mpi.sizes.count > MPI_SIZES_MAX)
		return error_set(e, "sizes must name 1 to %d sizes", MPI_SIZES_MAX);
	if (sizes_of(o, values).count == 0)
		return error_set(e, "allreduce needs a size that is a multiple of 4 bytes");
	return 0;
}

static int collectives_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct collectives_options *o = options;
	struct mpi_options mpi = o->mpi;
	int64_t values[MPI_SIZES_MAX];

	if (role->ranks < 2)
		return error_set(e, "mpi-collectives: needs 2 ranks");
	if (collectives_check(options, e) < 0)
		return -1;
	mpi.sizes = sizes_of(o, values);
	mpi_command(BENCH_KERNELS_DIR "/tare-mpi-collectives", &mpi, out);
	argv_add_all(&out->argv, "--operation", operations[o->operation], NULL);
	if (o->operation == BCAST)
		argv_add_all(&out->argv, "--root", roots[o->root], NULL);
	return 0;
}

static int collectives_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-mpi-collectives", collectives_metrics, text, length, out, e);
}

static const char *collectives_why_not(const void *options, const struct machine_facts *facts)
{
	const struct collectives_options *o = options;
	int64_t largest = 0;

	for (size_t i = 0; i < o->mpi.sizes.count; i++)
		if (o->mpi.sizes.values[i] > largest)
			largest = o->mpi.sizes.values[i];
	/* Every rank has three buffers; as much for MPI and the system. */
	if (6.0 * (double)largest * facts->cpus > (double)facts->memory_bytes)
		return "the buffers of all ranks do not fit into memory: reduce sizes or raise "
		       "memory";
	return mpi_why_not(&o->mpi, facts);
}

const struct benchmark bench_mpi_collectives = {
	.name = "mpi-collectives",
	.summary =
		"bcast, allreduce, barrier, exchange, sendrecv or pingping over the message size",
	.source = "definitions of the Intel MPI Benchmarks, IMB-MPI1 Bcast, Allreduce, Barrier, "
		  "Exchange, Sendrecv, PingPing",
	.options = collectives_rows,
	.options_size = sizeof(struct collectives_options),
	.metrics = collectives_metrics,
	.topology = TOPOLOGY_RANKS,
	.check = collectives_check,
	.command = collectives_command,
	.parse = collectives_parse,
	.why_not = collectives_why_not,
};
