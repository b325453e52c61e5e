/* See deviates.h. */
#include "tests/stats/deviates.h"

#include <math.h>

double draw_uniform(struct random *random)
{
	return (double)(random_u64(random) >> 11) * 0x1p-53;
}

double draw_normal(struct random *random)
{
	double radius = sqrt(-2 * log(1 - draw_uniform(random)));

	return radius * cos(2 * M_PI * draw_uniform(random));
}

double draw_gamma(struct random *random, double shape)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = draw_normal(random), v = pow(1 + c * x, 3);

		if (v > 0 && log(1 - draw_uniform(random)) < .5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}
