/* Bootstrap distributions of one set of independent values. Not for iterations of few blocks:
 * below about 12 blocks its intervals are too narrow (interval.h is the one to use); it is here
 * for many independent values, and because published tables use it. */
#ifndef TARE_STATS_BOOTSTRAP_H
#define TARE_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

enum bootstrap_status {
	BOOTSTRAP_OK,
	BOOTSTRAP_TOO_FEW, /* fewer than 2 values, or fewer than 2 resamples */
	BOOTSTRAP_UNDEFINED, /* a value is NaN or infinite, or a bad confidence or chance */
};

struct bootstrap {
	double estimate;
	double standard_error; /* sd of the resampled estimates */
	double low, high; /* percentile interval (quantiles 7 of the resampled) */
	double bca_low, bca_high; /* bias-corrected and accelerated; NaN for quantiles */
	size_t resamples;
	enum bootstrap_status status;
};

/* All return 0 when status is BOOTSTRAP_OK, else −1; what is not known is NaN. Resample r uses
 * the stream r of seed: the same for every number of threads (0: all processors). */

/* The mean, by drawing: every resample draws count values with replacement and adds them. To
 * draw in the order of memory, the values are cut into chunks of powers of two, the number of
 * draws of each is drawn first (binomial, so together multinomial), and then the draws within
 * each; that is the same distribution as count free draws. BCa after Efron (JASA 82, 1987) with
 * the jackknife's acceleration. O(count · resamples). */
int bootstrap_mean(const double *values, size_t count, size_t resamples, double confidence,
	uint64_t seed, unsigned threads, struct bootstrap *out);

/* The quantile p (quantile.h's definition), without drawing whole resamples: the resampled
 * order statistics sit where order statistics of uniforms do, U_(k) ~ Beta(k, n − k + 1), and
 * the next one is the least of n − k uniforms above it. Same distribution as drawing; percentile
 * interval only. O(count + resamples log resamples). */
int bootstrap_quantile(const double *values, size_t count, double p, size_t resamples,
	double confidence, uint64_t seed, struct bootstrap *out);

/* The exact bootstrap distribution of the k-th smallest (1 … count) of a resample:
 * chances[j] = P[it is the j-th smallest value] = I((j+1)/n; k, n−k+1) − I(j/n; …), j from 0
 * (Efron, SIAM 38, 1982, section 10.3). chances has room for count. −1 when k is out of range. */
int bootstrap_order_chances(size_t count, size_t k, double *chances);

#endif
