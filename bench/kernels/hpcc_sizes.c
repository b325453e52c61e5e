/* Sizes of HPCC's bandwidth and latency part: scripts/image patches HPCC to call these functions
 * instead of using 2,000,000 bytes, and 30 and 10 random rings. Its own sizes are 3 GB and 3,000
 * rounds between four ranks, too much for an emulated network. */
#include <mpi.h>
#include <stdio.h>

int tare_hpcc_bandwidth_bytes(int own);
int tare_hpcc_random_rings(FILE *report, int own);

struct sizes {
	int bandwidth_bytes, random_rings; /* 0: HPCC's own */
};

/* The sizes in the file that bench/hpcc.c writes to HPCC's working directory, read by rank 0; zeros
 * if there is none. */
static struct sizes asked_for(void)
{
	struct sizes sizes = {0, 0};
	int rank;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	FILE *file = rank == 0 ? fopen("hpccsizes.txt", "r") : NULL;
	if (file) {
		if (fscanf(file, "%d %d", &sizes.bandwidth_bytes, &sizes.random_rings) != 2 ||
			sizes.bandwidth_bytes < 1 || sizes.random_rings < 1)
			MPI_Abort(MPI_COMM_WORLD, 1);
		fclose(file);
	}
	MPI_Bcast(&sizes, 2, MPI_INT, 0, MPI_COMM_WORLD);
	return sizes;
}

int tare_hpcc_bandwidth_bytes(int own)
{
	int bytes = asked_for().bandwidth_bytes;

	return bytes > 0 ? bytes : own;
}

/* Limits the number of rings to the one requested, and prints it in the report: HPCC does not. */
int tare_hpcc_random_rings(FILE *report, int own)
{
	int most = asked_for().random_rings, rank;
	int rings = most > 0 && most < own ? most : own;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0)
		fprintf(report, "Random rings: %d of HPCC's %d\n", rings, own);
	return rings;
}
