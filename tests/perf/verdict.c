/* How long it takes until a verdict: campaigns of old against new in simulated time, decided by
 * tare's own rule.
 *   verdict PERCENT PAIRS   lines of "MINUTES FIXED": the mean over campaigns in which new is
 *                           PERCENT slower, and what 50 runs a side take
 *   verdict right PAIRS     lines of the percentage that is right, of the worst of all changes
 * A boot takes 15 s, a run of 30 iterations 30 s; one run a start. A start differs by .5 %, a run
 * by .3 %, an iteration by 1 %, a block by .5 % for both; the day is the same for both, too. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/decide.h"
#include "stats/parallel.h"
#include "tests/stats/sim/sim.h"

enum { CAMPAIGNS = 1200, BLOCKS_MOST = 50, FIXED_RUNS = 50 };

static const double boot_minutes = .25, run_minutes = .5;
static const double changes[] = {0, 2, 3, 5};

struct campaigns {
	double percent;
	uint64_t seed;
	double *minutes; /* of each */
	bool *right;
};

/* Right is green where there is no change, and REGRESSION where there is one. */
static bool is_right(const struct campaigns *campaigns, enum verdict verdict)
{
	if (campaigns->percent > 0)
		return verdict == VERDICT_REGRESSION;
	return verdict != VERDICT_REGRESSION && verdict != VERDICT_INCONCLUSIVE;
}

static void run_campaign(struct campaigns *campaigns, const struct decide_rule *rule, size_t index)
{
	struct sim_hierarchy hierarchy = sim_hierarchy_usual(BLOCKS_MOST);
	double old[BLOCKS_MOST], differences[BLOCKS_MOST];
	struct decide_outcome outcome;
	struct random random;

	hierarchy.runs = 1;
	hierarchy.theta = log1p(campaigns->percent / 100);
	random_seed(&random, campaigns->seed, index);
	cleanup_free double *values = sim_generate(&hierarchy, &random);

	sim_block_values(&hierarchy, values, 0, old);
	sim_block_values(&hierarchy, values, 1, differences);
	for (size_t b = 0; b < BLOCKS_MOST; b++)
		differences[b] -= old[b];
	struct decide_metric metric = {.differences = differences,
		.count = BLOCKS_MOST,
		.margin = log(1.01),
		.headline = true};

	decide_replay(rule, &metric, 1, &outcome);
	campaigns->minutes[index] = (double)outcome.blocks * 2 * (boot_minutes + run_minutes);
	campaigns->right[index] = is_right(campaigns, metric.judged.verdict);
}

static void run_some(size_t first, size_t end, void *context)
{
	struct decide_rule rule = {.alpha = .05};

	sequential_init(&rule.looks, SEQUENTIAL_FIRST, SEQUENTIAL_STEP, BLOCKS_MOST);
	for (size_t i = first; i < end; i++)
		run_campaign(context, &rule, i);
}

/* The mean of minutes, and the percentage that is right. */
static void simulate(double percent, uint64_t seed, double *minutes, double *right)
{
	cleanup_free double *all_minutes = mem_new(CAMPAIGNS, sizeof(*all_minutes));
	cleanup_free bool *all_right = mem_new(CAMPAIGNS, sizeof(*all_right));
	struct campaigns campaigns = {percent, seed, all_minutes, all_right};

	*minutes = *right = 0;
	parallel_ranges(CAMPAIGNS, 0, run_some, &campaigns);
	for (size_t i = 0; i < CAMPAIGNS; i++) {
		*minutes += all_minutes[i] / CAMPAIGNS;
		*right += 100. * all_right[i] / CAMPAIGNS;
	}
}

static double right_of_worst(uint64_t seed)
{
	double worst = 100;

	for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
		double minutes, right;

		simulate(changes[i], seed, &minutes, &right);
		worst = fmin(worst, right);
	}
	return worst;
}

int main(int argc, char **argv)
{
	double fixed = 2 * (boot_minutes + FIXED_RUNS * run_minutes), minutes, right;

	if (argc != 3) {
		fprintf(stderr, "usage: verdict PERCENT|right PAIRS\n");
		return 2;
	}
	for (uint64_t seed = 1; seed <= strtoull(argv[2], NULL, 10); seed++) {
		if (strcmp(argv[1], "right") == 0) {
			printf("%.3f\n", right_of_worst(seed));
			continue;
		}
		simulate(strtod(argv[1], NULL), seed, &minutes, &right);
		printf("%.4f %.4f\n", minutes, fixed);
	}
	return 0;
}
