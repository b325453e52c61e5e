/* Resampling at the speed of the first-level cache. */
#include "stats/bootstrap.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/parallel.h"
#include "stats/quantile.h"
#include "stats/random.h"

enum { CHUNK_BITS = 10, DRAWS_PER_WORD = 64 / CHUNK_BITS };

static const struct bootstrap unknown = {
	.estimate = NAN,
	.standard_error = NAN,
	.low = NAN,
	.high = NAN,
	.bca_low = NAN,
	.bca_high = NAN,
	.status = BOOTSTRAP_UNDEFINED,
};

/* xoshiro256++ (Blackman & Vigna, ACM TOMS 47(4), 2021), seeded by Philox for each resample:
 * four times as many bits a second as Philox itself, where bits are what is waited for. */
struct fast_random {
	uint64_t state[4];
};

static void fast_seed(struct fast_random *fast, struct random *from)
{
	for (int i = 0; i < 4; i++)
		fast->state[i] = random_u64(from);
	fast->state[0] |= 1; /* not all zero */
}

static inline uint64_t rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline uint64_t fast_next(struct fast_random *fast)
{
	uint64_t *s = fast->state;
	uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/* The sum of `draws` values drawn from the 2^bits ones at chunk (bits ≤ CHUNK_BITS). Six draws a
 * word into six sums, written out: as a loop over an array it runs at half the speed. */
static double chunk_sum(
	const double *chunk, unsigned bits, uint64_t draws, struct fast_random *fast)
{
	struct fast_random local = *fast;
	uint64_t mask = ((uint64_t)1 << bits) - 1, left = draws;
	double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0;

	for (; left >= DRAWS_PER_WORD; left -= DRAWS_PER_WORD) {
		uint64_t word = fast_next(&local);

		s0 += chunk[word & mask];
		s1 += chunk[word >> CHUNK_BITS & mask];
		s2 += chunk[word >> 2 * CHUNK_BITS & mask];
		s3 += chunk[word >> 3 * CHUNK_BITS & mask];
		s4 += chunk[word >> 4 * CHUNK_BITS & mask];
		s5 += chunk[word >> 5 * CHUNK_BITS & mask];
	}
	for (uint64_t word = fast_next(&local); left > 0; left--, word >>= CHUNK_BITS)
		s0 += chunk[word & mask];
	*fast = local;
	return s0 + s1 + s2 + s3 + s4 + s5;
}

struct mean_work {
	const double *centred;
	size_t count;
	uint64_t seed;
	double *means;
};

static void mean_resamples(size_t first, size_t end, void *context)
{
	const struct mean_work *work = context;

	for (size_t r = first; r < end; r++) {
		struct random random;
		struct fast_random fast;
		uint64_t draws = work->count;
		double sum = 0;

		random_seed(&random, work->seed, r);
		fast_seed(&fast, &random);
		for (size_t at = 0; at < work->count;) {
			size_t left = work->count - at;
			unsigned bits = 63 - (unsigned)__builtin_clzll(left);

			if (bits > CHUNK_BITS)
				bits = CHUNK_BITS;
			size_t size = (size_t)1 << bits;
			uint64_t here = size == left ? draws
						     : random_binomial(&random, draws,
							       (double)size / (double)left);

			sum += chunk_sum(work->centred + at, bits, here, &fast);
			draws -= here;
			at += size;
		}
		work->means[r] = sum / (double)work->count;
	}
}

/* Sets the percentile interval and the standard error from the resampled estimates, which are
 * sorted. */
static void set_percentiles(double *resampled, double confidence, struct bootstrap *out)
{
	double tail = 0.5 * (1 - confidence);
	const double chances[] = {tail, 1 - tail};
	double bounds[2];
	struct describe describe;

	quantile_sort(resampled, out->resamples);
	quantiles_of(resampled, out->resamples, chances, 2, bounds);
	out->low = bounds[0];
	out->high = bounds[1];
	describe_samples(resampled, out->resamples, &describe);
	out->standard_error = describe.sd;
}

static void set_bca(const double *sorted, const double *centred, size_t count, double confidence,
	struct bootstrap *out)
{
	double below = 0, squares = 0, cubes = 0, bounds[2];

	for (size_t r = 0; r < out->resamples; r++)
		below += sorted[r] < out->estimate ? 1 : sorted[r] == out->estimate ? 0.5 : 0;
	for (size_t i = 0; i < count; i++) {
		squares += centred[i] * centred[i];
		cubes += centred[i] * centred[i] * centred[i];
	}
	double acceleration = squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
	double bias = qnorm(below / (double)out->resamples, 0, 1, true, false);
	double tail = qnorm(0.5 * (1 - confidence), 0, 1, true, false);

	for (int side = 0; side < 2; side++) {
		double z = bias + (side ? -tail : tail);
		double chance = pnorm(bias + z / (1 - acceleration * z), 0, 1, true, false);

		bounds[side] = quantile_of(sorted, out->resamples, chance);
	}
	out->bca_low = bounds[0];
	out->bca_high = bounds[1];
}

/* What both check first. True when there is something to resample. */
static bool start(const double *values, size_t count, size_t resamples, double confidence,
	struct bootstrap *out)
{
	*out = unknown;
	out->resamples = resamples;
	for (size_t i = 0; i < count; i++)
		if (!isfinite(values[i]))
			return false;
	if (!(confidence > 0 && confidence < 1))
		return false;
	out->status = count < 2 || resamples < 2 ? BOOTSTRAP_TOO_FEW : BOOTSTRAP_OK;
	return out->status == BOOTSTRAP_OK;
}

int bootstrap_mean(const double *values, size_t count, size_t resamples, double confidence,
	uint64_t seed, unsigned threads, struct bootstrap *out)
{
	if (!start(values, count, resamples, confidence, out))
		return -1;
	cleanup_free double *centred = mem_new(count, sizeof(*centred));
	cleanup_free double *means = mem_new(resamples, sizeof(*means));
	struct mean_work work = {centred, count, seed, means};

	out->estimate = describe_mean(values, count);
	for (size_t i = 0; i < count; i++)
		centred[i] = values[i] - out->estimate;
	parallel_ranges(resamples, threads, mean_resamples, &work);
	for (size_t r = 0; r < resamples; r++)
		means[r] += out->estimate;
	set_percentiles(means, confidence, out);
	set_bca(means, centred, count, confidence, out);
	return 0;
}

/* Where the two order statistics that make the quantile come from, 0-based. */
struct places {
	size_t lower, upper;
};

static void draw_places(
	struct places *places, size_t resamples, size_t count, size_t k, struct random *random)
{
	double n = (double)count, above = (double)(count - k);

	for (size_t r = 0; r < resamples; r++) {
		double u = random_beta(random, (double)k, above + 1), next = u;

		if (k < count)
			next += (1 - u) * -expm1(log(1 - random_uniform(random)) / above);
		/* Rounding may put a uniform at 1. */
		places[r].lower = fmin(n * u, n - 1);
		places[r].upper = fmin(n * next, n - 1);
	}
}

int bootstrap_quantile(const double *values, size_t count, double p, size_t resamples,
	double confidence, uint64_t seed, struct bootstrap *out)
{
	if (!start(values, count, resamples, confidence, out))
		return -1;
	if (!(p >= 0 && p <= 1)) {
		out->status = BOOTSTRAP_UNDEFINED;
		return -1;
	}
	double h = (double)(count - 1) * p, fraction = h - floor(h);
	cleanup_free struct places *places = mem_new(resamples, sizeof(*places));
	cleanup_free double *copy = mem_new(count, sizeof(*copy));
	cleanup_free double *resampled = mem_new(resamples, sizeof(*resampled));
	size_t low = count - 1, high = 0;
	struct random random;

	random_seed(&random, seed, 0);
	draw_places(places, resamples, count, (size_t)h + 1, &random);
	for (size_t r = 0; r < resamples; r++) {
		low = places[r].lower < low ? places[r].lower : low;
		high = places[r].upper > high ? places[r].upper : high;
	}
	/* Only the ranks that were drawn need to be in order. */
	memcpy(copy, values, count * sizeof(*copy));
	quantile_select(copy, count, low);
	quantile_select(copy + low, count - low, high - low);
	quantile_sort(copy + low, high - low + 1);
	for (size_t r = 0; r < resamples; r++) {
		double lower = copy[places[r].lower], upper = copy[places[r].upper];

		resampled[r] = lower + fraction * (upper - lower);
	}
	out->estimate = quantile_of(values, count, p);
	set_percentiles(resampled, confidence, out);
	return 0;
}

int bootstrap_order_chances(size_t count, size_t k, double *chances)
{
	double n = (double)count, a = (double)k, b = (double)(count - k + 1), before = 0;

	if (k < 1 || k > count)
		return -1;
	for (size_t j = 0; j < count; j++) {
		double here = pbeta((double)(j + 1) / n, a, b, true, false);

		chances[j] = here - before;
		before = here;
	}
	return 0;
}
