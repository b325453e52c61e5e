/* Mid-ranks are doubled, so that they are integers and the exact distribution can be counted. */
#include "stats/ranksum.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

struct ranked {
	double value;
	bool in_x;
	uint64_t twice_rank;
};

static int compare_values(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Sets twice_rank; returns Σ(t³ − t) over groups of ties. */
static double assign_ranks(struct ranked *all, size_t count)
{
	double ties = 0;

	qsort(all, count, sizeof(*all), compare_values);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && all[end].value == all[first].value;)
			end++;
		/* Ranks first + 1 … end: twice their mean. */
		for (size_t i = first; i < end; i++)
			all[i].twice_rank = first + 1 + end;
		double t = (double)(end - first);

		ties += t * t * t - t;
	}
	return ties;
}

/* The share of choices of `chosen` ranks whose doubled sum is at least as far from its mean,
 * chosen · (count + 1), as observed. */
static double exact_p(const struct ranked *all, size_t count, size_t chosen, uint64_t observed)
{
	uint64_t largest = (uint64_t)count * (count + 1), sum_so_far = 0;
	size_t width = largest + 1;
	/* ways[c · width + s]: choices of c ranks with doubled sum s. */
	cleanup_free double *ways = mem_new((chosen + 1) * width, sizeof(*ways));
	int64_t mean = (int64_t)(chosen * (count + 1));
	double extreme = 0, total = 0;

	ways[0] = 1;
	for (size_t i = 0; i < count; i++) {
		uint64_t rank = all[i].twice_rank;

		sum_so_far += rank;
		for (size_t c = i + 1 < chosen ? i + 1 : chosen; c > 0; c--) {
			double *to = ways + c * width, *from = to - width;

			for (uint64_t s = rank; s <= sum_so_far; s++)
				to[s] += from[s - rank];
		}
	}
	for (size_t s = 0; s < width; s++) {
		double here = ways[chosen * width + s];

		total += here;
		if (llabs((int64_t)s - mean) >= llabs((int64_t)observed - mean))
			extreme += here;
	}
	return extreme / total;
}

int ranksum_test(
	const double *x, size_t x_count, const double *y, size_t y_count, struct ranksum *out)
{
	size_t count = x_count + y_count;
	cleanup_free struct ranked *all = mem_new(count, sizeof(*all));
	bool bad = x_count == 0 || y_count == 0;

	*out = (struct ranksum){NAN, NAN, NAN};
	for (size_t i = 0; i < count; i++) {
		all[i].in_x = i < x_count;
		all[i].value = all[i].in_x ? x[i] : y[i - x_count];
		bad |= isnan(all[i].value);
	}
	if (bad)
		return -1;
	double ties = assign_ranks(all, count), n = (double)count;
	double nx = (double)x_count, ny = (double)y_count;
	uint64_t twice_sum = 0;

	for (size_t i = 0; i < count; i++)
		if (all[i].in_x)
			twice_sum += all[i].twice_rank;
	out->u = (double)twice_sum / 2 - nx * (nx + 1) / 2;
	double variance = nx * ny / 12 * (n + 1 - ties / (n * (n - 1)));
	double z = (fabs(out->u - nx * ny / 2) - 0.5) / sqrt(variance);

	if (variance > 0)
		out->p_asymptotic = fmin(1, 2 * pnorm(z, 0, 1, false, false));
	if (count <= RANKSUM_MOST_EXACT)
		out->p_exact = exact_p(all, count, x_count, twice_sum);
	return 0;
}
