/* E-divisive in one dimension, without the matrix of distances: for a growing right end κ the
 * within-sum of every left end τ grows by the distances of the new point. */
#include "stats/changepoint.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/parallel.h"
#include "stats/random.h"

struct split {
	size_t position; /* from the start of the segment; 0: none possible */
	double statistic;
};

struct segment {
	size_t first, count, block;
	struct split best;
};

struct scratch {
	double *values; /* a permuted segment */
	double *within; /* within[τ]: Σ|x_i − x_j| over τ ≤ i < j < κ */
	double *prefix; /* prefix[τ]: the same over 0 ≤ i < j < τ */
	double *inverse; /* 1/i; inverse[0] = 0 */
	size_t *order;
};

static void scratch_new(struct scratch *scratch, size_t count)
{
	scratch->values = mem_new(count, sizeof(double));
	scratch->within = mem_new(count + 1, sizeof(double));
	scratch->prefix = mem_new(count + 1, sizeof(double));
	scratch->inverse = mem_new(count + 1, sizeof(double));
	scratch->order = mem_new(count, sizeof(size_t));
	for (size_t i = 1; i <= count; i++)
		scratch->inverse[i] = 1 / (double)i;
}

static void scratch_free(struct scratch *scratch)
{
	free(scratch->values);
	free(scratch->within);
	free(scratch->prefix);
	free(scratch->inverse);
	free(scratch->order);
}

/* q(τ, κ) = mk/(m+k) · (2 B/(mk) − W₁/C(m,2) − W₂/C(k,2)), m = τ, k = κ − τ, the largest over
 * all τ and κ with m, k ≥ CHANGEPOINT_LEAST_SEGMENT. */
static struct split best_split(const double *x, size_t count, const struct scratch *scratch)
{
	enum { LEAST = CHANGEPOINT_LEAST_SEGMENT };
	double *within = scratch->within, *prefix = scratch->prefix;
	const double *inverse = scratch->inverse;
	struct split best = {0, -INFINITY};

	memset(within, 0, (count + 1) * sizeof(*within));
	memset(prefix, 0, (count + 1) * sizeof(*prefix));
	for (size_t j = 0; j < count; j++) {
		size_t kappa = j + 1;
		double added = 0, here = x[j];

		for (size_t tau = j; tau-- > 0;) {
			added += fabs(x[tau] - here);
			within[tau] += added;
		}
		prefix[kappa] = within[0];
		for (size_t tau = LEAST; tau + LEAST <= kappa; tau++) {
			size_t k = kappa - tau;
			double between = prefix[kappa] - prefix[tau] - within[tau];
			double statistic = 2 * inverse[kappa] *
					   (between - (double)k * prefix[tau] * inverse[tau - 1] -
						   (double)tau * within[tau] * inverse[k - 1]);

			if (statistic > best.statistic)
				best = (struct split){tau, statistic};
		}
	}
	return best;
}

/* The serial correlation that is left once both sides of the split have their own mean: the
 * change itself must not look like correlation. */
static double residual_lag1(const double *x, size_t count, size_t split)
{
	double left = 0, right = 0, squares = 0, products = 0, before = 0;

	for (size_t i = 0; i < count; i++)
		*(i < split ? &left : &right) += x[i];
	left /= (double)split;
	right /= (double)(count - split);
	for (size_t i = 0; i < count; i++) {
		double residual = x[i] - (i < split ? left : right);

		squares += residual * residual;
		products += residual * before;
		before = residual;
	}
	return squares > 0 ? products / squares : 0;
}

static void segment_prepare(
	struct segment *segment, const double *series, const struct scratch *scratch)
{
	const double *x = series + segment->first;

	segment->best = best_split(x, segment->count, scratch);
	if (segment->best.position == 0)
		return;
	size_t block = residual_lag1(x, segment->count, segment->best.position) > 0.3 ? 8 : 4;
	size_t most = segment->count / 10;

	segment->block = block < most ? block : most > 0 ? most : 1;
}

/* Cuts the circle at a random place, and what comes out into blocks in random order. The last
 * block is short when the length is no multiple. */
static void permute_blocks(const double *x, const struct segment *segment,
	const struct scratch *scratch, struct random *random)
{
	size_t count = segment->count, length = segment->block;
	size_t blocks = (count + length - 1) / length, made = 0;
	size_t offset = random_below(random, count);

	for (size_t b = 0; b < blocks; b++)
		scratch->order[b] = b;
	random_shuffle(random, scratch->order, blocks);
	for (size_t b = 0; b < blocks; b++) {
		size_t first = scratch->order[b] * length;
		size_t end = first + length < count ? first + length : count;

		for (size_t i = first; i < end; i++)
			scratch->values[made++] = x[(i + offset) % count];
	}
}

struct permutation_work {
	const double *series;
	const struct segment *segments;
	size_t segment_count, count;
	uint64_t seed, round;
	size_t made; /* permutations so far */
	double *statistics;
};

static void permutations(size_t first, size_t end, void *context)
{
	const struct permutation_work *work = context;
	struct scratch scratch;

	scratch_new(&scratch, work->count);
	for (size_t r = work->made + first; r < work->made + end; r++) {
		struct random random;
		double largest = -INFINITY;

		random_seed(&random, work->seed, work->round << 32 | r);
		for (size_t s = 0; s < work->segment_count; s++) {
			const struct segment *segment = &work->segments[s];

			if (segment->best.position == 0)
				continue;
			permute_blocks(work->series + segment->first, segment, &scratch, &random);
			struct split best = best_split(scratch.values, segment->count, &scratch);
			largest = fmax(largest, best.statistic);
		}
		work->statistics[r] = largest;
	}
	scratch_free(&scratch);
}

/* p of the largest statistic among the segments; or a bound below it that is above o->alpha
 * already, without the permutations that could only raise it. */
static double significance(
	struct permutation_work *work, double observed, const struct changepoint_options *o)
{
	enum { BATCH = 20 };
	double p = 1 / (1 + (double)o->resamples), reached = 0;

	work->made = 0;
	while (work->made < o->resamples && p <= o->alpha) {
		size_t left = o->resamples - work->made, batch = left < BATCH ? left : BATCH;

		parallel_ranges(batch, o->threads, permutations, work);
		/* Equal up to rounding counts as reached: the sums were made in another order. */
		for (size_t r = work->made; r < work->made + batch; r++)
			reached += work->statistics[r] >= observed - 1e-10 * fabs(observed);
		work->made += batch;
		p = (1 + reached) / (1 + (double)o->resamples);
	}
	return p;
}

static int compare_positions(const void *a, const void *b)
{
	const struct changepoint *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

static struct changepoint_options with_defaults(const struct changepoint_options *options)
{
	struct changepoint_options filled = *options;

	if (filled.resamples == 0)
		filled.resamples = 999;
	if (filled.alpha == 0)
		filled.alpha = 0.05;
	return filled;
}

/* Divides segments[s] at its best split: it keeps the left part, the right one is appended. */
static void divide(struct segment *segments, size_t *segment_count, size_t s, const double *series,
	const struct scratch *scratch)
{
	struct segment *left = &segments[s], *right = &segments[(*segment_count)++];
	size_t at = left->best.position;

	*right = (struct segment){.first = left->first + at, .count = left->count - at};
	left->count = at;
	segment_prepare(left, series, scratch);
	segment_prepare(right, series, scratch);
}

enum changepoint_status changepoint_find(const double *series, size_t count,
	const struct changepoint_options *options, struct changepoint *found, size_t *found_count)
{
	struct changepoint_options o = with_defaults(options);

	*found_count = 0;
	for (size_t i = 0; i < count; i++)
		if (!isfinite(series[i]))
			return CHANGEPOINT_NONFINITE;
	if (count < 2 * CHANGEPOINT_LEAST_SEGMENT)
		return CHANGEPOINT_TOO_SHORT;
	cleanup_free struct segment *segments =
		mem_new(count / CHANGEPOINT_LEAST_SEGMENT + 1, sizeof(*segments));
	cleanup_free double *statistics = mem_new(o.resamples, sizeof(*statistics));
	struct permutation_work work = {.series = series,
		.segments = segments,
		.segment_count = 1,
		.count = count,
		.seed = o.seed,
		.statistics = statistics};
	struct scratch scratch;

	scratch_new(&scratch, count);
	segments[0] = (struct segment){.first = 0, .count = count};
	segment_prepare(&segments[0], series, &scratch);
	for (;; work.round++) {
		size_t s = 0;

		for (size_t i = 1; i < work.segment_count; i++)
			if (segments[i].best.statistic > segments[s].best.statistic)
				s = i;
		if (segments[s].best.position == 0 || !(segments[s].best.statistic > 0))
			break;
		double p = significance(&work, segments[s].best.statistic, &o);
		if (p > o.alpha)
			break;
		found[(*found_count)++] = (struct changepoint){
			segments[s].first + segments[s].best.position,
			segments[s].best.statistic,
			p,
		};
		divide(segments, &work.segment_count, s, series, &scratch);
	}
	scratch_free(&scratch);
	qsort(found, *found_count, sizeof(*found), compare_positions);
	return CHANGEPOINT_OK;
}
