/* Random deviates that the tests and the simulation draw. */
#ifndef TARE_TESTS_DEVIATES_H
#define TARE_TESTS_DEVIATES_H

#include "stats/random.h"

/* Uniform in [0, 1), 53 bits. */
double draw_uniform(struct random *random);
/* Standard normal (Box–Muller). */
double draw_normal(struct random *random);
/* Gamma with the given shape >= 1 and scale 1 (Marsaglia & Tsang, ACM TOMS 26(3), 2000). */
double draw_gamma(struct random *random, double shape);

#endif
