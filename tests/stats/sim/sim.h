/* The simulation: do the methods of stats/ keep their error rates on data whose truth is known?
 * Every row is a rate over many simulated campaigns, with the bounds it has to lie in. */
#ifndef TARE_TESTS_STATS_SIM_H
#define TARE_TESTS_STATS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

struct sim {
	uint64_t seed; /* of the next row; each row has its own */
	unsigned threads;
	/* Factor on all numbers of trials; 1: the documented ones. With fewer, bounds are wider by
	 * four standard errors. */
	double effort;
	unsigned failed;
};

/* One simulated campaign; true counts. */
typedef bool sim_trial(struct random *random, const void *setting);

/* Runs the trials (trial i: stream i of the row's seed, so any number of threads gives the same
 * rate) and prints one row of the table. bounds of NaN: for information. Returns the rate. */
double sim_row(struct sim *sim, size_t trials, sim_trial *trial, const void *setting, double low,
	double high, const char *what, const char *format, ...)
	__attribute__((format(printf, 8, 9)));

/* What a trial measures, such as a number of blocks. */
typedef double sim_measure(struct random *random, const void *setting);

/* The same for a mean, in the unit that is written after it. */
double sim_mean(struct sim *sim, size_t trials, sim_measure *measure, const void *setting,
	double most, const char *unit, const char *what, const char *where);

void sim_bisect(struct sim *sim); /* searches for the revision that made it worse */
void sim_decide(struct sim *sim); /* campaigns that go on until they are decided */
void sim_coverage(struct sim *sim); /* intervals of one metric */
void sim_gate(struct sim *sim); /* families of metrics, power */
void sim_series(struct sim *sim); /* histories and warm-up */

/* The generator, all sds and drift as logarithms (.01 is about 1 %):
 * ln value = theta [target] + drift · (start − first) / (last − first) + common(block)
 *          + boot(target, block) + run(target, block, run) + iteration.
 * Every start of a target in a block takes one place in time; with `sequential` the baseline's
 * blocks all come first, otherwise every block starts both in random order. */
struct sim_hierarchy {
	size_t blocks, runs, iterations;
	double theta, drift;
	double common_sd, boot_sd, run_sd, iteration_sd;
	bool sequential;
	bool lognormal; /* iterations are skewed: a lognormal excess of the same sd */
};

/* The design's data: boot .5 %, run .3 %, iteration 1 %, 3 runs of 30 iterations. */
struct sim_hierarchy sim_hierarchy_usual(size_t blocks);

/* values[((target · blocks + block) · runs + run) · iterations + i], target 0 the baseline;
 * freed by the caller. */
double *sim_generate(const struct sim_hierarchy *hierarchy, struct random *random);

/* y(block) of one target (0 or 1): mean over runs of ln(median of the iterations). */
void sim_block_values(
	const struct sim_hierarchy *hierarchy, const double *values, size_t target, double *y);

#endif
