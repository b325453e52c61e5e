/* Mann–Whitney's U, offered beside a verdict because papers report it, never as the verdict:
 * pooled iterations are not independent, and pooling them rejects far too often. */
#ifndef TARE_STATS_RANKSUM_H
#define TARE_STATS_RANKSUM_H

#include <stddef.h>

enum { RANKSUM_MOST_EXACT = 100 };

struct ranksum {
	double u; /* of x: pairs with x > y, ties as one half */
	double p_exact; /* two-sided; NaN when more than RANKSUM_MOST_EXACT values in all */
	double p_asymptotic; /* two-sided, normal with tie and continuity correction; NaN when all
	                      * values are equal */
};

/* The exact p is the share of all ways to choose the x among the pooled mid-ranks whose U is at
 * least as far from n_x n_y / 2 as the observed one (ties are handled exactly; Streitberg &
 * Röhmel's shift algorithm, Statist. Software Newsletter 12, 1986). Infinities rank like
 * numbers. Returns −1 with all NaN when a side is empty or a value is NaN. O(n log n), the
 * exact part O(n³) sums with small constants. */
int ranksum_test(
	const double *x, size_t x_count, const double *y, size_t y_count, struct ranksum *out);

#endif
