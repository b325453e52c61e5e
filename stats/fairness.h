/* How evenly guests that run at once are served. */
#ifndef TARE_STATS_FAIRNESS_H
#define TARE_STATS_FAIRNESS_H

#include <stddef.h>

struct fairness {
	double jain; /* (Σx)² / (n Σx²): 1 = all the same, 1/n = one has everything */
	double max_min; /* largest / smallest; ∞ when the smallest is 0 */
};

/* Jain, Chiu & Hawe, DEC TR-301, 1984, on what each guest got (larger = more service). n = 1
 * is 1 and 1; all 0 is 1 and 1. Returns −1 with both NaN when count is 0 or a
 * share is negative, NaN or infinite. */
int fairness_of(const double *shares, size_t count, struct fairness *out);

#endif
