/* MSER-5 and a CUSUM over the second half. Nothing is deleted: the cut marks the warm-up's end. */
#include "stats/steady.h"

#include <math.h>
#include <stdbool.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/interval.h"

enum { MOST_GROUPS = 20, FEWEST_GROUPS = 12 };

static const double shift_level = 0.01;

/* The cut in batches. Mean and squares grow from the end towards the front (Welford), so that
 * every cut costs one step. */
static size_t best_cut(const double *batches, size_t count)
{
	size_t best = 0;
	double lowest = INFINITY, mean = 0, squares = 0;

	for (size_t d = count; d-- > 0;) {
		double kept = (double)(count - d);
		double delta = batches[d] - mean;

		mean += delta / kept;
		squares += delta * (batches[d] - mean);
		if (d <= count / 2 && squares / (kept * kept) <= lowest) {
			lowest = squares / (kept * kept);
			best = d;
		}
	}
	return best;
}

/* P[sup |Brownian bridge| ≥ x]. */
static double kolmogorov_tail(double x)
{
	double sum = 0;

	if (x < 0.2)
		return 1;
	for (int k = 1; k <= 20; k++)
		sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
	return fmin(1, fmax(0, sum));
}

/* p of "the mean of these batches does not move"; NaN when it was not tested. */
static double shift_p(const double *batches, size_t count)
{
	size_t groups = count < MOST_GROUPS ? count : MOST_GROUPS, size = count / groups;
	double means[MOST_GROUPS], walk = 0, farthest = 0;
	struct describe describe;

	if (groups < FEWEST_GROUPS)
		return NAN;
	/* A remainder that does not fill the groups is left out at the front. */
	batches += count - groups * size;
	for (size_t g = 0; g < groups; g++)
		means[g] = describe_mean(batches + g * size, size);
	describe_samples(means, groups, &describe);
	if (describe.sd == 0)
		return 1;
	for (size_t g = 0; g < groups; g++) {
		walk += means[g] - describe.mean;
		farthest = fmax(farthest, fabs(walk));
	}
	return kolmogorov_tail(farthest / (describe.sd * sqrt((double)groups)));
}

/* In noise without any warm-up the best cut is sometimes the last one, by chance. */
static bool halves_differ(const double *batches, size_t count)
{
	size_t half = count / 2;
	struct interval interval;

	interval_difference_welch(
		batches, half, batches + half, count - half, 1 - shift_level, &interval);
	return interval.p < shift_level;
}

int steady_find(const double *samples, size_t count, struct steady *out)
{
	size_t batch_count = count / STEADY_BATCH;

	*out = (struct steady){0, STEADY_TOO_FEW};
	for (size_t i = 0; i < count; i++) {
		if (isfinite(samples[i]))
			continue;
		out->status = STEADY_NONFINITE;
		return -1;
	}
	if (batch_count < STEADY_FEWEST_BATCHES)
		return -1;
	cleanup_free double *batches = mem_new(batch_count, sizeof(*batches));

	for (size_t i = 0; i < batch_count; i++)
		batches[i] = describe_mean(samples + i * STEADY_BATCH, STEADY_BATCH);
	size_t cut = best_cut(batches, batch_count), half = batch_count / 2;

	out->status = STEADY_OK;
	if (cut == half && halves_differ(batches, batch_count))
		out->status = STEADY_AT_BOUND;
	else if (cut == half)
		cut = 0;
	else if (shift_p(batches + half, batch_count - half) < shift_level)
		out->status = STEADY_SHIFT;
	if (out->status == STEADY_OK)
		out->cut = cut * STEADY_BATCH;
	return out->status == STEADY_OK ? 0 : -1;
}
