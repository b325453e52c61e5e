/* The yardstick for tare-mpi-pingpong: N round trips in one go, timed as a whole, divided by N
 * and by 2. Nothing else is in the loop. Every go's latency is printed, in us, after all goes.
 *     mpiexec -n 2 mpi_plainloop SIZE_BYTES WARMUP ROUND_TRIPS GOES
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *buffer(size_t size)
{
	void *bytes;

	if (posix_memalign(&bytes, 4096, size + 1))
		exit(1);
	memset(bytes, 1, size + 1);
	return bytes;
}

static void round_trips(int rank, char *send, char *receive, int size, long count)
{
	for (long i = 0; i < count; i++) {
		if (rank == 0) {
			MPI_Send(send, size, MPI_BYTE, 1, 1, MPI_COMM_WORLD);
			MPI_Recv(receive, size, MPI_BYTE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		} else {
			MPI_Recv(receive, size, MPI_BYTE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
			MPI_Send(send, size, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
		}
	}
}

int main(int argc, char **argv)
{
	int rank, ranks, size;
	long warmup, count, goes;
	void *send, *receive;
	double *latency_us;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (argc != 5 || ranks != 2) {
		fprintf(stderr, "usage: mpiexec -n 2 mpi_plainloop SIZE WARMUP ROUND_TRIPS GOES\n");
		MPI_Abort(MPI_COMM_WORLD, 2);
	}
	size = atoi(argv[1]);
	warmup = atol(argv[2]);
	count = atol(argv[3]);
	goes = atol(argv[4]);
	send = buffer((size_t)size);
	receive = buffer((size_t)size);
	latency_us = buffer((size_t)goes * sizeof(*latency_us));
	round_trips(rank, send, receive, size, warmup);
	for (long go = 0; go < goes; go++) {
		double start = MPI_Wtime();

		round_trips(rank, send, receive, size, count);
		latency_us[go] = (MPI_Wtime() - start) * 1e6 / (double)count / 2;
	}
	for (long go = 0; rank == 0 && go < goes; go++)
		printf("%.6f\n", latency_us[go]);
	free(latency_us);
	free(send);
	free(receive);
	MPI_Finalize();
	return 0;
}
