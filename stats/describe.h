/* Sum, mean and spread of samples, with little rounding error. */
#ifndef TARE_STATS_DESCRIBE_H
#define TARE_STATS_DESCRIBE_H

#include <stddef.h>

struct describe {
	double mean;
	double variance; /* divided by n − 1; NaN when n = 1 */
	double sd;
};

/* Mean by Neumaier's compensated sum, refined once by the mean residual; variance by a second
 * pass around that mean with the correction of Chan, Golub & LeVeque (Am. Statistician 37, 1983).
 * Returns 0, or −1 with everything NaN when count is 0 or a sample is NaN or infinite. */
int describe_samples(const double *samples, size_t count, struct describe *out);

/* Compensated (Neumaier) sum. NaN and infinities propagate as in plain addition. */
double describe_sum(const double *samples, size_t count);
/* describe_sum / count, refined once; NaN when count is 0. */
double describe_mean(const double *samples, size_t count);

#endif
