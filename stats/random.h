/* Random numbers that depend on (seed, stream, position) and on nothing else, so that a plan
 * or a resample is the same on every machine and for every number of threads. The generator
 * is Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011. It is not for secrets. */
#ifndef TARE_STATS_RANDOM_H
#define TARE_STATS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint32_t key[2]; /* the seed */
	uint32_t counter[4]; /* words 0, 1: position; words 2, 3: the stream */
	uint32_t block[4]; /* output of the current counter */
	unsigned used; /* words of block that were handed out */
};

/* The bijection alone: ten rounds on counter under key. */
void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Streams of one seed do not overlap (each is 2^64 blocks of 128 bits long). */
void random_seed(struct random *random, uint64_t seed, uint64_t stream);

uint64_t random_u64(struct random *random);
/* Uniform in 0 … bound − 1 without bias (Lemire, ACM TOMACS 29(1), 2019); 0 when bound < 2. */
uint64_t random_below(struct random *random, uint64_t bound);
/* Fisher–Yates: every order is equally likely. Shuffles the values of indices[0 … count−1]. */
void random_shuffle(struct random *random, size_t *indices, size_t count);

#endif
