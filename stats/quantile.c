/* Selection instead of sorting: a quantile of 10⁷ samples costs a few passes over them. */
#include "stats/quantile.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void quantile_sort(double *samples, size_t count)
{
	if (count > 1)
		qsort(samples, count, sizeof(*samples), compare_doubles);
}

static inline void swap_doubles(double *a, double *b)
{
	double keep = *a;

	*a = *b;
	*b = keep;
}

/* Puts the median of three at the middle, as pivot, and sentinels at both ends. */
static double choose_pivot(double *samples, size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2;

	if (samples[middle] < samples[low])
		swap_doubles(&samples[middle], &samples[low]);
	if (samples[high] < samples[low])
		swap_doubles(&samples[high], &samples[low]);
	if (samples[high] < samples[middle])
		swap_doubles(&samples[high], &samples[middle]);
	return samples[middle];
}

/* For a few: nothing is called, nothing allocated. */
static void sort_few(double *samples, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		double keep = samples[i];
		size_t k = i;
		for (; k > 0 && samples[k - 1] > keep; k--)
			samples[k] = samples[k - 1];
		samples[k] = keep;
	}
}

double quantile_select(double *samples, size_t count, size_t k)
{
	enum { SMALL = 32, MOST_ROUNDS = 128 };
	size_t low = 0, high = count - 1;

	for (int round = 0; high - low > SMALL; round++) {
		if (round == MOST_ROUNDS) /* an order that defeats median of three */
			break;
		double pivot = choose_pivot(samples, low, high);
		size_t i = low, j = high;

		/* Hoare's partition stops at equals from both sides: all-equal data splits evenly.
		 */
		while (i <= j) {
			while (samples[i] < pivot)
				i++;
			while (samples[j] > pivot)
				j--;
			if (i <= j) {
				swap_doubles(&samples[i], &samples[j]);
				i++;
				if (j == 0)
					break;
				j--;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			return samples[k];
	}
	(high - low > SMALL ? quantile_sort : sort_few)(samples + low, high - low + 1);
	return samples[k];
}

/* samples[low …] are already no smaller than those before; returns the new low. */
static double quantile_reorder(double *samples, size_t count, double p, size_t *low)
{
	double h = (double)(count - 1) * p;
	size_t k = (size_t)h;
	double fraction = h - (double)k;
	double value = quantile_select(samples + *low, count - *low, k - *low);

	*low = k;
	if (fraction == 0 || k + 1 >= count)
		return value;
	double next = samples[k + 1];

	for (size_t i = k + 2; i < count; i++)
		next = samples[i] < next ? samples[i] : next;
	/* Infinities: ∞ − ∞ would be NaN where the quantile is infinite. */
	return next == value ? value : value + fraction * (next - value);
}

static int compare_indices(const void *a, const void *b, void *chances)
{
	const double *p = chances;
	double x = p[*(const size_t *)a], y = p[*(const size_t *)b];

	return (x > y) - (x < y);
}

static bool is_defined(
	const double *samples, size_t count, const double *chances, size_t chance_count)
{
	bool defined = count > 0;

	for (size_t i = 0; i < count && defined; i++)
		defined = !isnan(samples[i]);
	for (size_t i = 0; i < chance_count && defined; i++)
		defined = chances[i] >= 0 && chances[i] <= 1;
	return defined;
}

int quantile_several(const double *samples, size_t count, const double *chances,
	size_t chance_count, double *out)
{
	if (!is_defined(samples, count, chances, chance_count)) {
		for (size_t i = 0; i < chance_count; i++)
			out[i] = NAN;
		return -1;
	}
	cleanup_free double *copy = mem_new(count, sizeof(*copy));
	cleanup_free size_t *order = mem_new(chance_count, sizeof(*order));
	size_t low = 0;

	memcpy(copy, samples, count * sizeof(*copy));
	for (size_t i = 0; i < chance_count; i++)
		order[i] = i;
	/* In ascending order each selection only searches above the one before. */
	qsort_r(order, chance_count, sizeof(*order), compare_indices, (void *)chances);
	for (size_t i = 0; i < chance_count; i++)
		out[order[i]] = quantile_reorder(copy, count, chances[order[i]], &low);
	return 0;
}

/* A report asks for tens of thousands of these, mostly of few samples. */
double quantile_of(const double *samples, size_t count, double p)
{
	enum { FEW = 256 };
	double few[FEW];
	size_t low = 0;

	if (!is_defined(samples, count, &p, 1))
		return NAN;
	cleanup_free double *many = count > FEW ? mem_new(count, sizeof(*many)) : NULL;
	double *copy = many ? many : few;

	memcpy(copy, samples, count * sizeof(*copy));
	return quantile_reorder(copy, count, p, &low);
}

double quantile_median(const double *samples, size_t count)
{
	return quantile_of(samples, count, 0.5);
}
