/* tare-mpi-pingpong: half a round trip between two MPI ranks, as IMB-MPI1's PingPong: MPI_Send
 * and MPI_Recv, one message at a time, a send and a receive buffer on each side. Where a round
 * trip is short compared with a clock reading, a sample is the mean of a batch. The payload is
 * verified outside the timed part. */
#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_job.h"

enum { TAG_DATA = 1, TAG_PLAN };

/* A sample lasts at least this many clock readings, so that its own reading adds at most 0.25 %. */
static const double readings_per_sample = 400;

struct end {
	int peer; /* its rank */
	int first; /* sends first and holds the clock */
	size_t size;
	unsigned char *send, *receive;
};

/* What the first end sends to the second: the number of samples, and of round trips in each. */
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

/* Doubles the number of round trips until even the fastest of a few tries (a slow one may have lost
 * its CPU) lasts long enough to be timed; the batch and the number of samples follow from that.
 * samples == 0 in a shared plan means: still trying. */
static struct plan make_plan(const struct job *job, const struct end *end)
{
	enum { TRIES = 20 };
	double least_ns = readings_per_sample * job->clock_cost_ns;
	struct plan plan = {.samples = 0, .batch = 1};

	round_trips(end, job->warmup);
	for (;;) {
		double fastest_ns = HUGE_VAL, trip_ns;

		share_plan(end, &plan);
		if (plan.samples)
			return plan;
		for (int i = 0; i < TRIES; i++) {
			double start_us = job_clock_us();

			round_trips(end, plan.batch);
			fastest_ns = fmin(fastest_ns, (job_clock_us() - start_us) * 1e3);
		}
		if (!end->first)
			continue;
		if (fastest_ns < least_ns) {
			plan.batch *= 2;
			continue;
		}
		trip_ns = fastest_ns / (double)plan.batch;
		plan.batch = (long)(least_ns / trip_ns) + 1;
		plan.samples = job_samples(job, end->size, trip_ns * (double)plan.batch);
	}
}

/* One message size: the times per sample, in us (freed by the caller), on the first end. */
static double *measure(const struct job *job, const struct end *end, struct plan *plan)
{
	double *times_us = NULL;
	double before_us;

	*plan = make_plan(job, end);
	if (end->first)
		times_us = job_buffer(job, (size_t)plan->samples * sizeof(*times_us));
	round_trips(end, job->warmup);
	if (!end->first) {
		round_trips(end, plan->samples * plan->batch);
		return NULL;
	}
	before_us = job_clock_us();
	for (long i = 0; i < plan->samples; i++) {
		double after_us;

		round_trips(end, plan->batch);
		after_us = job_clock_us();
		times_us[i] = (after_us - before_us) / (double)plan->batch / 2;
		before_us = after_us;
	}
	return times_us;
}

/* The latencies (the mean is IMB's t) and the bandwidths that follow: B/us are 10^6 B/s. */
static void print_size(struct job *job, size_t size, double *times_us, struct plan plan)
{
	double batch = (double)plan.batch, mean_us, median_us, bandwidth;

	job_print(job, "latency", size, times_us, plan.samples);
	job_print(job, "batch", size, &batch, 1);
	mean_us = kernel_mean(times_us, plan.samples);
	job_print(job, "latency_mean", size, &mean_us, 1);
	if (size == 0)
		return;
	median_us = kernel_median(times_us, plan.samples);
	bandwidth = (double)size / median_us;
	job_print(job, "bandwidth", size, &bandwidth, 1);
	bandwidth = (double)size / mean_us;
	job_print(job, "bandwidth_mean", size, &bandwidth, 1);
}

static void run_size(struct job *job, struct end *end, size_t size)
{
	unsigned seed = (unsigned)size * 2 + 1; /* +1: what the second end sends */
	struct plan plan;
	double *times_us;
	size_t wrong;

	end->size = size;
	job_pattern_fill(end->send, size, seed + !end->first);
	memset(end->receive, 0, size);
	times_us = measure(job, end, &plan);
	wrong = job_pattern_check(end->receive, size, seed + end->first);
	if (wrong < size)
		job_die(job, "wrong payload: byte %zu of a message of %zu", wrong, size);
	/* No end prints before both have verified their payload. */
	round_trips(end, 1);
	if (end->first)
		print_size(job, size, times_us, plan);
	free(times_us);
}

int main(int argc, char **argv)
{
	struct job job;
	size_t largest = 0;
	int second;

	job_start(&job, "tare-mpi-pingpong", &argc, &argv);
	if (job.pair && strcmp(job.pair, "first-last") && strcmp(job.pair, "first-second"))
		job_die(&job, "--pair is first-last or first-second, not \"%s\"", job.pair);
	second = job.pair && strcmp(job.pair, "first-second") == 0 ? 1 : job.ranks - 1;
	for (size_t i = 0; i < job.size_count; i++)
		if (job.sizes[i] > largest)
			largest = job.sizes[i];
	if (job.rank == 0 || job.rank == second) {
		struct end end = {.first = job.rank == 0,
			.peer = job.rank == 0 ? second : 0,
			.send = job_buffer(&job, largest),
			.receive = job_buffer(&job, largest)};

		for (size_t i = 0; i < job.size_count; i++)
			run_size(&job, &end, job.sizes[i]);
		free(end.send);
		free(end.receive);
	}
	job_wait();
	return job_finish(&job);
}
