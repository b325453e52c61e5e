/* The exact test that needs no distribution: if target and baseline are the same, every block's
 * difference could as well have had the other sign. A cross-check beside the t interval. */
#ifndef TARE_STATS_SIGNS_H
#define TARE_STATS_SIGNS_H

#include <stddef.h>

enum { SIGNS_MOST_BLOCKS = 40 };

/* Two-sided p: the share of all 2^B sign patterns whose |sum| is at least the observed one
 * (Fisher, "The design of experiments", 1935, section 21). Never below 2^(1−B), so fewer than 6
 * blocks cannot reach .05. NaN when there are 0 or more than SIGNS_MOST_BLOCKS differences or
 * one is not finite; 1 when all are 0. Exact up to rounding: sums within 1e-12 of the sum of
 * absolute values are equal. Work O(2^(B/2)). */
double signs_p(const double *differences, size_t blocks);

#endif
