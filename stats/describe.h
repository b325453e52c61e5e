/* What a set of samples looks like: count, mean, spread, extremes and serial correlation. */
#ifndef TARE_STATS_DESCRIBE_H
#define TARE_STATS_DESCRIBE_H

#include <stddef.h>

enum describe_status {
	DESCRIBE_OK,
	DESCRIBE_EMPTY, /* no samples: everything is NaN */
	DESCRIBE_NONFINITE, /* a NaN or an infinity among them: everything but count is NaN */
};

struct describe {
	size_t count;
	size_t nonfinite; /* how many samples are NaN or infinite */
	double mean;
	double variance; /* divided by n − 1; NaN when n = 1 */
	double sd;
	double minimum, maximum;
	double lag1; /* serial correlation of neighbours; NaN when n < 2 or all are equal */
	enum describe_status status;
};

/* Mean by Neumaier's compensated sum, refined once by the mean residual; variance by a second
 * pass around that mean with the correction of Chan, Golub & LeVeque (Am. Statistician 37,
 * 1983); lag-1 as NIST StRD defines it: Σ(x_i − x̄)(x_{i−1} − x̄) / Σ(x_i − x̄)².
 * Returns 0 when status is DESCRIBE_OK, else −1; out is filled in either case. */
int describe_samples(const double *samples, size_t count, struct describe *out);

/* Compensated (Neumaier) sum. NaN and infinities propagate as in plain addition. */
double describe_sum(const double *samples, size_t count);
/* describe_sum / count, refined once; NaN when count is 0. */
double describe_mean(const double *samples, size_t count);

#endif
