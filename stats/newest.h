/* Does the newest campaign of a history differ from those before it? Change-point detection
 * cannot tell: it needs several points after a change. */
#ifndef TARE_STATS_NEWEST_H
#define TARE_STATS_NEWEST_H

#include <stddef.h>

#include "stats/interval.h"

/* segment: the campaign-level values since the last change point, without the newest. Their
 * spread holds what differs between campaigns (other boots, other days), which the blocks of
 * one campaign cannot show. out->estimate = newest − mean(segment), with the prediction
 * interval ± t(n − 1) s √(1 + 1/n) around it, p for "from the same distribution", df = n − 1,
 * blocks = n. Returns and fills as interval.h: fewer than 3 in segment is INTERVAL_TOO_FEW. */
int newest_judge(const double *segment, size_t count, double newest, double confidence,
	struct interval *out);

/* One-sided: the chance of a point so far above the segment, or further, if it is from the
 * same distribution. NaN with fewer than 3 in segment. */
double newest_p_above(const double *segment, size_t count, double newest);

#endif
