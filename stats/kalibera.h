/* Where the variation of a nested experiment comes from, and how to spread repetitions over
 * its levels: Kalibera & Jones, "Rigorous benchmarking in reasonable time", ISMM 2013. */
#ifndef TARE_STATS_KALIBERA_H
#define TARE_STATS_KALIBERA_H

#include <stddef.h>

enum { KALIBERA_MOST_LEVELS = 8 };

/* values: a balanced, row-major array; counts[0] is how often the highest level (e.g. blocks)
 * was repeated, counts[levels − 1] the lowest (iterations). s2[0] and t2[0] are of the lowest
 * level: s2[i] is the mean over all groups of the variance (n − 1) of the level's means, and
 * t2[i] = s2[i] − s2[i−1] / repetitions of level i−1: the level's own, unbiased part, which
 * may come out negative. Returns 0, or −1 with both filled with NaN when levels is not within
 * 1 … KALIBERA_MOST_LEVELS, a count is below 2 or a value is not finite. */
int kalibera_components(
	const double *values, const size_t *counts, size_t levels, double *s2, double *t2);

/* repetitions[i] (i = 0 … levels − 2, lowest first, each ≥ 1 and ≤ most) that give the
 * narrowest interval for the time spent: ⌈√(cost[i+1]/cost[i] · t2[i]/t2[i+1])⌉; cost[i] is
 * the time of one more repetition of level i (lowest first). A negative t2 counts as 0: a level
 * without variation of its own is repeated once, one below a level without any `most` times.
 * The highest level is repeated as often as the precision asked for needs (stein.h). Returns
 * −1 with all 1 when a cost is not positive and finite or a t2 is not finite. */
int kalibera_repetitions(
	const double *t2, const double *costs, size_t levels, size_t most, size_t *repetitions);

#endif
