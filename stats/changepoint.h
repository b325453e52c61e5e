/* Where a series of campaigns changed its level. */
#ifndef TARE_STATS_CHANGEPOINT_H
#define TARE_STATS_CHANGEPOINT_H

#include <stddef.h>
#include <stdint.h>

struct changepoint {
	size_t position; /* the first point of the new level */
	double statistic; /* the energy statistic that found it */
	double p;
};

enum { CHANGEPOINT_LEAST_SEGMENT = 3 }; /* points */

struct changepoint_options {
	size_t resamples; /* R; 0: 999 */
	double alpha; /* a change is kept when p ≤ alpha; 0: .05 */
	uint64_t seed;
	unsigned threads; /* 0: all processors */
};

enum changepoint_status { CHANGEPOINT_OK, CHANGEPOINT_TOO_SHORT, CHANGEPOINT_NONFINITE };

/* E-divisive (Matteson & James, JASA 109, 2014) on a series in one dimension: divides the
 * segment whose best split has the largest energy statistic, with exponent α = 1, both ends of
 * the split free (τ and κ), and within-sums as U statistics, until a split is not significant.
 * p = (1 + #) / (1 + R) by permuting every present segment within itself, as a circle cut at
 * random into blocks that are shuffled, because neighbours in a history are correlated: blocks
 * of 4 points, 8 where the lag-1 correlation around the two candidate means is above .3, and
 * never more than a tenth of the segment, because long blocks have too few orders. Sorted by
 * position; the same for every number of threads. found has room for count /
 * CHANGEPOINT_LEAST_SEGMENT change points. Returns CHANGEPOINT_OK, TOO_SHORT (fewer points than
 * two segments need) or NONFINITE, then with *found_count = 0. O(count² · R) a change; permutations
 * that could no longer make one significant are not made. */
enum changepoint_status changepoint_find(const double *series, size_t count,
	const struct changepoint_options *options, struct changepoint *found, size_t *found_count);

#endif
