/* The statistics of a comparison: estimates and intervals from blocks, moderated variances, all
 * verdicts in one family. docs/statistics.md has the methods; stats/ has the estimators. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_build.h"
#include "report/write/words.h"
#include "stats/before_after.h"
#include "stats/bootstrap_t.h"
#include "stats/decide.h"
#include "stats/describe.h"
#include "stats/multiple.h"
#include "stats/signs.h"

/* With fewer blocks sign flips cannot reach 5 %, and a bootstrap says nothing. */
enum { FEWEST_BLOCKS = 3, FEWEST_CHECKED = 6, RESAMPLES = 999 };

/* One item's test: one spread of pairs, or one for each side. */
struct test {
	bool usable; /* numbers on both sides, and finite */
	size_t spreads;
	struct before_after_side spread[2]; /* newer first */
	double *earlier; /* means of earlier campaigns; owned */
	size_t earlier_count;
};

/* Mean of all, variance of the first `pilot` (all, where there was no second stage). */
static struct before_after_side spread_of(const double *values, size_t count, size_t pilot)
{
	struct describe all, first;

	describe_samples(values, count, &all);
	describe_samples(values, pilot, &first);
	return (struct before_after_side){all.mean, first.variance, (double)pilot - 1, count};
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct before_after_side side_spread(const struct side_value *value)
{
	cleanup_free double *values = mem_new(value->block_count + 1, sizeof(*values));

	for (size_t i = 0; i < value->block_count; i++)
		values[i] = value->blocks[i].value;
	return spread_of(values, value->block_count, value->pilot);
}

static double back(const struct report_metric *metric, double mean)
{
	return metric->additive ? mean : exp(mean);
}

static void set_untestable(struct compare_item *item, const char *reason)
{
	item->state = COMPARE_UNTESTABLE;
	item->reason = reason;
}

/* False, with the reason set, when a side has no usable blocks at all. */
static bool check_values(
	struct comparison *c, const struct compare_input *input, struct compare_item *item)
{
	const struct side_value *sides[2] = {input->base, input->newer};
	const char *labels[2] = {c->base_label, c->new_label};

	for (int i = 0; i < 2; i++) {
		const struct side_value *side = sides[i];
		const char *advice = side->status == BLOCKS_NOT_POSITIVE
					     ? "; a metric that can be 0 or less must be declared "
					       "additive (scale: difference)"
					     : "";
		if (side->status == BLOCKS_OK)
			continue;
		set_untestable(item,
			compare_keep(c, str_printf("%s, block %u: %s%s", labels[i], side->offender,
						blocks_status_text(side->status), advice)));
		return false;
	}
	return true;
}

/* 0 on one side or the other of "there is a change" differs from what the t interval says. */
static const char *cross_check(
	struct comparison *c, const double *differences, size_t pairs, double signs)
{
	double alpha = c->options.alpha;
	struct interval t, bootstrap;
	cleanup_text struct text text = {0};
	char p[WORDS_BYTES];

	if (pairs < FEWEST_CHECKED ||
		interval_difference_paired(differences, pairs, 1 - alpha, &t) < 0)
		return "";
	bool changed = t.p <= alpha;
	if (!isnan(signs) && exp2(1 - (double)pairs) <= alpha && (signs <= alpha) != changed)
		text_addf(&text, "sign flips disagree: %s", words_p(signs, p));
	bootstrap_t(differences, pairs, RESAMPLES, 1 - alpha, c->newer->seed, &bootstrap);
	bool bounded = bootstrap.status == INTERVAL_OK;
	if ((bounded && (bootstrap.low > 0 || bootstrap.high < 0)) != changed)
		text_addf(&text, "%sthe bootstrap of blocks disagrees", text.count ? "; " : "");
	return text.count ? compare_keep(c, text_take(&text)) : "";
}

static void test_paired(struct comparison *c, const struct compare_input *input,
	struct compare_item *item, struct test *test)
{
	const struct side_value *base = input->base, *newer = input->newer;
	cleanup_free double *differences =
		mem_new(smaller(base->block_count, newer->block_count) + 1, sizeof(double));
	size_t pairs = blocks_pair(newer->blocks, newer->block_count, base->blocks,
		base->block_count, differences, NULL, &item->unpaired);
	size_t pilot = smaller(smaller(base->pilot, newer->pilot), pairs);

	test->spreads = 1;
	test->spread[0] = spread_of(differences, pairs, pilot);
	item->signs_p = signs_p(differences, pairs);
	item->disagrees = cross_check(c, differences, pairs, item->signs_p);
}

/* The block differences of a side to its native. */
static struct before_after_side native_spread(
	const struct side *native, const struct side_value *value)
{
	size_t count;
	cleanup_free double *values = compare_over_native(native, value, &count);

	return spread_of(values, count, count);
}

/* What earlier campaigns measured over native, each over so many blocks. */
static void add_earlier(const struct comparison *c, const struct compare_input *input,
	size_t blocks, struct test *test)
{
	test->earlier = mem_new(c->options.earlier_count + 1, sizeof(*test->earlier));
	for (size_t i = 0; i < c->options.earlier_count; i++) {
		const struct side_value *value = side_find(&input->pair->earlier[i], input->base);
		size_t count;

		if (!value)
			continue;
		cleanup_free double *values =
			compare_over_native(&input->pair->earlier_natives[i], value, &count);
		if (count > 0)
			test->earlier[test->earlier_count++] =
				describe_mean(values, smaller(count, blocks));
	}
}

/* Different campaigns: over the native of each, where both have it. */
static void test_unpaired(const struct comparison *c, const struct compare_input *input,
	struct compare_item *item, struct test *test)
{
	const struct compare_pair *pair = input->pair;

	test->spreads = 2;
	test->spread[0] = side_spread(input->newer);
	test->spread[1] = side_spread(input->base);
	item->host = pair->is_native;
	if (!pair->natives)
		return;
	test->spread[0] = native_spread(&pair->natives[1], input->newer);
	test->spread[1] = native_spread(&pair->natives[0], input->base);
	item->over_native = true;
	add_earlier(c, input, smaller(test->spread[0].blocks, test->spread[1].blocks), test);
	if (test->earlier_count >= BEFORE_AFTER_FEWEST_EARLIER)
		item->earlier = test->earlier_count;
}

static void make_test(struct comparison *c, const struct compare_input *input,
	struct compare_item *item, struct test *test)
{
	item->signs_p = item->p = item->adjusted = item->margin = NAN;
	item->cost = item->cost_low = item->cost_high = NAN;
	item->change = (struct interval){.estimate = NAN, .low = NAN, .high = NAN, .p = NAN};
	if (input->base && input->base->status == BLOCKS_OK)
		item->base.value = back(input->base->metric, side_spread(input->base).mean);
	if (input->newer && input->newer->status == BLOCKS_OK)
		item->newer.value = back(input->newer->metric, side_spread(input->newer).mean);
	if (!input->base || !input->newer || !check_values(c, input, item))
		return;
	if (input->base->metric->additive != input->newer->metric->additive) {
		set_untestable(item, "a ratio on one side, a difference on the other");
		return;
	}
	if (item->paired) {
		test_paired(c, input, item, test);
	} else {
		test_unpaired(c, input, item, test);
	}
	test->usable =
		test->spread[0].blocks > 0 && (test->spreads < 2 || test->spread[1].blocks > 0);
	if (!test->usable)
		set_untestable(item, "no block has both");
	else if (!item->headline || item->metric->better == REPORT_BETTER_NONE ||
		 (item->host && c->options.all_of_base))
		item->state = COMPARE_EXPLORATORY;
	else if (!item->paired && !item->over_native && c->options.all_of_base)
		set_untestable(item,
			"measured on different days, and not beside a baseline of their own: "
			"compare two targets of one campaign");
}

/* Additive metrics are each on a scale of their own. */
static bool moderated(const struct comparison *c, const struct test *tests, size_t i)
{
	const struct compare_item *item = &c->items[i];

	return tests[i].usable && compare_has_direction(item) && !item->metric->additive &&
	       (item->state == COMPARE_JUDGED || item->state == COMPARE_EXPLORATORY);
}

/* The prior of all ratios that can be worse. */
static void moderate(struct comparison *c, struct test *tests)
{
	cleanup_free double *variances = mem_new(2 * c->count, sizeof(*variances));
	cleanup_free double *dfs = mem_new(2 * c->count, sizeof(*dfs));
	size_t count = 0, metrics = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (!moderated(c, tests, i))
			continue;
		metrics++;
		for (size_t s = 0; s < tests[i].spreads; s++) {
			variances[count] = tests[i].spread[s].variance;
			dfs[count++] = tests[i].spread[s].df;
		}
	}
	if (metrics < MODERATE_FEWEST) {
		c->prior = (struct moderate_prior){.variance = NAN, .status = MODERATE_TOO_FEW};
		return;
	}
	moderate_prior(variances, dfs, count, &c->prior);
	if (c->prior.status != MODERATE_OK)
		return;
	for (size_t i = 0; i < c->count; i++)
		if (moderated(c, tests, i))
			for (size_t s = 0; s < tests[i].spreads; s++) {
				struct before_after_side *spread = &tests[i].spread[s];
				moderate_variance(&c->prior, spread->variance, spread->df,
					&spread->variance, &spread->df);
			}
}

/* Difference of the means with its error; of two sides, the new one's minus the base's. */
static struct before_after combine(const struct test *test)
{
	const struct before_after_side *sides = test->spread;

	if (test->spreads > 1)
		return before_after(&sides[1], &sides[0], test->earlier, test->earlier_count);
	return (struct before_after){
		sides->mean, sqrt(sides->variance / (double)sides->blocks), sides->df};
}

static void estimate(const struct comparison *c, const struct test *test, struct compare_item *item)
{
	const struct before_after found = combine(test);
	double centre = found.change, error = found.error, df = found.df;
	size_t blocks = test->spread[0].blocks;

	if (test->spreads > 1)
		blocks = smaller(blocks, test->spread[1].blocks);
	(item->metric->additive ? interval_difference : interval_ratio)(
		centre, error, df, blocks, 1 - c->options.alpha, &item->change);
	if (blocks < FEWEST_BLOCKS)
		item->change.estimate = back(item->metric, centre);
	item->p = item->change.p;
	model_slowdown(item->metric, &item->change, &item->cost, &item->cost_low, &item->cost_high);
	item->judged = (struct verdict_case){
		.centre = item->metric->better == REPORT_BETTER_HIGHER ? -centre : centre,
		.error = error,
		.df = df,
		.blocks = blocks,
	};
}

/* Of an additive metric without a margin of its own, a share of the base's mean. */
static void set_margin(const struct comparison *c, struct compare_item *item)
{
	bool own;

	item->margin = compare_margin_of(c, item->metric, &own);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is judged has a metric */
	if (item->metric->additive && !own)
		item->margin = c->options.delta * fabs(item->base.value);
	item->judged.margin = item->metric->additive ? item->margin : log1p(item->margin);
}

/* --- verdicts -----------------------------------------------------------------------------------
 */

static void check_testable(struct comparison *c, struct compare_item *item)
{
	struct verdict_case *judged = &item->judged;

	if (judged->blocks < FEWEST_BLOCKS) {
		judged->further_blocks = FEWEST_BLOCKS - judged->blocks;
		set_untestable(item,
			compare_keep(c, str_printf("%zu block%s: fewer than 3 have no interval",
						judged->blocks, judged->blocks == 1 ? "" : "s")));
	} else if (!(judged->margin > 0)) {
		set_untestable(item,
			compare_keep(c, str_printf("the base's mean is 0, so it needs a margin of "
						   "its own: --delta %s=VALUE",
						item->metric->name)));
	} else if (isnan(judged->p_worse)) {
		set_untestable(item, "undefined: the numbers are out of range");
	}
}

/* In the family of headlines, also what could not be measured; or in that of the details. */
static bool in_family(const struct compare_item *item, bool headline)
{
	if (item->headline != headline || !compare_has_direction(item) ||
		item->state == COMPARE_NEW ||
		(!headline && (item->host || !(item->paired || item->over_native))))
		return false;
	return headline ? item->state != COMPARE_EXPLORATORY : item->state == COMPARE_EXPLORATORY;
}

static struct verdict_levels levels_of(const struct comparison *c, bool headline)
{
	struct decide_rule rule = {
		.alpha = c->options.alpha, .equivalence = c->options.equivalence};
	bool any_rest = false;

	for (size_t i = 0; i < c->count; i++)
		any_rest = any_rest || in_family(&c->items[i], false);
	return decide_levels(&rule, headline, any_rest);
}

/* Every headline with a direction is in the family, also what could not be measured. */
static void judge_headlines(struct comparison *c, const struct verdict_levels *levels)
{
	cleanup_free struct verdict_case *cases = mem_new(c->count, sizeof(*cases));
	cleanup_free size_t *places = mem_new(c->count, sizeof(*places));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct compare_item *item = &c->items[i];
		if (!in_family(item, true))
			continue;
		/* So that what is missing makes no other claim easier. */
		item->judged.claim_equivalence = true;
		if (item->state == COMPARE_JUDGED && item->metric)
			set_margin(c, item);
		places[count] = i;
		cases[count++] = item->judged;
	}
	verdict_judge(cases, count, levels);
	for (size_t k = 0; k < count; k++) {
		struct compare_item *item = &c->items[places[k]];
		item->judged = cases[k];
		if (item->state != COMPARE_JUDGED)
			item->judged.verdict = VERDICT_INCONCLUSIVE;
		if (item->state == COMPARE_JUDGED && item->metric)
			check_testable(c, item);
	}
}

/* Of details only a REGRESSION counts, at a level of their own. */
static void judge_details(struct comparison *c, const struct verdict_levels *levels)
{
	cleanup_free struct verdict_case *cases = mem_new(c->count, sizeof(*cases));
	cleanup_free size_t *places = mem_new(c->count, sizeof(*places));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct compare_item *item = &c->items[i];
		if (!in_family(item, false))
			continue;
		set_margin(c, item);
		places[count] = i;
		cases[count++] = item->judged;
	}
	verdict_decide(cases, count, levels);
	for (size_t k = 0; k < count; k++) {
		struct compare_item *item = &c->items[places[k]];
		item->judged = cases[k];
		if (cases[k].verdict != VERDICT_REGRESSION)
			continue;
		item->state = COMPARE_JUDGED;
		item->reason = "not a headline";
	}
}

static void judge_all(struct comparison *c)
{
	const struct verdict_levels headlines = levels_of(c, true), rest = levels_of(c, false);

	judge_headlines(c, &headlines);
	judge_details(c, &rest);
}

static void adjust_exploratory(struct comparison *c)
{
	cleanup_free double *p = mem_new(c->count, sizeof(*p));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].state == COMPARE_EXPLORATORY)
			p[count++] = c->items[i].p;
	multiple_benjamini_hochberg(p, count, p);
	count = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].state == COMPARE_EXPLORATORY)
			c->items[i].adjusted = p[count++];
}

int compare_judge(struct compare_build *build, struct error *e)
{
	struct comparison *c = build->comparison;
	cleanup_free struct test *tests = mem_new(c->count, sizeof(*tests));

	if (compare_check_margins(build, e) < 0)
		return -1;
	for (size_t i = 0; i < c->count; i++)
		make_test(c, &build->inputs[i], &c->items[i], &tests[i]);
	moderate(c, tests);
	for (size_t i = 0; i < c->count; i++)
		if (tests[i].usable)
			estimate(c, &tests[i], &c->items[i]);
	if (c->paired && c->declared.delta)
		compare_decide(build);
	else
		judge_all(c);
	adjust_exploratory(c);
	compare_check_host(build);
	for (size_t i = 0; i < c->count; i++)
		free(tests[i].earlier);
	compare_set_gates(c);
	compare_note_expectations(c);
	compare_remark(build);
	return 0;
}
