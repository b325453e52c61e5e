/* Philox4x32-10, and random integers and orders from it. */
#include "stats/random.h"

enum { ROUNDS = 10 };

static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t p0 = (uint64_t)multiplier[0] * c0;
		uint64_t p1 = (uint64_t)multiplier[1] * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += weyl[0];
		k1 += weyl[1];
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

void random_seed(struct random *random, uint64_t seed, uint64_t stream)
{
	*random = (struct random){
		.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
		.counter = {0, 0, (uint32_t)stream, (uint32_t)(stream >> 32)},
		.used = 4,
	};
}

static uint32_t random_u32(struct random *random)
{
	if (random->used == 4) {
		random_philox(random->counter, random->key, random->block);
		if (++random->counter[0] == 0)
			random->counter[1]++;
		random->used = 0;
	}
	return random->block[random->used++];
}

uint64_t random_u64(struct random *random)
{
	uint64_t low = random_u32(random);

	return low | (uint64_t)random_u32(random) << 32;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	if (bound < 2)
		return 0;
	unsigned __int128 product = (unsigned __int128)random_u64(random) * bound;
	if ((uint64_t)product < bound) {
		uint64_t threshold = -bound % bound;

		while ((uint64_t)product < threshold)
			product = (unsigned __int128)random_u64(random) * bound;
	}
	return (uint64_t)(product >> 64);
}

void random_shuffle(struct random *random, size_t *indices, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t j = random_below(random, i);
		size_t swap = indices[i - 1];

		indices[i - 1] = indices[j];
		indices[j] = swap;
	}
}
