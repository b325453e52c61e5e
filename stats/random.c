/* Philox4x32-10 and the deviates made from it. */
#include "stats/random.h"

#include <math.h>

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

uint32_t random_u32(struct random *random)
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

double random_uniform(struct random *random)
{
	return (double)(random_u64(random) >> 11) * 0x1p-53;
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

double random_normal(struct random *random)
{
	if (random->has_spare) {
		random->has_spare = false;
		return random->spare;
	}
	/* 1 − u is in (0, 1], so that the logarithm is finite. */
	double radius = sqrt(-2 * log(1 - random_uniform(random)));
	double sine, cosine;

	sincos(2 * M_PI * random_uniform(random), &sine, &cosine);
	random->spare = radius * sine;
	random->has_spare = true;
	return radius * cosine;
}

double random_gamma(struct random *random, double shape)
{
	if (shape < 1) /* Marsaglia & Tsang, section 6: boost the shape by one */
		return random_gamma(random, shape + 1) * pow(1 - random_uniform(random), 1 / shape);

	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = random_normal(random);
		double v = 1 + c * x;

		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(1 - random_uniform(random)) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

double random_beta(struct random *random, double a, double b)
{
	double x = random_gamma(random, a);
	double y = random_gamma(random, b);

	return x / (x + y);
}

/* Walks up the distribution function from 0; the mean is below 10, so the walk is short. */
static uint64_t binomial_inversion(struct random *random, uint64_t trials, double chance)
{
	double odds = chance / (1 - chance);
	double probability = pow(1 - chance, (double)trials);
	double u = random_uniform(random);
	uint64_t successes = 0;

	while (u >= probability && successes < trials) {
		u -= probability;
		successes++;
		probability *= odds * (double)(trials - successes + 1) / (double)successes;
	}
	return successes;
}

/* The constants are Hörmann's, from the table of BTRS. */
static uint64_t binomial_btrs(struct random *random, uint64_t trials, double chance)
{
	double n = (double)trials;
	double spread = sqrt(n * chance * (1 - chance));
	double b = 1.15 + 2.53 * spread;
	double a = -0.0873 + 0.0248 * b + 0.01 * chance;
	double c = n * chance + 0.5;
	double v_r = 0.92 - 4.2 / b;
	double alpha = (2.83 + 5.1 / b) * spread;
	double log_odds = log(chance / (1 - chance));
	double mode = floor((n + 1) * chance);
	double h = NAN; /* lgamma at the mode: only needed when the quick test fails */

	for (;;) {
		double u = random_uniform(random) - 0.5;
		double v = 1 - random_uniform(random);
		double us = 0.5 - fabs(u);
		double k = floor((2 * a / us + b) * u + c);
		int sign;

		if (us >= 0.07 && v <= v_r)
			return (uint64_t)k;
		if (!(k >= 0 && k <= n))
			continue;
		if (isnan(h))
			h = lgamma_r(mode + 1, &sign) + lgamma_r(n - mode + 1, &sign);
		v = log(v * alpha / (a / (us * us) + b));
		if (v <= h - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) +
				 (k - mode) * log_odds)
			return (uint64_t)k;
	}
}

uint64_t random_binomial(struct random *random, uint64_t trials, double chance)
{
	if (trials == 0 || !(chance > 0))
		return 0;
	if (chance >= 1)
		return trials;
	if (chance > 0.5)
		return trials - random_binomial(random, trials, 1 - chance);
	if ((double)trials * chance < 10)
		return binomial_inversion(random, trials, chance);
	return binomial_btrs(random, trials, chance);
}
