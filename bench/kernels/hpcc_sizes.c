/* How much HPCC's bandwidth and latency part sends: scripts/image has HPCC ask here where it says
 * 2,000,000 bytes, and 30 and 10 random rings, itself. Those are 3 GB and 3,000 rounds between four ranks,
 * which not every network, and no emulated one, carries in useful time. */
#include <mpi.h>
#include <stdio.h>

int tare_hpcc_bandwidth_bytes(int own);
int tare_hpcc_random_rings(FILE *report, int own);

struct sizes {
	int bandwidth_bytes, random_rings; /* 0: HPCC's own */
};

/* What rank 0 finds in the file of HPCC's working directory that bench/hpcc.c writes, if it is there. */
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

/* At most as many as are asked for; the report says how many, for HPCC does not. */
int tare_hpcc_random_rings(FILE *report, int own)
{
	int most = asked_for().random_rings, rank;
	int rings = most > 0 && most < own ? most : own;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0)
		fprintf(report, "Random rings: %d of HPCC's %d\n", rings, own);
	return rings;
}
