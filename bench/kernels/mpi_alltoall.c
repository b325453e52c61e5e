/* tare-mpi-alltoall: the time of one MPI_Alltoall, as IMB-MPI1's Alltoall: a barrier, then the
 * call between two clock readings, on every rank. `size` bytes go from every rank to every rank.
 * The payload is checked outside the timed part. */
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_common.h"

/* The blocks of a buffer: the one for (or from) rank r starts at r * size. */
static unsigned pattern_seed(const struct kernel *k, int from, int to, size_t size)
{
	return (unsigned)(from * k->ranks + to) + (unsigned)size * 17;
}

static void run(const unsigned char *send, unsigned char *receive, size_t size, double *times_us,
	long count)
{
	for (long i = 0; i < count; i++) {
		double start_us;

		MPI_Barrier(MPI_COMM_WORLD);
		start_us = kernel_clock_us();
		MPI_Alltoall(
			send, (int)size, MPI_BYTE, receive, (int)size, MPI_BYTE, MPI_COMM_WORLD);
		times_us[i] = kernel_clock_us() - start_us;
	}
}

/* Warm-up, from whose second half follows the number of samples; the same on every rank. */
static long warm_up(
	const struct kernel *k, const unsigned char *send, unsigned char *receive, size_t size)
{
	double *times_us = kernel_buffer(k, (size_t)k->warmup * sizeof(*times_us));
	double sum_us = 0, slowest_us;
	long half = k->warmup / 2;

	run(send, receive, size, times_us, k->warmup);
	for (long i = half; i < k->warmup; i++)
		sum_us += times_us[i];
	sum_us /= (double)(k->warmup - half);
	free(times_us);
	MPI_Allreduce(&sum_us, &slowest_us, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
	return kernel_samples(k, size, slowest_us * 1e3);
}

static void report(struct kernel *k, size_t size, const double *times_us, long count)
{
	double median_us, most_us, bandwidth;

	kernel_print_times(k, MPI_COMM_WORLD, size, times_us, count, &median_us, &most_us);
	if (k->rank != 0 || size == 0)
		return;
	/* B/us are 10^6 B/s. */
	bandwidth = (double)size * (k->ranks - 1) / median_us;
	kernel_print(k, "bandwidth", size, &bandwidth, 1);
}

static void run_size(struct kernel *k, unsigned char *send, unsigned char *receive, size_t size)
{
	double *times_us;
	long count;

	for (int r = 0; r < k->ranks; r++)
		pattern_fill(send + (size_t)r * size, size, pattern_seed(k, k->rank, r, size));
	memset(receive, 0, size * (size_t)k->ranks);
	count = warm_up(k, send, receive, size);
	times_us = kernel_buffer(k, (size_t)count * sizeof(*times_us));
	run(send, receive, size, times_us, count);
	for (int r = 0; r < k->ranks; r++) {
		size_t wrong = pattern_check(
			receive + (size_t)r * size, size, pattern_seed(k, r, k->rank, size));
		if (wrong < size)
			kernel_die(
				k, "wrong payload: byte %zu of %zu from rank %d", wrong, size, r);
	}
	/* Nobody prints before all have found their payload right. */
	MPI_Barrier(MPI_COMM_WORLD);
	report(k, size, times_us, count);
	free(times_us);
}

int main(int argc, char **argv)
{
	struct kernel k;
	size_t largest = 0;
	unsigned char *send, *receive;

	kernel_start(&k, "tare-mpi-alltoall", &argc, &argv);
	for (size_t i = 0; i < k.size_count; i++)
		if (k.sizes[i] > largest)
			largest = k.sizes[i];
	send = kernel_buffer(&k, largest * (size_t)k.ranks);
	receive = kernel_buffer(&k, largest * (size_t)k.ranks);
	for (size_t i = 0; i < k.size_count; i++)
		run_size(&k, send, receive, k.sizes[i]);
	free(send);
	free(receive);
	return kernel_finish(&k);
}
