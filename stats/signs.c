/* All 2^B sign patterns, by meeting in the middle: the sums of each half are listed in order,
 * and the pairs that reach the observed sum are counted without listing them. */
#include "stats/signs.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* The 2^count sums ± d_0 ± d_1 …, ascending; freed by the caller. Each value merges the list
 * shifted down with the list shifted up. */
static double *sorted_sums(const double *values, size_t count)
{
	size_t size = 1;
	double *sums = mem_new((size_t)1 << count, sizeof(*sums));
	cleanup_free double *next = mem_new((size_t)1 << count, sizeof(*next));

	for (size_t v = 0; v < count; v++) {
		double step = fabs(values[v]);

		for (size_t low = 0, high = 0, i = 0; i < 2 * size; i++) {
			if (low < size && (high == size || sums[low] - step <= sums[high] + step))
				next[i] = sums[low++] - step;
			else
				next[i] = sums[high++] + step;
		}
		double *swap = sums;

		sums = next;
		next = swap;
		size *= 2;
	}
	return sums;
}

double signs_p(const double *differences, size_t blocks)
{
	double observed = 0, scale = 0;

	if (blocks == 0 || blocks > SIGNS_MOST_BLOCKS)
		return NAN;
	for (size_t i = 0; i < blocks; i++) {
		observed += differences[i];
		scale += fabs(differences[i]);
	}
	if (!isfinite(scale))
		return NAN;
	double threshold = fabs(observed) - 1e-12 * scale;

	if (!(threshold > 0))
		return 1;
	size_t left = blocks / 2, right = blocks - left;
	cleanup_free double *a = sorted_sums(differences, left);
	cleanup_free double *b = sorted_sums(differences + left, right);
	size_t a_size = (size_t)1 << left, b_size = (size_t)1 << right, j = b_size;
	double reached = 0; /* at most 2^40: exact */

	for (size_t i = 0; i < a_size; i++) {
		while (j > 0 && a[i] + b[j - 1] >= threshold)
			j--;
		reached += (double)(b_size - j);
	}
	/* Sums are symmetric about 0. */
	return 2 * reached / ((double)a_size * (double)b_size);
}
