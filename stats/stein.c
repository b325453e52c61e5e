/* Two stages: a pilot fixes the variance, and that the number of blocks. */
#include "stats/stein.h"

#include <Rmath.h>
#include <math.h>

#include "stats/describe.h"

size_t stein_blocks(double sd, size_t pilot, double half_width, double confidence)
{
	if (pilot < STEIN_FEWEST_PILOT || !(sd >= 0) || isinf(sd) || !(half_width > 0) ||
		isinf(half_width) || !(confidence > 0 && confidence < 1))
		return 0;
	double root =
		qt(0.5 * (1 - confidence), (double)(pilot - 1), false, false) * sd / half_width;
	double blocks = ceil(root * root);

	if (!(blocks < STEIN_MOST_BLOCKS))
		return STEIN_MOST_BLOCKS;
	return blocks > (double)pilot ? (size_t)blocks : pilot;
}

int stein_interval(const double *differences, size_t blocks, size_t pilot, double confidence,
	bool additive, struct interval *out)
{
	int (*make)(double, double, double, size_t, double, struct interval *) =
		additive ? interval_difference : interval_ratio;
	struct describe first, all;

	if (pilot > blocks || describe_samples(differences, blocks, &all))
		return make(NAN, NAN, NAN, blocks, confidence, out);
	if (pilot < STEIN_FEWEST_PILOT) {
		int result = make(all.mean, NAN, NAN, pilot, confidence, out);

		out->blocks = blocks;
		return result;
	}
	describe_samples(differences, pilot, &first);
	return make(all.mean, first.sd / sqrt((double)blocks), (double)(pilot - 1), blocks,
		confidence, out);
}
