/* Two stages: a pilot fixes the variance, and that the number of blocks. */
#include "stats/stein.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>

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
