/* How likely a difference is to be found with so many blocks, and how many blocks find it:
 * the noncentral t distribution (Lenth, AS 243, by libRmath) of a mean of block differences. */
#ifndef TARE_STATS_POWER_H
#define TARE_STATS_POWER_H

#include <stddef.h>

enum { POWER_MOST_BLOCKS = 1000000 };

struct power_design {
	double sd; /* of one block's difference, same scale as the effect */
	double prior_df; /* degrees of freedom borrowed by moderation; 0 without */
	double alpha;
	int sides; /* 1 or 2 */
};

/* The chance that the t test of "mean ≤ 0" (sides = 1) or "mean = 0" (2) rejects when the mean
 * is `effect`. NaN when blocks < 2 or the design is invalid (sd < 0, alpha outside 0 … 1, anything
 * NaN). sd = 0 gives 0 or 1. */
double power_of_test(const struct power_design *design, double effect, size_t blocks);

/* The chance that TOST at level alpha a side claims |mean| < margin when the mean is `effect`,
 * by Bonferroni's bound: max(0, P[upper test rejects] + P[lower test rejects] − 1). It is a
 * lower bound, sharp where it matters (power above one half). sides is ignored. */
double power_of_equivalence(
	const struct power_design *design, double effect, double margin, size_t blocks);

/* The fewest blocks (≥ 3) with at least this power; 0 when POWER_MOST_BLOCKS do not reach it
 * or an argument is out of range. */
size_t power_blocks(const struct power_design *design, double effect, double power);
size_t power_blocks_equivalence(
	const struct power_design *design, double effect, double margin, double power);

/* The smallest effect that blocks would find with this power; NaN as above. */
double power_smallest_effect(const struct power_design *design, size_t blocks, double power);

#endif
