/* The median over pairs and its interval. */
#include "tests/perf/median.h"

#include <math.h>

#include "stats/quantile.h"

size_t median_rank(size_t count, double confidence)
{
	double n = (double)count, below = 0;
	size_t rank = 0;

	/* below: P(Binomial < rank + 1), one term more each time. */
	while (rank < count / 2) {
		double k = (double)rank;

		below += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * M_LN2);
		if (2 * below > 1 - confidence)
			break;
		rank++;
	}
	return rank;
}

struct median median_interval(double *values, size_t count, double confidence)
{
	size_t rank = median_rank(count, confidence);

	quantile_sort(values, count);
	return (struct median){
		.median = quantile_median(values, count),
		.low = rank ? values[rank - 1] : NAN,
		.high = rank ? values[count - rank] : NAN,
	};
}
