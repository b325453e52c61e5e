/* The yardstick for tare-mpi-collectives and tare-mpi-alltoall: the loops by which IMB-MPI1 defines
 * its operations by default (bcast's root is rank 0), and nothing else. A call that IMB times alone
 * is timed alone, after a barrier; what follows each other is timed as a whole. Every go's time of
 * one call, averaged over the ranks as IMB's t_avg, is printed, in us, after all goes. mpiexec -n N
 * mpi_imbloop OPERATION SIZE_BYTES WARMUP CALLS GOES
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, ranks, size;
static char *out, *in, *in2;

static void bcast(void)
{
	MPI_Bcast(rank == 0 ? out : in, size, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static void allreduce(void)
{
	MPI_Allreduce(out, in, size / (int)sizeof(float), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

static void alltoall(void)
{
	MPI_Alltoall(out, size, MPI_BYTE, in, size, MPI_BYTE, MPI_COMM_WORLD);
}

static void barrier(void)
{
	MPI_Barrier(MPI_COMM_WORLD);
}

static void sendrecv(void)
{
	int right = (rank + 1) % ranks, left = (rank + ranks - 1) % ranks;

	MPI_Sendrecv(out, size, MPI_BYTE, right, 1, in, size, MPI_BYTE, left, 1, MPI_COMM_WORLD,
		MPI_STATUS_IGNORE);
}

static void exchange(void)
{
	int right = (rank + 1) % ranks, left = (rank + ranks - 1) % ranks;
	MPI_Request sent[2];

	MPI_Isend(out, size, MPI_BYTE, right, 1, MPI_COMM_WORLD, &sent[0]);
	MPI_Isend(out, size, MPI_BYTE, left, 2, MPI_COMM_WORLD, &sent[1]);
	MPI_Recv(in, size, MPI_BYTE, left, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	MPI_Recv(in2, size, MPI_BYTE, right, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	MPI_Wait(&sent[0], MPI_STATUS_IGNORE);
	MPI_Wait(&sent[1], MPI_STATUS_IGNORE);
}

static void pingping(void)
{
	MPI_Request sent;

	MPI_Isend(out, size, MPI_BYTE, 1 - rank, 1, MPI_COMM_WORLD, &sent);
	MPI_Recv(in, size, MPI_BYTE, 1 - rank, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	MPI_Wait(&sent, MPI_STATUS_IGNORE);
}

static const struct operation {
	const char *name;
	void (*call)(void);
	int apart;
} operations[] = {{"bcast", bcast, 1}, {"allreduce", allreduce, 1}, {"alltoall", alltoall, 1},
	{"barrier", barrier, 0}, {"sendrecv", sendrecv, 0}, {"exchange", exchange, 0},
	{"pingping", pingping, 0}, {0}};

static double go(const struct operation *o, long calls)
{
	double start, total = 0;

	if (!o->apart) {
		start = MPI_Wtime();
		for (long i = 0; i < calls; i++)
			o->call();
		return (MPI_Wtime() - start) * 1e6 / (double)calls;
	}
	for (long i = 0; i < calls; i++) {
		MPI_Barrier(MPI_COMM_WORLD);
		start = MPI_Wtime();
		o->call();
		total += MPI_Wtime() - start;
	}
	return total * 1e6 / (double)calls;
}

static char *buffer(void)
{
	void *bytes;
	size_t count = (size_t)size * (size_t)ranks + 1;

	if (posix_memalign(&bytes, 4096, count))
		exit(1);
	memset(bytes, 1, count);
	return bytes;
}

int main(int argc, char **argv)
{
	const struct operation *o = operations;
	double *own, *sum;
	long goes;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	while (argc == 6 && o->name && strcmp(o->name, argv[1]) != 0)
		o++;
	if (argc != 6 || !o->name) {
		fprintf(stderr,
			"usage: mpiexec -n N mpi_imbloop OPERATION SIZE WARMUP CALLS GOES\n");
		MPI_Abort(MPI_COMM_WORLD, 2);
	}
	size = atoi(argv[2]);
	goes = atol(argv[5]);
	out = buffer();
	in = buffer();
	in2 = buffer();
	own = calloc((size_t)goes * 2, sizeof(*own));
	if (!own)
		return MPI_Abort(MPI_COMM_WORLD, 1);
	sum = own + goes;
	go(o, atol(argv[3]));
	MPI_Barrier(MPI_COMM_WORLD);
	for (long i = 0; i < goes; i++)
		own[i] = go(o, atol(argv[4]));
	MPI_Reduce(own, sum, (int)goes, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
	for (long i = 0; rank == 0 && i < goes; i++)
		printf("%.6f\n", sum[i] / ranks);
	free(own);
	free(out);
	free(in);
	free(in2);
	MPI_Finalize();
	return 0;
}
