/* What the ranks of an allreduce of floats add up, so that every order gives the same: whole
 * numbers whose sums a float holds exactly, up to SUMS_RANKS_MAX ranks. */
#ifndef TARE_KERNELS_MPI_SUMS_H
#define TARE_KERNELS_MPI_SUMS_H

#include <stddef.h>

enum {
	SUMS_RANKS = 8, /* so many ranks differ; none has 0: one that is missing or twice is seen */
	SUMS_PLACES = 31, /* so many neighbours differ, and no power of two: a shift is seen */
	SUMS_RANKS_MAX = 120000, /* 4.5 × 31 × that < 2^24 */
};

static inline long sums_factor(size_t place)
{
	return (long)(place % SUMS_PLACES) + 1;
}

/* What a rank has in a place. */
static inline float sums_part(int rank, size_t place)
{
	return (float)((rank % SUMS_RANKS + 1) * sums_factor(place));
}

/* What all ranks together have there. */
static inline float sums_total(int ranks, size_t place)
{
	long rounds = ranks / SUMS_RANKS, rest = ranks % SUMS_RANKS;
	long round = (long)SUMS_RANKS * (SUMS_RANKS + 1) / 2, tail = rest * (rest + 1) / 2;

	return (float)((rounds * round + tail) * sums_factor(place));
}

#endif
