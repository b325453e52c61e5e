/* tare-mpi-alltoall: the time of one MPI_Alltoall, as in IMB-MPI1's Alltoall: a barrier, then the
 * call between two clock readings, on every rank. Every rank sends `size` bytes to every rank. The
 * payload is verified outside the timed part. */
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_job.h"

/* The blocks of a buffer: the one for (or from) rank r starts at r * size. */
static unsigned pattern_seed(const struct job *job, int from, int to, size_t size)
{
	return (unsigned)(from * job->ranks + to) + (unsigned)size * 17;
}

/* count samples, each the last of `every` calls. */
static void run(const unsigned char *send, unsigned char *receive, size_t size, double *times_us,
	struct kernel_plan plan)
{
	for (long i = 0; i < plan.samples * plan.every; i++) {
		double start_us;

		MPI_Barrier(MPI_COMM_WORLD);
		start_us = job_clock_us();
		MPI_Alltoall(
			send, (int)size, MPI_BYTE, receive, (int)size, MPI_BYTE, MPI_COMM_WORLD);
		times_us[i / plan.every] = job_clock_us() - start_us;
	}
}

/* Warms up, and finds the plan from the second half; the same on every rank. */
static struct kernel_plan warm_up(
	const struct job *job, const unsigned char *send, unsigned char *receive, size_t size)
{
	double *times_us = job_buffer(job, (size_t)job->warmup * sizeof(*times_us)), call_ns;
	struct job_warm_up w = job_warm_up_start(job, MPI_COMM_WORLD);

	do
		run(send, receive, size, times_us, (struct kernel_plan){job->warmup, 1});
	while (!job_warm_up_is_over(&w, job->warmup, &call_ns));
	free(times_us);
	return job_plan(job, size, call_ns);
}

static void report(struct job *job, size_t size, const double *times_us, long count)
{
	double median_us, most_us, bandwidth;

	job_print_times(job, MPI_COMM_WORLD, size, times_us, count, &median_us, &most_us);
	if (job->rank != 0 || size == 0)
		return;
	/* B/us are 10^6 B/s. */
	bandwidth = (double)size * (job->ranks - 1) / median_us;
	job_print(job, "bandwidth", size, &bandwidth, 1);
}

static void run_size(struct job *job, unsigned char *send, unsigned char *receive, size_t size)
{
	struct kernel_plan plan;
	struct job_times times;

	for (int r = 0; r < job->ranks; r++)
		job_pattern_fill(
			send + (size_t)r * size, size, pattern_seed(job, job->rank, r, size));
	memset(receive, 0, size * (size_t)job->ranks);
	plan = warm_up(job, send, receive, size);
	times = job_times_new(job, plan);
	while (plan.samples > 0) {
		double start_us = job_clock_us();

		run(send, receive, size, times.times_us + times.count, plan);
		job_times_add(
			job, MPI_COMM_WORLD, &times, (job_clock_us() - start_us) * 1e-6, &plan);
	}
	for (int r = 0; r < job->ranks; r++) {
		size_t wrong = job_pattern_check(
			receive + (size_t)r * size, size, pattern_seed(job, r, job->rank, size));
		if (wrong < size)
			job_die(job, "wrong payload: byte %zu of %zu from rank %d", wrong, size, r);
	}
	/* No rank prints before all have verified their payload. */
	MPI_Barrier(MPI_COMM_WORLD);
	report(job, size, times.times_us, times.count);
	if (job->rank == 0)
		job_print_elapsed(job, size, times.elapsed_s);
	free(times.times_us);
}

int main(int argc, char **argv)
{
	struct job job;
	size_t largest = 0;
	unsigned char *send, *receive;

	job_start(&job, "tare-mpi-alltoall", &argc, &argv);
	for (size_t i = 0; i < job.size_count; i++)
		if (job.sizes[i] > largest)
			largest = job.sizes[i];
	send = job_buffer(&job, largest * (size_t)job.ranks);
	receive = job_buffer(&job, largest * (size_t)job.ranks);
	for (size_t i = 0; i < job.size_count; i++)
		run_size(&job, send, receive, job.sizes[i]);
	free(send);
	free(receive);
	return job_finish(&job);
}
