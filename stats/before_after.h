/* The change between two campaigns, from what each measured by itself: the difference of two means
 * with the error of both (Welch, Biometrika 34, 1947), and, where earlier campaigns tell how much
 * campaigns differ in which nothing changed, no less than that. */
#ifndef TARE_STATS_BEFORE_AFTER_H
#define TARE_STATS_BEFORE_AFTER_H

#include <stddef.h>

/* Fewer earlier campaigns say too little about their spread. */
enum { BEFORE_AFTER_FEWEST_EARLIER = 5 };

/* One campaign: the mean of its blocks, the variance of one block with its degrees of freedom. */
struct before_after_side {
	double mean, variance, df;
	size_t blocks;
};

struct before_after {
	double change, error, df;
};

/* after − before. earlier: the means of earlier campaigns, each over as many blocks as the smaller
 * of the two has; fewer than five (or NULL) are not used. With V their variance, error² is
 * max(e², 2 V), and df is their number − 1 where 2 V is larger. Variances of 0 on both sides: df
 * is the sum of both. */
struct before_after before_after(const struct before_after_side *before,
	const struct before_after_side *after, const double *earlier, size_t earlier_count);

#endif
