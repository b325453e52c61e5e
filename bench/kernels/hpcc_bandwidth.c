/* How long the messages of HPCC's bandwidth part are: scripts/image has HPCC ask here instead of saying
 * 2,000,000 itself. They are 3 GB between four ranks, which not every network, and no emulated one, carries
 * in useful time. */
#include <mpi.h>
#include <stdio.h>

int tare_hpcc_bandwidth_bytes(void);

/* What rank 0 finds in the file of HPCC's working directory that bench/hpcc.c writes, or HPCC's own. */
int tare_hpcc_bandwidth_bytes(void)
{
	int bytes = 2000000, rank;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	FILE *file = rank == 0 ? fopen("hpccbandwidth.txt", "r") : NULL;
	if (file) {
		if (fscanf(file, "%d", &bytes) != 1 || bytes < 1)
			MPI_Abort(MPI_COMM_WORLD, 1);
		fclose(file);
	}
	MPI_Bcast(&bytes, 1, MPI_INT, 0, MPI_COMM_WORLD);
	return bytes;
}
