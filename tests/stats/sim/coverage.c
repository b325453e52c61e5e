/* Does a nominal 95 % interval cover the true value in 95 % of campaigns? And how do the methods
 * do that tare does not use? */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/stein.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

enum { TRIALS = 20000, SLOW_TRIALS = 4000, MOST_BLOCKS = 400 };

static const double any = NAN;

static void make_sides(
	const struct sim_hierarchy *h, struct random *random, double *baseline, double *target)
{
	cleanup_free double *values = sim_generate(h, random);

	sim_block_values(h, values, 0, baseline);
	sim_block_values(h, values, 1, target);
}

static bool covers(const struct interval *interval, double theta)
{
	return interval->status == INTERVAL_OK && interval->low <= exp(theta) &&
	       exp(theta) <= interval->high;
}

static bool paired_covers(struct random *random, const void *setting)
{
	const struct sim_hierarchy *h = setting;
	double baseline[MOST_BLOCKS], target[MOST_BLOCKS];
	struct interval interval;

	make_sides(h, random, baseline, target);
	for (size_t b = 0; b < h->blocks; b++)
		target[b] -= baseline[b];
	interval_ratio_paired(target, h->blocks, .95, &interval);
	return covers(&interval, h->theta);
}

static bool welch_covers(struct random *random, const void *setting)
{
	const struct sim_hierarchy *h = setting;
	double baseline[MOST_BLOCKS], target[MOST_BLOCKS];
	struct interval interval;

	make_sides(h, random, baseline, target);
	interval_ratio_welch(target, h->blocks, baseline, h->blocks, .95, &interval);
	return covers(&interval, h->theta);
}

static bool pooled_t_rejects(struct random *random, const void *setting)
{
	const struct sim_hierarchy *h = setting;
	cleanup_free double *values = sim_generate(h, random);
	size_t side = h->blocks * h->runs * h->iterations;
	struct interval interval;

	interval_difference_welch(values + side, side, values, side, .95, &interval);
	return interval.p < .05;
}

static bool sequential_rejects(struct random *random, const void *setting)
{
	struct sim_hierarchy h = *(const struct sim_hierarchy *)setting;

	return !welch_covers(random, &h);
}

/* Block differences only: sd 1 %, a half-width of .5 % wanted. */
enum { PILOT = 5 };
static const double pair_sd = .01, half_width = .005;

static bool stein_covers(struct random *random, const void *setting)
{
	double d[MOST_BLOCKS];
	struct describe pilot;
	struct interval interval;
	(void)setting;

	for (size_t b = 0; b < PILOT; b++)
		d[b] = pair_sd * draw_normal(random);
	describe_samples(d, PILOT, &pilot);
	size_t blocks = stein_blocks(pilot.sd, PILOT, half_width, .95);

	for (size_t b = PILOT; b < blocks && b < MOST_BLOCKS; b++)
		d[b] = pair_sd * draw_normal(random);
	blocks = blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS;
	interval_ratio(describe_mean(d, blocks), pilot.sd / sqrt((double)blocks), PILOT - 1, blocks,
		.95, &interval);
	return covers(&interval, 0);
}

static bool stop_when_narrow_covers(struct random *random, const void *setting)
{
	double d[MOST_BLOCKS];
	struct interval interval = {0};
	(void)setting;

	for (size_t b = 0; b < MOST_BLOCKS; b++) {
		d[b] = pair_sd * draw_normal(random);
		if (b + 1 < PILOT)
			continue;
		interval_ratio_paired(d, b + 1, .95, &interval);
		if (interval.high - interval.low <= 2 * half_width)
			break;
	}
	return covers(&interval, 0);
}

static bool peeking_rejects(struct random *random, const void *setting)
{
	double d[30];
	struct interval interval;
	(void)setting;

	for (size_t b = 0; b < ARRAY_COUNT(d); b++) {
		d[b] = pair_sd * draw_normal(random);
		if (b + 1 >= PILOT && interval_ratio_paired(d, b + 1, .95, &interval) == 0 &&
			interval.p < .05)
			return true;
	}
	return false;
}

static void coverage_by_blocks(struct sim *sim)
{
	static const size_t blocks[] = {3, 5, 8, 12, 30};

	for (int drift = 0; drift < 2; drift++)
		for (size_t i = 0; i < ARRAY_COUNT(blocks); i++) {
			struct sim_hierarchy h = sim_hierarchy_usual(blocks[i]);

			h.theta = .02;
			h.drift = drift ? .02 : 0;
			sim_row(sim, TRIALS, paired_covers, &h, .94, .96, "paired log-ratio covers",
				"%zu blocks, %s", blocks[i], drift ? "drift 2 %" : "no drift");
		}
	for (size_t i = 0; i < ARRAY_COUNT(blocks); i++) {
		struct sim_hierarchy h = sim_hierarchy_usual(blocks[i]);

		h.common_sd = 0;
		sim_row(sim, TRIALS, welch_covers, &h, .94, blocks[i] < 5 ? .97 : .96,
			"Welch log-ratio covers", "%zu unpaired blocks a side", blocks[i]);
	}
}

void sim_coverage(struct sim *sim)
{
	struct sim_hierarchy h = sim_hierarchy_usual(5), skewed = h, drifting = h, blocked;

	coverage_by_blocks(sim);
	skewed.lognormal = true;
	sim_row(sim, TRIALS, paired_covers, &skewed, .94, .96, "paired log-ratio covers",
		"5 blocks, lognormal iterations");

	h.common_sd = 0;
	sim_row(sim, SLOW_TRIALS, pooled_t_rejects, &h, any, any, "pooled t test rejects",
		"5 × 3 × 30, no difference");
	drifting.common_sd = 0;
	drifting.drift = .02;
	drifting.sequential = true;
	sim_row(sim, SLOW_TRIALS, sequential_rejects, &drifting, any, any,
		"sequential order, Welch rejects", "5 blocks, drift 2 %%, no difference");
	blocked = drifting;
	blocked.sequential = false;
	sim_row(sim, SLOW_TRIALS, sequential_rejects, &blocked, any, any,
		"blocked order, Welch rejects", "5 blocks, drift 2 %%, no difference");

	sim_row(sim, TRIALS, stein_covers, NULL, .94, .96, "Stein's interval covers",
		"pilot 5, sd 1 %%, ± .5 %%");
	sim_row(sim, TRIALS, stop_when_narrow_covers, NULL, any, any, "stopping when narrow covers",
		"from 5, sd 1 %%, ± .5 %%");
	sim_row(sim, TRIALS, peeking_rejects, NULL, any, any, "peeking until significant rejects",
		"5 to 30 blocks, no difference");
}
