/* tare-mpi-pingpong: half a round trip between two MPI ranks, as IMB-MPI1's PingPong: MPI_Send
 * and MPI_Recv, one message at a time, a send and a receive buffer on each side. Where a round
 * trip is so short that reading the clock would show, a sample is the mean of a batch. The
 * payload is checked outside the timed part. */
#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_common.h"

enum { TAG_DATA = 1, TAG_PLAN };

/* A sample lasts at least this many clock readings, so that the one reading in it adds at most
 * a quarter of a per cent. */
static const double readings_per_sample = 400;

struct end {
	int peer; /* its rank */
	int first; /* sends first and holds the clock */
	size_t size;
	unsigned char *send, *receive;
};

/* What the first tells the second: how many samples of how many round trips come next. */
struct plan {
	long samples, batch;
};

static inline void round_trips(const struct end *end, long count)
{
	int size = (int)end->size;

	for (long i = 0; i < count; i++) {
		if (end->first) {
			MPI_Send(end->send, size, MPI_BYTE, end->peer, TAG_DATA, MPI_COMM_WORLD);
			MPI_Recv(end->receive, size, MPI_BYTE, end->peer, TAG_DATA, MPI_COMM_WORLD,
				MPI_STATUS_IGNORE);
		} else {
			MPI_Recv(end->receive, size, MPI_BYTE, end->peer, TAG_DATA, MPI_COMM_WORLD,
				MPI_STATUS_IGNORE);
			MPI_Send(end->send, size, MPI_BYTE, end->peer, TAG_DATA, MPI_COMM_WORLD);
		}
	}
}

/* Both ends get the same plan. */
static void share_plan(const struct end *end, struct plan *plan)
{
	if (end->first)
		MPI_Send(plan, sizeof(*plan), MPI_BYTE, end->peer, TAG_PLAN, MPI_COMM_WORLD);
	else
		MPI_Recv(plan, sizeof(*plan), MPI_BYTE, end->peer, TAG_PLAN, MPI_COMM_WORLD,
			MPI_STATUS_IGNORE);
}

/* Doubles the number of round trips until even the fastest of a few tries (a slow one proves
 * nothing: it may have lost its CPU) lasts long enough to be timed; from that follow the batch
 * and the number of samples. samples == 0 in a shared plan means: still trying. */
static struct plan make_plan(const struct kernel *k, const struct end *end)
{
	enum { TRIES = 20 };
	double least_ns = readings_per_sample * k->clock_cost_ns;
	struct plan plan = {.samples = 0, .batch = 1};

	round_trips(end, k->warmup);
	for (;;) {
		double fastest_ns = HUGE_VAL, trip_ns;

		share_plan(end, &plan);
		if (plan.samples)
			return plan;
		for (int i = 0; i < TRIES; i++) {
			double start_us = kernel_clock_us();

			round_trips(end, plan.batch);
			fastest_ns = fmin(fastest_ns, (kernel_clock_us() - start_us) * 1e3);
		}
		if (!end->first)
			continue;
		if (fastest_ns < least_ns) {
			plan.batch *= 2;
			continue;
		}
		trip_ns = fastest_ns / (double)plan.batch;
		plan.batch = (long)(least_ns / trip_ns) + 1;
		plan.samples = kernel_samples(k, end->size, trip_ns * (double)plan.batch);
	}
}

/* One message size: the times per sample, in us (freed by the caller), on the first end. */
static double *measure(const struct kernel *k, const struct end *end, struct plan *plan)
{
	double *times_us = NULL;
	double before_us;

	*plan = make_plan(k, end);
	if (end->first)
		times_us = kernel_buffer(k, (size_t)plan->samples * sizeof(*times_us));
	round_trips(end, k->warmup);
	if (!end->first) {
		round_trips(end, plan->samples * plan->batch);
		return NULL;
	}
	before_us = kernel_clock_us();
	for (long i = 0; i < plan->samples; i++) {
		double after_us;

		round_trips(end, plan->batch);
		after_us = kernel_clock_us();
		times_us[i] = (after_us - before_us) / (double)plan->batch / 2;
		before_us = after_us;
	}
	return times_us;
}

/* The latencies (the mean is IMB's t) and the bandwidths that follow: B/us are 10^6 B/s. */
static void print_size(struct kernel *k, size_t size, double *times_us, struct plan plan)
{
	double batch = (double)plan.batch, mean_us, median_us, bandwidth;

	kernel_print(k, "latency", size, times_us, plan.samples);
	kernel_print(k, "batch", size, &batch, 1);
	mean_us = mean(times_us, plan.samples);
	kernel_print(k, "latency_mean", size, &mean_us, 1);
	if (size == 0)
		return;
	median_us = median(times_us, plan.samples);
	bandwidth = (double)size / median_us;
	kernel_print(k, "bandwidth", size, &bandwidth, 1);
	bandwidth = (double)size / mean_us;
	kernel_print(k, "bandwidth_mean", size, &bandwidth, 1);
}

static void run_size(struct kernel *k, struct end *end, size_t size)
{
	unsigned seed = (unsigned)size * 2 + 1; /* +1: what the second end sends */
	struct plan plan;
	double *times_us;
	size_t wrong;

	end->size = size;
	pattern_fill(end->send, size, seed + !end->first);
	memset(end->receive, 0, size);
	times_us = measure(k, end, &plan);
	wrong = pattern_check(end->receive, size, seed + end->first);
	if (wrong < size)
		kernel_die(k, "wrong payload: byte %zu of a message of %zu", wrong, size);
	/* Nobody prints before both have found their payload right. */
	round_trips(end, 1);
	if (end->first)
		print_size(k, size, times_us, plan);
	free(times_us);
}

int main(int argc, char **argv)
{
	struct kernel k;
	size_t largest = 0;
	int second;

	kernel_start(&k, "tare-mpi-pingpong", &argc, &argv);
	if (k.pair && strcmp(k.pair, "first-last") && strcmp(k.pair, "first-second"))
		kernel_die(&k, "--pair is first-last or first-second, not \"%s\"", k.pair);
	second = k.pair && strcmp(k.pair, "first-second") == 0 ? 1 : k.ranks - 1;
	for (size_t i = 0; i < k.size_count; i++)
		if (k.sizes[i] > largest)
			largest = k.sizes[i];
	if (k.rank == 0 || k.rank == second) {
		struct end end = {.first = k.rank == 0,
			.peer = k.rank == 0 ? second : 0,
			.send = kernel_buffer(&k, largest),
			.receive = kernel_buffer(&k, largest)};

		for (size_t i = 0; i < k.size_count; i++)
			run_size(&k, &end, k.sizes[i]);
		free(end.send);
		free(end.receive);
	}
	kernel_wait();
	return kernel_finish(&k);
}
