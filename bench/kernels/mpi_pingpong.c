/* tare-mpi-pingpong: half a round trip between two MPI ranks, as IMB-MPI1's PingPong: MPI_Send
 * and MPI_Recv, one message at a time, a send and a receive buffer on each side. Where a round
 * trip is short compared with a clock reading, a sample is the mean of a batch. The payload is
 * verified outside the timed part. */
#include <math.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_job.h"

enum { TAG_DATA = 1, TAG_PLAN, TRIES = 20 };

/* A sample lasts at least this many clock readings, so that its own reading adds at most 0.25 %. */
static const double readings_per_sample = 400;

struct end {
	int peer; /* its rank */
	int first; /* sends first and holds the clock */
	size_t size;
	unsigned char *send, *receive;
};

/* What the first end sends to the second: the next round trips to do, in the warm-up; or, with
 * samples > 0, the measurement. Every `every`-th batch of round trips is a sample. */
struct plan {
	long samples, every, batch;
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

/* What the first end learns in the warm-up. */
struct warm_up {
	double start_us, fastest_ns; /* of the tries of this batch */
	long tries;
	double late_us; /* of the batches that end in the second half, */
	long late_trips; /* and their round trips */
};

/* Whether the batch lasts long enough to be timed: even the fastest of a few tries, because a slow
 * one may have lost its CPU. */
static bool batch_is_found(const struct job *job, const struct warm_up *w)
{
	return w->tries >= TRIES && w->fastest_ns >= readings_per_sample * job->clock_cost_ns;
}

/* One batch of the warm-up at the first end; doubles the batch where it is too short. Returns
 * whether the warm-up is over. */
static bool try_batch(
	const struct job *job, const struct end *end, struct plan *plan, struct warm_up *w)
{
	double length_us = job->seconds > 0 ? (double)kernel_warm_up_ns * 1e-3 : 0;
	double before_us = job_clock_us(), after_us;

	round_trips(end, plan->batch);
	after_us = job_clock_us();
	w->fastest_ns = fmin(w->fastest_ns, (after_us - before_us) * 1e3);
	w->tries++;
	if (after_us - w->start_us >= length_us / 2) {
		w->late_us += after_us - before_us;
		w->late_trips += plan->batch;
	}
	if (w->tries >= TRIES && !batch_is_found(job, w)) {
		plan->batch *= 2;
		w->tries = 0;
		w->fastest_ns = HUGE_VAL;
		return false;
	}
	if (after_us - w->start_us < length_us)
		return false;
	/* Slow round trips: the time is over before there were so many tries. */
	return batch_is_found(job, w) ||
	       (length_us > 0 && w->fastest_ns >= readings_per_sample * job->clock_cost_ns);
}

/* Warms up, and finds the batch and the plan. samples == 0 in a shared plan means: still warming
 * up. */
static struct plan make_plan(const struct job *job, const struct end *end)
{
	double least_ns = readings_per_sample * job->clock_cost_ns, trip_ns;
	struct warm_up w = {.start_us = job_clock_us(), .fastest_ns = HUGE_VAL};
	struct plan plan = {.batch = 1};
	struct kernel_plan phase;
	bool over = false;

	round_trips(end, job->warmup);
	while (!over) {
		share_plan(end, &plan);
		if (plan.samples > 0)
			return plan;
		if (end->first)
			over = try_batch(job, end, &plan, &w);
		else
			round_trips(end, plan.batch);
	}
	/* The batch by the fastest, so that every sample is long enough; the time by the mean. */
	plan.batch = (long)(least_ns / (w.fastest_ns / (double)plan.batch)) + 1;
	trip_ns = w.late_us * 1e3 / (double)w.late_trips;
	phase = job_plan(job, end->size, trip_ns * (double)plan.batch);
	plan.samples = phase.samples;
	plan.every = phase.every;
	share_plan(end, &plan);
	return plan;
}

/* The samples of the plan, at the first end. */
static void sample(const struct end *end, const struct plan *plan, double *times_us)
{
	double before_us = job_clock_us();

	for (long i = 0; i < plan->samples; i++) {
		double after_us;

		if (plan->every > 1) {
			round_trips(end, (plan->every - 1) * plan->batch);
			before_us = job_clock_us();
		}
		round_trips(end, plan->batch);
		after_us = job_clock_us();
		times_us[i] = (after_us - before_us) / (double)plan->batch / 2;
		before_us = after_us;
	}
}

/* One message size, on the first end with the times per sample in *times. The first end decides
 * after each plan whether more samples are needed to fill the time. */
static void measure(
	const struct job *job, const struct end *end, struct plan *plan, struct job_times *times)
{
	*plan = make_plan(job, end);
	if (end->first)
		*times = job_times_new(job, (struct kernel_plan){plan->samples, plan->every});
	round_trips(end, job->warmup);
	while (plan->samples > 0) {
		double start_us = job_clock_us();

		if (end->first) {
			sample(end, plan, times->times_us + times->count);
			times->elapsed_s += (job_clock_us() - start_us) * 1e-6;
			times->count += plan->samples;
			plan->samples = job_times_more(job, times);
		} else {
			round_trips(end, plan->samples * plan->every * plan->batch);
		}
		share_plan(end, plan);
	}
}

/* The latencies (the mean is IMB's t) and the bandwidths that follow: B/us are 10^6 B/s. */
static void print_size(
	struct job *job, size_t size, const struct job_times *times, long batch_calls)
{
	double batch = (double)batch_calls, mean_us, median_us, bandwidth;

	job_print(job, "latency", size, times->times_us, times->count);
	job_print(job, "batch", size, &batch, 1);
	mean_us = kernel_mean(times->times_us, times->count);
	job_print(job, "latency_mean", size, &mean_us, 1);
	if (size == 0)
		return;
	median_us = kernel_median(times->times_us, times->count);
	bandwidth = (double)size / median_us;
	job_print(job, "bandwidth", size, &bandwidth, 1);
	bandwidth = (double)size / mean_us;
	job_print(job, "bandwidth_mean", size, &bandwidth, 1);
}

static void run_size(struct job *job, struct end *end, size_t size)
{
	unsigned seed = (unsigned)size * 2 + 1; /* +1: what the second end sends */
	struct job_times times = {0};
	struct plan plan;
	size_t wrong;

	end->size = size;
	job_pattern_fill(end->send, size, seed + !end->first);
	memset(end->receive, 0, size);
	measure(job, end, &plan, &times);
	wrong = job_pattern_check(end->receive, size, seed + end->first);
	if (wrong < size)
		job_die(job, "wrong payload: byte %zu of a message of %zu", wrong, size);
	/* No end prints before both have verified their payload. */
	round_trips(end, 1);
	if (end->first) {
		print_size(job, size, &times, plan.batch);
		job_print_elapsed(job, size, times.elapsed_s);
	}
	free(times.times_us);
}

int main(int argc, char **argv)
{
	struct job job;
	size_t largest = 0;
	int second;

	job_start(&job, "tare-mpi-pingpong", &argc, &argv);
	if (job.pair && strcmp(job.pair, "first-last") != 0 &&
		strcmp(job.pair, "first-second") != 0)
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
