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

static void run(const unsigned char *send, unsigned char *receive, size_t size, double *times_us,
	long count)
{
	for (long i = 0; i < count; i++) {
		double start_us;

		MPI_Barrier(MPI_COMM_WORLD);
		start_us = job_clock_us();
		MPI_Alltoall(
			send, (int)size, MPI_BYTE, receive, (int)size, MPI_BYTE, MPI_COMM_WORLD);
		times_us[i] = job_clock_us() - start_us;
	}
}

/* The warm-up. Its second half determines the number of samples, the same on every rank. */
static long warm_up(
	const struct job *job, const unsigned char *send, unsigned char *receive, size_t size)
{
	double *times_us = job_buffer(job, (size_t)job->warmup * sizeof(*times_us));
	double sum_us = 0, slowest_us;
	long half = job->warmup / 2;

	run(send, receive, size, times_us, job->warmup);
	for (long i = half; i < job->warmup; i++)
		sum_us += times_us[i];
	sum_us /= (double)(job->warmup - half);
	free(times_us);
	MPI_Allreduce(&sum_us, &slowest_us, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
	return job_samples(job, size, slowest_us * 1e3);
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
	double *times_us;
	long count;

	for (int r = 0; r < job->ranks; r++)
		job_pattern_fill(
			send + (size_t)r * size, size, pattern_seed(job, job->rank, r, size));
	memset(receive, 0, size * (size_t)job->ranks);
	count = warm_up(job, send, receive, size);
	times_us = job_buffer(job, (size_t)count * sizeof(*times_us));
	run(send, receive, size, times_us, count);
	for (int r = 0; r < job->ranks; r++) {
		size_t wrong = job_pattern_check(
			receive + (size_t)r * size, size, pattern_seed(job, r, job->rank, size));
		if (wrong < size)
			job_die(job, "wrong payload: byte %zu of %zu from rank %d", wrong, size, r);
	}
	/* No rank prints before all have verified their payload. */
	MPI_Barrier(MPI_COMM_WORLD);
	report(job, size, times_us, count);
	free(times_us);
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
