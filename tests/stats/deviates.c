/* See deviates.h. */
#include "tests/stats/deviates.h"

#include <math.h>

double draw_normal(struct random *random)
{
	double radius = sqrt(-2 * log(1 - random_uniform(random)));

	return radius * cos(2 * M_PI * random_uniform(random));
}

double draw_gamma(struct random *random, double shape)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = draw_normal(random), v = pow(1 + c * x, 3);

		if (v > 0 && log(1 - random_uniform(random)) < .5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}
