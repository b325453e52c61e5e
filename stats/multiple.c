/* Step-down and step-up adjustments of p values. */
#include "stats/multiple.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

struct ranked {
	double p;
	size_t index;
	bool missing;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* Ascending by p; freed by the caller. */
static struct ranked *rank_all(const double *p, size_t count)
{
	struct ranked *ranked = mem_new(count, sizeof(*ranked));

	for (size_t i = 0; i < count; i++) {
		bool absent = !(p[i] >= 0 && p[i] <= 1);

		ranked[i] = (struct ranked){absent ? 1 : p[i], i, absent};
	}
	if (count)
		qsort(ranked, count, sizeof(*ranked), compare_ranked);
	return ranked;
}

void multiple_holm(const double *p, size_t count, double *adjusted)
{
	cleanup_free struct ranked *ranked = rank_all(p, count);
	double largest = 0;

	for (size_t i = 0; i < count; i++) {
		largest = fmax(largest, fmin(1, (double)(count - i) * ranked[i].p));
		adjusted[ranked[i].index] = ranked[i].missing ? NAN : largest;
	}
}

void multiple_benjamini_hochberg(const double *p, size_t count, double *adjusted)
{
	cleanup_free struct ranked *ranked = rank_all(p, count);
	double smallest = 1;

	for (size_t i = count; i-- > 0;) {
		smallest = fmin(smallest, (double)count * ranked[i].p / (double)(i + 1));
		adjusted[ranked[i].index] = ranked[i].missing ? NAN : smallest;
	}
}
