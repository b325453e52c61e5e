/* Bisections: how often they name the right revision, and how many starts that takes. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/bisect.h"
#include "stats/decide.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

enum { TRIALS = 2000, BLOCKS_MOST = 60, ANCHORS_MOST = 50 };

struct setting {
	size_t last; /* the bad revision */
	double effect, sd; /* sd of one block's difference of two targets */
	double stalls; /* the share of starts that are 20 % slower */
	double unbuildable; /* the share of revisions */
};

static double start_value(
	const struct setting *setting, struct random *random, double block, bool bad)
{
	double stall = draw_uniform(random) < setting->stalls ? log(1.2) : 0;

	return block + (bad ? log1p(setting->effect) : 0) + stall +
	       setting->sd / M_SQRT2 * draw_normal(random);
}

/* A block of the anchors and `more` other revisions. */
static void measure(const struct setting *setting, struct random *random, size_t first_bad,
	size_t more, struct bisect_block *block)
{
	double level = .005 * draw_normal(random);

	block->count = 2 + more;
	block->revisions[0] = 0;
	block->revisions[1] = setting->last;
	for (size_t i = 0; i < block->count; i++)
		block->y[i] = start_value(setting, random, level, block->revisions[i] >= first_bad);
}

/* The gate of the anchors: how many blocks it took, or 0 if it found no REGRESSION. */
static size_t gate_anchors(const struct bisect_block *blocks, const struct decide_rule *rule)
{
	double differences[ANCHORS_MOST];
	struct decide_outcome outcome;

	for (size_t b = 0; b < ANCHORS_MOST; b++)
		differences[b] = blocks[b].y[1] - blocks[b].y[0];
	struct decide_metric metric = {.differences = differences,
		.count = ANCHORS_MOST,
		.margin = log(1.01),
		.headline = true};

	decide_replay(rule, &metric, 1, &outcome);
	return outcome.regression ? outcome.blocks : 0;
}

/* Where the gate finds nothing there is no bisection: such anchors are drawn again. */
static struct bisect *begin(const struct setting *setting, struct random *random, size_t first_bad)
{
	struct decide_rule rule = {.alpha = .05};
	struct bisect_block blocks[ANCHORS_MOST];
	double differences[ANCHORS_MOST];
	size_t count = 0;

	sequential_init(&rule.looks, SEQUENTIAL_FIRST, SEQUENTIAL_STEP, ANCHORS_MOST);
	while (!count) {
		for (size_t b = 0; b < ANCHORS_MOST; b++)
			measure(setting, random, first_bad, 0, &blocks[b]);
		count = gate_anchors(blocks, &rule);
	}
	for (size_t b = 0; b < count; b++)
		differences[b] = blocks[b].y[1] - blocks[b].y[0];
	struct bisect *bisect = bisect_new(setting->last, differences, count, log(1.01));

	for (size_t b = 0; b < count; b++)
		bisect_add(bisect, &blocks[b]);
	return bisect;
}

struct found {
	struct bisect_group group;
	size_t starts, first_bad;
};

/* A bisection after its anchors' gate was red; starts are those after that. */
static void search(const struct setting *setting, struct random *random, struct found *found)
{
	size_t last = setting->last, first_bad = 1 + random_below(random, last);
	cleanup_free double *chances = mem_new(last, sizeof(*chances));
	cleanup_free bool *untestable = mem_new(last + 1, sizeof(*untestable));
	struct bisect *bisect = begin(setting, random, first_bad);

	*found = (struct found){.first_bad = first_bad};
	for (size_t r = 1; r < last; r++)
		untestable[r] = draw_uniform(random) < setting->unbuildable;
	for (size_t blocks = 0;; blocks++) {
		struct bisect_block block;

		bisect_posterior(bisect, chances);
		found->group = bisect_likeliest(chances, last, untestable);
		if (found->group.chance >= .95 || blocks == BLOCKS_MOST)
			break;
		size_t more = bisect_next(chances, last, untestable, block.revisions + 2);

		measure(setting, random, first_bad, more, &block);
		bisect_add(bisect, &block);
		found->starts += block.count;
	}
	bisect_free(bisect);
}

static bool is_right(struct random *random, const void *context)
{
	struct found found;

	search(context, random, &found);
	return found.group.chance >= .95 && found.group.first <= found.first_bad &&
	       found.first_bad <= found.group.last;
}

static double starts(struct random *random, const void *context)
{
	struct found found;

	search(context, random, &found);
	return (double)found.starts;
}

/* The remark that one step is too simple, where there is but one. */
static bool two_steps_remarked(struct random *random, const void *context)
{
	const struct setting *setting = context;
	struct bisect_block blocks[16];
	size_t first_bad = 1 + random_below(random, setting->last);

	for (size_t b = 0; b < ARRAY_COUNT(blocks); b++) {
		size_t more = b < 6 ? 0 : 2;

		blocks[b].revisions[2] = 1 + random_below(random, setting->last - 1);
		do
			blocks[b].revisions[3] = 1 + random_below(random, setting->last - 1);
		while (blocks[b].revisions[3] == blocks[b].revisions[2]);
		measure(setting, random, first_bad, more, &blocks[b]);
	}
	return bisect_steps_p(blocks, ARRAY_COUNT(blocks), first_bad) < .01;
}

void sim_bisect(struct sim *sim)
{
	static const struct {
		struct setting setting;
		double right, starts_most;
		const char *text;
	} rows[] = {
		{{16, .02, .005, 0, 0}, .99, 13, "16 revisions, +2 %, sd .5 %"},
		{{16, .02, .01, 0, 0}, .95, 24, "16 revisions, +2 %, sd 1 %"},
		{{128, .05, .01, 0, 0}, .98, 22, "128 revisions, +5 %, sd 1 %"},
		{{16, .02, .005, .02, 0}, .97, 24, "16 revisions, +2 %, sd .5 %, 2 % stalls"},
		{{64, .02, .005, 0, .1}, .97, 24, "64 revisions, +2 %, sd .5 %, 10 % unbuildable"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		sim_row(sim, TRIALS, is_right, &rows[i].setting, rows[i].right, 1,
			"bisect: the right revision", "%s", rows[i].text);
		sim_mean(sim, TRIALS, starts, &rows[i].setting, rows[i].starts_most, "starts",
			"bisect: starts after the anchors' gate", rows[i].text);
	}
	sim_row(sim, TRIALS, two_steps_remarked, &rows[1].setting, 0, .014,
		"bisect: remarks several steps", "one step, 16 revisions, +2 %%, sd 1 %%");
}
