/* Power by the noncentral t, and its inverse by bisection. */
#include "stats/power.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>

enum { FEWEST_BLOCKS = 3 };

static bool design_valid(const struct power_design *design, size_t blocks)
{
	return blocks >= 2 && design->sd >= 0 && isfinite(design->sd) && design->prior_df >= 0 &&
	       design->alpha > 0 && design->alpha < 1;
}

/* One-sided power at level alpha against "mean ≤ 0". */
static double power_upper(double effect, double error, double df, double alpha)
{
	if (error == 0)
		return effect > 0;
	double ncp = effect / error;
	double critical = qt(alpha, df, false, false);

	/* Beyond this the answer is 0 or 1 to every digit, and the series would not converge. */
	if (fabs(ncp) > 37)
		return pnorm(ncp - critical, 0, 1, true, false);
	return fmin(1, fmax(0, pnt(critical, df, ncp, false, false)));
}

double power_of_test(const struct power_design *design, double effect, size_t blocks)
{
	if (!design_valid(design, blocks) || isnan(effect) || design->sides < 1 ||
		design->sides > 2)
		return NAN;
	double error = design->sd / sqrt((double)blocks);
	double df = (double)(blocks - 1) + design->prior_df;

	if (design->sides == 1)
		return power_upper(effect, error, df, design->alpha);
	return power_upper(effect, error, df, design->alpha / 2) +
	       power_upper(-effect, error, df, design->alpha / 2);
}

double power_of_equivalence(
	const struct power_design *design, double effect, double margin, size_t blocks)
{
	if (!design_valid(design, blocks) || isnan(effect) || !(margin > 0))
		return NAN;
	double error = design->sd / sqrt((double)blocks);
	double df = (double)(blocks - 1) + design->prior_df;

	return fmax(0, power_upper(margin - effect, error, df, design->alpha) +
			       power_upper(margin + effect, error, df, design->alpha) - 1);
}

/* Either question; margin is NaN for the plain test. */
static double power_either(
	const struct power_design *design, double effect, double margin, size_t blocks)
{
	return isnan(margin) ? power_of_test(design, effect, blocks)
			     : power_of_equivalence(design, effect, margin, blocks);
}

static size_t fewest_blocks(
	const struct power_design *design, double effect, double margin, double power)
{
	size_t low = FEWEST_BLOCKS, high = POWER_MOST_BLOCKS;

	if (!(power > 0 && power < 1) || !(power_either(design, effect, margin, high) >= power))
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (power_either(design, effect, margin, middle) >= power)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t power_blocks(const struct power_design *design, double effect, double power)
{
	return fewest_blocks(design, effect, NAN, power);
}

size_t power_blocks_equivalence(
	const struct power_design *design, double effect, double margin, double power)
{
	return margin > 0 ? fewest_blocks(design, effect, margin, power) : 0;
}

double power_smallest_effect(const struct power_design *design, size_t blocks, double power)
{
	if (isnan(power_of_test(design, 0, blocks)) || !(power > 0 && power < 1))
		return NAN;
	double low = 0, high = design->sd;

	while (power_of_test(design, high, blocks) < power)
		high *= 2;
	for (int i = 0; i < 100 && high - low > 1e-12 * high; i++) {
		double middle = 0.5 * (low + high);

		if (power_of_test(design, middle, blocks) >= power)
			high = middle;
		else
			low = middle;
	}
	return high;
}
