/* Whether revisions have more than two levels. See bisect.h. */
#include "stats/bisect.h"

#include <Rmath.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* Every start as a deviation from the mean of its block: what is left when blocks have levels. */
struct centred {
	size_t columns; /* of the design: revisions but the first */
	double *moments; /* columns × columns, X'X */
	double *products; /* X'y */
	double squares; /* y'y */
	double step_squares, step_products; /* the same of the one step */
	size_t starts, blocks;
};

static size_t column_of(const size_t *revisions, size_t count, size_t revision)
{
	size_t i = 0;

	while (i < count && revisions[i] != revision)
		i++;
	return i;
}

/* The revisions that were measured; room for all starts. */
static size_t list_revisions(const struct bisect_block *blocks, size_t count, size_t *revisions)
{
	size_t found = 0;

	for (size_t b = 0; b < count; b++)
		for (size_t i = 0; i < blocks[b].count; i++)
			if (column_of(revisions, found, blocks[b].revisions[i]) == found)
				revisions[found++] = blocks[b].revisions[i];
	return found;
}

/* A block has few starts, so that its part of X'X is of few columns. */
static void add_block(struct centred *centred, const struct bisect_block *block,
	const size_t *revisions, size_t first_bad)
{
	size_t n = block->count, at[BISECT_STARTS_MOST];
	double mean = 0, bad = 0, share = 1 / (double)n;

	for (size_t i = 0; i < n; i++) {
		mean += share * block->y[i];
		bad += share * (block->revisions[i] >= first_bad);
		at[i] = column_of(revisions + 1, centred->columns, block->revisions[i]);
	}
	for (size_t i = 0; i < n; i++) {
		double y = block->y[i] - mean, x = (block->revisions[i] >= first_bad) - bad;

		centred->squares += y * y;
		centred->step_squares += x * x;
		centred->step_products += x * y;
		if (at[i] == centred->columns)
			continue;
		centred->products[at[i]] += y;
		for (size_t j = 0; j < n; j++)
			if (at[j] < centred->columns)
				centred->moments[at[i] * centred->columns + at[j]] +=
					(i == j) - share;
	}
	centred->starts += n;
	centred->blocks++;
}

/* What the columns explain of y'y, by Gaussian elimination of [X'X | X'y], which is positive
 * definite: the good revision is in every block. */
static double explained(struct centred *centred)
{
	size_t m = centred->columns;
	double *a = centred->moments, *b = centred->products, sum = 0;

	for (size_t k = 0; k < m; k++) {
		if (!(a[k * m + k] > 1e-9))
			continue;
		for (size_t i = k + 1; i < m; i++) {
			double factor = a[i * m + k] / a[k * m + k];

			for (size_t j = k; j < m; j++)
				a[i * m + j] -= factor * a[k * m + j];
			b[i] -= factor * b[k];
		}
		sum += b[k] * b[k] / a[k * m + k];
	}
	return sum;
}

double bisect_steps_p(const struct bisect_block *blocks, size_t count, size_t first_bad)
{
	cleanup_free size_t *revisions =
		mem_new(count * BISECT_STARTS_MOST + 1, sizeof(*revisions));
	size_t found = list_revisions(blocks, count, revisions);

	if (found < 3)
		return NAN;
	struct centred centred = {.columns = found - 1};
	cleanup_free double *moments = mem_new(centred.columns * centred.columns, sizeof(*moments));
	cleanup_free double *products = mem_new(centred.columns, sizeof(*products));

	centred.moments = moments;
	centred.products = products;
	for (size_t b = 0; b < count; b++)
		if (blocks[b].count >= 2)
			add_block(&centred, &blocks[b], revisions, first_bad);
	double more = (double)centred.columns - 1;
	double rest = (double)(centred.starts - centred.blocks) - (double)centred.columns;

	if (!(rest > 0) || !(centred.step_squares > 0))
		return NAN;
	double step = centred.squares -
		      centred.step_products * centred.step_products / centred.step_squares;
	double full = centred.squares - explained(&centred);

	return full > 0 ? pf((step - full) / more / (full / rest), more, rest, false, false) : NAN;
}
