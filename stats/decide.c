/* The campaign's blocks again, one after the other, and at each what the looks say. */
#include "stats/decide.h"

#include <Rmath.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"

/* Differences that are all equal are believed from so many on: 2^(1 − 6) is below .05. */
enum { FEWEST_EQUAL = 6 };

/* Of deciding at all, below which a metric is given up. */
static const double hopeless_chance = .05;

/* The share of alpha that is the headlines'. */
static const double headline_share = .8;

struct progress {
	size_t used; /* pairs so far */
	double worse, notworse, better, equivalent; /* smallest p of all looks */
};

/* A replay under way. */
struct replay {
	const struct decide_rule *rule;
	struct decide_metric *metrics;
	size_t count;
	struct progress *progress;
	struct verdict_levels headline_levels, rest_levels;
	struct verdict_case *family; /* room for one family */
	bool *cell_left;
	size_t cells;
	double level; /* of one look, for the chance of a decision */
	bool frozen;
	struct decide_outcome *outcome;
};

struct verdict_levels decide_levels(const struct decide_rule *rule, bool headline, bool any_rest)
{
	double share = !any_rest ? 1 : headline ? headline_share : 1 - headline_share;

	return (struct verdict_levels){.worse = share * rule->alpha,
		.better = rule->alpha,
		.not_worse = rule->alpha,
		.equivalence = rule->equivalence};
}

static double chance_between(const struct verdict_case *now, double spread, double low, double high)
{
	return high > low ? pt((high - now->centre) / spread, now->df, true, false) -
				    pt((low - now->centre) / spread, now->df, true, false)
			  : 0;
}

double decide_chance(const struct decide_rule *rule, const struct verdict_case *now, double level)
{
	double n = (double)now->blocks, most = rule->looks.most, margin = now->margin;
	double sd = now->error * sqrt(n), borrowed = now->df - (n - 1);

	if (!(n < most))
		return 0;
	if (!(sd > 0))
		return 1;
	double reach = qt(level, most - 1 + borrowed, false, false) * sd / sqrt(most);
	double spread = sd * sqrt(1 / n - 1 / most);
	double chance = chance_between(now, spread, margin + reach, INFINITY);

	if (!rule->equivalence)
		return chance + chance_between(now, spread, -INFINITY, margin - reach);
	return chance + chance_between(now, spread, -INFINITY, -margin - reach) +
	       chance_between(now, spread, reach - margin, margin - reach);
}

/* --- the prior ---------------------------------------------------------------------------------
 */

/* From the first pairs of every ratio metric that has as many. */
static void freeze_prior(struct replay *r)
{
	cleanup_free double *variances = mem_new(r->count, sizeof(*variances));
	cleanup_free double *dfs = mem_new(r->count, sizeof(*dfs));
	struct moderate_prior *prior = &r->outcome->prior;
	size_t used = 0;

	r->frozen = true;
	for (size_t i = 0; i < r->count; i++) {
		struct describe describe;

		if (r->metrics[i].additive || r->metrics[i].untestable ||
			r->progress[i].used < DECIDE_PRIOR_PAIRS)
			continue;
		describe_samples(r->metrics[i].differences, DECIDE_PRIOR_PAIRS, &describe);
		variances[used] = describe.variance;
		dfs[used++] = DECIDE_PRIOR_PAIRS - 1;
	}
	if (used < MODERATE_FEWEST)
		return;
	moderate_prior(variances, dfs, used, prior);
	moderate_freeze(prior, DECIDE_PRIOR_PAIRS - 1);
}

/* --- looks -------------------------------------------------------------------------------------
 */

static void keep_smallest(double *smallest, double p, const struct sequential *looks, double *q)
{
	*smallest = fmin(*smallest, p);
	*q = sequential_p(looks, *smallest);
}

/* The mean of all pairs so far, its error and degrees of freedom. */
static void measure(const struct replay *r, size_t i)
{
	struct decide_metric *metric = &r->metrics[i];
	size_t n = r->progress[i].used;
	struct describe describe;
	double variance, df;

	describe_samples(metric->differences, n, &describe);
	variance = describe.variance;
	df = (double)n - 1;
	if (!metric->additive)
		moderate_variance(&r->outcome->prior, variance, df, &variance, &df);
	metric->judged.centre = describe.mean;
	metric->judged.error = sqrt(variance / (double)n);
	metric->judged.df = df;
	metric->judged.blocks = n;
	metric->pairs = n;
}

static void look(const struct replay *r, size_t i)
{
	struct decide_metric *metric = &r->metrics[i];
	struct verdict_case *judged = &metric->judged, raw;
	struct progress *progress = &r->progress[i];
	const struct sequential *looks = &r->rule->looks;

	measure(r, i);
	if (judged->error == 0 && metric->pairs < FEWEST_EQUAL)
		return;
	raw = *judged;
	verdict_test(&raw);
	keep_smallest(&progress->worse, raw.p_worse, looks, &judged->p_worse);
	keep_smallest(&progress->notworse, raw.p_notworse, looks, &judged->p_notworse);
	keep_smallest(&progress->better, raw.p_better, looks, &judged->p_better);
	keep_smallest(&progress->equivalent, raw.p_equivalent, looks, &judged->p_equivalent);
	if (metric->headline && metric->pairs >= DECIDE_HOPELESS_FROM) {
		metric->chance = decide_chance(r->rule, judged, r->level);
		metric->hopeless = metric->chance < hopeless_chance;
	}
}

static bool waits(const struct replay *r, const struct decide_metric *metric)
{
	return !metric->untestable && !r->cell_left[metric->cell] &&
	       metric->judged.verdict == VERDICT_INCONCLUSIVE;
}

static bool has_pair(const struct replay *r, size_t i, size_t block)
{
	const struct decide_metric *metric = &r->metrics[i];
	size_t used = r->progress[i].used;

	return used < metric->count && (metric->blocks ? metric->blocks[used] : used) == block;
}

/* --- verdicts ----------------------------------------------------------------------------------
 */

/* Of the headlines or of the rest, in their family. */
static void judge_family(const struct replay *r, bool headline)
{
	const struct verdict_levels *levels = headline ? &r->headline_levels : &r->rest_levels;
	size_t size = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->metrics[i].headline == headline)
			r->family[size++] = r->metrics[i].judged;
	verdict_adjust(r->family, size);
	size = 0;
	for (size_t i = 0; i < r->count; i++) {
		struct decide_metric *metric = &r->metrics[i];

		if (metric->headline != headline)
			continue;
		bool open = waits(r, metric);
		enum verdict before = metric->judged.verdict;

		metric->judged = r->family[size++];
		enum verdict now = verdict_of(&metric->judged, levels);

		metric->judged.verdict =
			open && (headline || now == VERDICT_REGRESSION) ? now : before;
		if (metric->judged.verdict != VERDICT_INCONCLUSIVE)
			metric->hopeless = false;
		if (metric->judged.verdict == VERDICT_REGRESSION && !metric->excused)
			r->outcome->regression = true;
	}
}

/* With a further block a better word may be due to a verdict that stands: of what is green the
 * adjusted values of the end say which. */
static void name_greens(const struct replay *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct verdict_case *judged = &r->metrics[i].judged;

		if (judged->verdict != VERDICT_NOT_WORSE)
			continue;
		enum verdict word = verdict_of(judged, &r->headline_levels);

		if (word == VERDICT_EQUIVALENT || word == VERDICT_IMPROVEMENT)
			judged->verdict = word;
	}
}

static bool holds_cell(const struct replay *r, size_t i, size_t blocks)
{
	const struct decide_metric *metric = &r->metrics[i];

	/* Without a single pair by then it will hardly have any. */
	if (metric->untestable || (!r->progress[i].used && blocks >= DECIDE_HOPELESS_FROM))
		return false;
	if (!metric->headline || metric->excused)
		return blocks < r->rule->looks.first;
	return metric->judged.verdict == VERDICT_INCONCLUSIVE && !metric->hopeless;
}

static void let_cells_leave(const struct replay *r, size_t blocks)
{
	cleanup_free bool *held = mem_new(r->cells, sizeof(*held));

	for (size_t i = 0; i < r->count; i++)
		if (holds_cell(r, i, blocks))
			held[r->metrics[i].cell] = true;
	r->outcome->all_left = true;
	for (size_t c = 0; c < r->cells; c++) {
		r->cell_left[c] = r->cell_left[c] || !held[c];
		r->outcome->all_left = r->outcome->all_left && r->cell_left[c];
	}
	for (size_t i = 0; i < r->count; i++)
		r->metrics[i].left = r->cell_left[r->metrics[i].cell];
}

/* --- the replay --------------------------------------------------------------------------------
 */

static void begin(struct replay *r)
{
	const struct decide_rule *rule = r->rule;
	bool any_rest = false;

	*r->outcome = (struct decide_outcome){.prior = {.status = MODERATE_TOO_FEW}};
	for (size_t i = 0; i < r->count; i++) {
		struct decide_metric *metric = &r->metrics[i];

		metric->untestable = metric->untestable || !(metric->margin > 0);
		metric->judged = (struct verdict_case){.margin = metric->margin,
			.claim_equivalence = true,
			.p_worse = NAN,
			.p_notworse = NAN,
			.p_better = NAN,
			.p_equivalent = NAN};
		metric->pairs = 0;
		metric->hopeless = metric->left = false;
		metric->chance = NAN;
		r->progress[i] = (struct progress){0, 1, 1, 1, 1};
		any_rest = any_rest || !metric->headline;
		if (metric->cell >= r->cells)
			r->cells = metric->cell + 1;
	}
	r->headline_levels = decide_levels(rule, true, any_rest);
	r->rest_levels = decide_levels(rule, false, any_rest);
	r->level = sequential_level(&rule->looks, rule->alpha);
}

/* Takes the block's pairs, and looks where it is time. */
static void replay_block(struct replay *r, size_t block)
{
	bool any = false;

	for (size_t i = 0; i < r->count; i++)
		if (waits(r, &r->metrics[i]) && has_pair(r, i, block)) {
			r->progress[i].used++;
			any = any ||
			      sequential_is_look(&r->rule->looks, (unsigned)r->progress[i].used);
		}
	if (any && !r->frozen)
		freeze_prior(r);
	for (size_t i = 0; any && i < r->count; i++)
		if (waits(r, &r->metrics[i]) && r->progress[i].used > r->metrics[i].pairs &&
			sequential_is_look(&r->rule->looks, (unsigned)r->progress[i].used))
			look(r, i);
	if (any) {
		judge_family(r, true);
		judge_family(r, false);
	}
	let_cells_leave(r, block + 1);
	r->outcome->blocks = block + 1;
}

static size_t blocks_of(const struct decide_metric *metric)
{
	if (metric->count == 0 || !metric->blocks)
		return metric->count;
	return metric->blocks[metric->count - 1] + 1;
}

void decide_replay(const struct decide_rule *rule, struct decide_metric *metrics, size_t count,
	struct decide_outcome *outcome)
{
	cleanup_free struct progress *progress = mem_new(count + 1, sizeof(*progress));
	cleanup_free struct verdict_case *family = mem_new(count + 1, sizeof(*family));
	struct replay r = {.rule = rule,
		.metrics = metrics,
		.count = count,
		.progress = progress,
		.family = family,
		.outcome = outcome};
	size_t blocks = rule->blocks;

	begin(&r);
	cleanup_free bool *cell_left = mem_new(r.cells + 1, sizeof(*cell_left));

	r.cell_left = cell_left;
	for (size_t i = 0; i < count; i++)
		blocks = blocks_of(&metrics[i]) > blocks ? blocks_of(&metrics[i]) : blocks;
	for (size_t block = 0; block < blocks && !outcome->all_left; block++)
		replay_block(&r, block);
	name_greens(&r);
}
