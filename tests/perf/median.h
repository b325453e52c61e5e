/* The median with its order-statistic interval, for ratios that scripts/perf measures: no
 * assumption about the noise but that the pairs are independent. */
#ifndef TARE_TESTS_PERF_MEDIAN_H
#define TARE_TESTS_PERF_MEDIAN_H

#include <stddef.h>

/* The rank l (from 1) such that the interval from the l-th smallest to the l-th largest of count
 * values holds the median with a probability of at least confidence: the largest l with
 * 2 P(Binomial(count, 1/2) < l) <= 1 - confidence. 0 if even the extremes do not reach it, as
 * below 6 values at 0.95 (David & Nagaraja, Order Statistics, 2003, section 7.1). */
size_t median_rank(size_t count, double confidence);

struct median {
	double median, low, high; /* low and high NaN where there are too few values */
};
/* count > 0, no NaN; sorts the values. */
struct median median_interval(double *values, size_t count, double confidence);

#endif
