/* The posterior over the first bad revision, and what to measure next. See bisect.h. */
#include "stats/bisect.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/quantile.h"

enum { CHANGES = 25, SDS = 15, GRID = CHANGES * SDS };

static const double stall_chance = .02, stall_density = 1;

struct bisect {
	size_t last;
	double changes[CHANGES], sds[SDS];
	double *log_likelihood; /* [k − 1][change][sd] */
};

/* --- the grid -------------------------------------------------------------------------------- */

static void make_grid(struct bisect *bisect, const double *differences, size_t count, double margin)
{
	cleanup_free double *distances = mem_new(count, sizeof(*distances));
	double median = quantile_median(differences, count);

	for (size_t i = 0; i < count; i++)
		distances[i] = fabs(differences[i] - median);
	double change = fmax(median, margin);
	double sd = fmax(1.4826 * quantile_median(distances, count), 1e-4) / M_SQRT2;

	for (size_t i = 0; i < CHANGES; i++)
		bisect->changes[i] = change * .1 * (double)(i + 1);
	for (size_t i = 0; i < SDS; i++)
		bisect->sds[i] = sd * .3 * pow(6 / .3, (double)i / (SDS - 1));
}

struct bisect *bisect_new(size_t last, const double *differences, size_t count, double margin)
{
	struct bisect *bisect = mem_new(1, sizeof(*bisect));

	bisect->last = last;
	bisect->log_likelihood = mem_new(last * GRID, sizeof(*bisect->log_likelihood));
	make_grid(bisect, differences, count, margin);
	return bisect;
}

void bisect_free(struct bisect *bisect)
{
	if (bisect)
		free(bisect->log_likelihood);
	free(bisect);
}

/* --- likelihood ------------------------------------------------------------------------------- */

/* ln of the sum of exp(terms). */
static double log_sum(const double *terms, size_t count)
{
	double most = terms[0], sum = 0;

	for (size_t i = 1; i < count; i++)
		most = fmax(most, terms[i]);
	for (size_t i = 0; i < count; i++)
		sum += exp(terms[i] - most);
	return most + log(sum);
}

/* ln of the density of the values but the one at `without` (SIZE_MAX: of all), their common level
 * integrated out. */
static double log_density(const double *values, size_t count, size_t without, double sd)
{
	double sum = 0, squares = 0, n = (double)count - (without < count);

	for (size_t i = 0; i < count; i++)
		sum += i == without ? 0 : values[i];
	for (size_t i = 0; i < count; i++)
		squares += i == without ? 0 : (values[i] - sum / n) * (values[i] - sum / n);
	return -(n - 1) * log(sd * sqrt(2 * M_PI)) - log(n) / 2 - squares / (2 * sd * sd);
}

/* One block's, at one point of the grid: all starts are as they should be, or one is a stall. */
static double log_block(
	const struct bisect_block *block, size_t first_bad, double change, double sd)
{
	double values[BISECT_STARTS_MOST], terms[BISECT_STARTS_MOST + 1];
	size_t count = block->count;

	for (size_t i = 0; i < count; i++)
		values[i] = block->y[i] - (block->revisions[i] >= first_bad ? change : 0);
	terms[count] =
		(double)count * log1p(-stall_chance) + log_density(values, count, SIZE_MAX, sd);
	for (size_t i = 0; i < count; i++)
		terms[i] = log(stall_chance / stall_density) +
			   ((double)count - 1) * log1p(-stall_chance) +
			   log_density(values, count, i, sd);
	return log_sum(terms, count + 1);
}

/* Whether the block cannot tell two first bad revisions apart. */
static bool same_for(const struct bisect_block *block, size_t one, size_t other)
{
	for (size_t i = 0; i < block->count; i++)
		if ((block->revisions[i] >= one) != (block->revisions[i] >= other))
			return false;
	return true;
}

void bisect_add(struct bisect *bisect, const struct bisect_block *block)
{
	double added[GRID] = {0};

	if (block->count < 2)
		return;
	for (size_t k = 1; k <= bisect->last; k++) {
		double *own = bisect->log_likelihood + (k - 1) * GRID;

		if (k == 1 || !same_for(block, k - 1, k))
			for (size_t i = 0; i < GRID; i++)
				added[i] = log_block(
					block, k, bisect->changes[i / SDS], bisect->sds[i % SDS]);
		for (size_t i = 0; i < GRID; i++)
			own[i] += added[i];
	}
}

void bisect_posterior(const struct bisect *bisect, double *chances)
{
	for (size_t k = 0; k < bisect->last; k++)
		chances[k] = log_sum(bisect->log_likelihood + k * GRID, GRID);
	double all = log_sum(chances, bisect->last);

	for (size_t k = 0; k < bisect->last; k++)
		chances[k] = exp(chances[k] - all);
}

/* --- what follows from it --------------------------------------------------------------------- */

struct bisect_group bisect_likeliest(const double *chances, size_t last, const bool *untestable)
{
	struct bisect_group likeliest = {.chance = -1}, group = {.first = 1};

	for (size_t k = 1; k <= last; k++) {
		group.chance += chances[k - 1];
		if (k < last && untestable[k])
			continue;
		group.last = k;
		if (group.chance > likeliest.chance)
			likeliest = group;
		group = (struct bisect_group){.first = k + 1};
	}
	return likeliest;
}

size_t bisect_next(
	const double *chances, size_t last, const bool *untestable, size_t next[BISECT_NEXT_MOST])
{
	static const double wanted[BISECT_NEXT_MOST] = {1. / 3, 2. / 3};
	size_t found = 0;

	for (size_t i = 0; i < BISECT_NEXT_MOST; i++) {
		double come = 0, nearest = INFINITY;
		size_t best = 0;

		for (size_t r = 1; r < last; r++) {
			come += chances[r - 1];
			if (untestable[r] || (found && r == next[0]) ||
				fabs(come - wanted[i]) >= nearest)
				continue;
			nearest = fabs(come - wanted[i]);
			best = r;
		}
		if (best)
			next[found++] = best;
	}
	return found;
}
