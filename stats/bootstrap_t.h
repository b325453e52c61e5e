/* The studentised bootstrap of block differences: a cross-check of the t interval that does not
 * assume a normal distribution. Shown when it disagrees. */
#ifndef TARE_STATS_BOOTSTRAP_T_H
#define TARE_STATS_BOOTSTRAP_T_H

#include <stddef.h>
#include <stdint.h>

#include "stats/interval.h"

/* With m and e = s/√B the mean and standard error of the differences, and m', e' those of a
 * resample of the blocks: t' = (m' − m) / e'. The interval is m − q(1−α/2) e … m − q(α/2) e, q
 * being quantiles of t' (Efron & Tibshirani, "An introduction to the bootstrap", 1993, 12.5).
 * A resample without spread counts as t' = ±∞ by the sign of its numerator (0 when that is 0),
 * which widens the interval, up to INTERVAL_UNBOUNDED, where few blocks say little. The scale
 * stays that of the differences; p is the share (1 + #) / (1 + R) of |t'| ≥ |m| / e; df is NaN.
 * Returns and fills as in interval.h; resamples < 2 is INTERVAL_UNDEFINED. Resample r uses the
 * stream r of seed. */
int bootstrap_t(const double *differences, size_t blocks, size_t resamples, double confidence,
	uint64_t seed, struct interval *out);

#endif
