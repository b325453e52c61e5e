/* Hierarchical data whose truth is known. */
#include <math.h>

#include "base/array.h"
#include "stats/describe.h"
#include "stats/quantile.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

struct sim_hierarchy sim_hierarchy_usual(size_t blocks)
{
	return (struct sim_hierarchy){
		.blocks = blocks,
		.runs = 3,
		.iterations = 30,
		.common_sd = .005,
		.boot_sd = .005,
		.run_sd = .003,
		.iteration_sd = .01,
	};
}

/* Where in 0 … 1 of the campaign's time a target's start in a block lies. */
static double place_in_time(
	const struct sim_hierarchy *h, size_t block, size_t target, bool swapped)
{
	size_t place = h->sequential ? target * h->blocks + block
				     : 2 * block + (swapped ? 1 - target : target);

	return (double)place / (double)(2 * h->blocks - 1);
}

static double iteration_noise(const struct sim_hierarchy *h, struct random *random)
{
	double z = draw_normal(random);

	if (!h->lognormal)
		return h->iteration_sd * z;
	/* exp(z) has mean √e and sd √(e² − e) */
	return h->iteration_sd * (exp(z) - sqrt(M_E)) / sqrt(M_E * M_E - M_E);
}

double *sim_generate(const struct sim_hierarchy *h, struct random *random)
{
	double *values = mem_new(2 * h->blocks * h->runs * h->iterations, sizeof(*values));

	for (size_t block = 0; block < h->blocks; block++) {
		double common = h->common_sd * draw_normal(random);
		bool swapped = random_below(random, 2);

		for (size_t target = 0; target < 2; target++) {
			double *at =
				values + (target * h->blocks + block) * h->runs * h->iterations;
			double boot = common + h->boot_sd * draw_normal(random) +
				      h->drift * place_in_time(h, block, target, swapped) +
				      (target ? h->theta : 0);

			for (size_t run = 0; run < h->runs; run++) {
				double level = boot + h->run_sd * draw_normal(random);

				for (size_t i = 0; i < h->iterations; i++)
					*at++ = exp(level + iteration_noise(h, random));
			}
		}
	}
	return values;
}

void sim_block_values(const struct sim_hierarchy *h, const double *values, size_t target, double *y)
{
	const double *at = values + target * h->blocks * h->runs * h->iterations;

	for (size_t block = 0; block < h->blocks; block++) {
		y[block] = 0;
		for (size_t run = 0; run < h->runs; run++, at += h->iterations)
			y[block] += log(quantile_median(at, h->iterations)) / (double)h->runs;
	}
}
