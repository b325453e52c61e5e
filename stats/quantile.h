/* Quantiles. The definition is number 7 of Hyndman & Fan (Am. Statistician 50, 1996): with the
 * sorted samples x_0 … x_{n−1} and h = (n − 1) p, it is x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋₊₁ − x_⌊h⌋).
 * Chosen because it is the default of R and NumPy, so that a reader who recomputes a table
 * from the raw samples finds the same digits; p = 0 and 1 are the extremes and the median of
 * an even count is the mean of the middle two. */
#ifndef TARE_STATS_QUANTILE_H
#define TARE_STATS_QUANTILE_H

#include <stddef.h>

/* The quantile p (0 … 1) of samples, which are left as they are. NaN when count is 0, when p is
 * outside 0 … 1, or when any sample is NaN; infinities are ordered like numbers. O(count). */
double quantile_of(const double *samples, size_t count, double p);

/* Several quantiles with one copy of the samples: out[i] is the quantile chances[i]. Returns 0,
 * or −1 with every out[i] NaN when count is 0, a sample is NaN or a chance is not in 0 … 1. */
int quantile_several(const double *samples, size_t count, const double *chances,
	size_t chance_count, double *out);

double quantile_median(const double *samples, size_t count);

/* Reorders samples so that samples[k] is the one a full sort would put there, with none greater
 * before it and none smaller behind it; returns it. k < count, no NaN. Expected O(count), worst
 * O(count log count) (falls back to sorting). */
double quantile_select(double *samples, size_t count, size_t k);

/* Ascending sort; no NaN. */
void quantile_sort(double *samples, size_t count);

#endif
