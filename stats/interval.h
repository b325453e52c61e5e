/* Confidence intervals for a target against its baseline. The unit is the block: every array
 * here holds one number per block, y(block) = mean over runs of the statistic (or of its
 * logarithm), made by blocks.h; never single iterations. */
#ifndef TARE_STATS_INTERVAL_H
#define TARE_STATS_INTERVAL_H

#include <stddef.h>

enum interval_status {
	INTERVAL_OK,
	INTERVAL_TOO_FEW, /* fewer than 3 blocks on a side: only estimate is set */
	INTERVAL_UNBOUNDED, /* the bootstrap of few blocks: low, high = ∓∞ */
	INTERVAL_UNDEFINED, /* no blocks, a NaN or infinity, an invalid confidence */
};

struct interval {
	double estimate, low, high; /* a ratio (1 = same) or a difference (0 = same) */
	double p; /* two-sided, for "ratio is 1" or "difference is 0"; NaN without an interval */
	double df; /* degrees of freedom of the t distribution; NaN without an interval */
	double centre, error; /* the estimate and its standard error on the scale of the test:
	                       * logarithms for ratios, the metric's unit for differences */
	size_t blocks; /* pairs; unpaired: the smaller of the two sides */
	enum interval_status status;
};

/* All of these fill *out and return 0 when status is INTERVAL_OK, else −1. Unknown numbers are
 * NaN. confidence is two-sided and strictly between 0 and 1, e.g. 0.95. A standard error of
 * exactly 0 (all blocks equal) is an interval of width 0 with p = 1 when there is no difference
 * and p = 0 when there is one. */

/* exp(d̄ ± t(1−α/2, B−1) s/√B), d(b) = ln target(b) − ln baseline(b) of the same block. */
int interval_ratio_paired(
	const double *log_differences, size_t blocks, double confidence, struct interval *out);

/* The ratio of geometric means from blocks that are not pairs (imported data): difference of
 * the means of logs, Welch's standard error, Satterthwaite's degrees of freedom
 * (Welch, Biometrika 34, 1947). */
int interval_ratio_welch(const double *target_log, size_t targets, const double *baseline_log,
	size_t baselines, double confidence, struct interval *out);

/* The same two for metrics that are declared additive (values may be 0 or negative):
 * target − baseline in the metric's own unit. */
int interval_difference_paired(
	const double *differences, size_t blocks, double confidence, struct interval *out);
int interval_difference_welch(const double *target, size_t targets, const double *baseline,
	size_t baselines, double confidence, struct interval *out);

/* From a centre, its standard error and degrees of freedom (moderated variances, Stein): an
 * interval of a ratio from logarithms, or of a difference. Too few blocks as above. */
int interval_ratio(double centre, double error, double df, size_t blocks, double confidence,
	struct interval *out);
int interval_difference(double centre, double error, double df, size_t blocks, double confidence,
	struct interval *out);

/* A short word for tables: "ok", "too few blocks", "unbounded", "undefined". */
const char *interval_status_text(enum interval_status status);

#endif
