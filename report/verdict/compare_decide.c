/* Two targets of a campaign that runs until it is decided: the looks again, from the store
 * (stats/decide.h), and what they say of every item. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/numbers.h"
#include "report/verdict/compare_build.h"
#include "stats/decide.h"
#include "stats/describe.h"

/* The margin of an additive metric is a share of the base's mean over its first blocks. */
enum { MARGIN_BLOCKS = 4 };

static double mean_of_first(const struct side_value *base)
{
	double sum = 0;
	size_t count = base->block_count < MARGIN_BLOCKS ? base->block_count : MARGIN_BLOCKS;

	for (size_t i = 0; i < count; i++)
		sum += base->blocks[i].value;
	return count ? sum / (double)count : NAN;
}

/* In a family: a headline, or a detail that could be worse. */
static bool counts(const struct compare_item *item)
{
	return item->state != COMPARE_NEW && compare_has_direction(item) &&
	       (item->headline || item->state == COMPARE_EXPLORATORY);
}

static bool same_cell(const struct compare_item *a, const struct compare_item *b)
{
	return compare_is_of(a, b->placement, b->benchmark, b->parameters);
}

/* --- what the looks say, in words ---------------------------------------------------------------
 */

static char *explain(const struct decide_rule *rule, const struct decide_metric *metric,
	const struct decide_outcome *outcome)
{
	unsigned most = sequential_last(rule->looks.first, rule->looks.step, rule->looks.most);
	char chance[NUMBER_BYTES];

	if (metric->judged.verdict != VERDICT_INCONCLUSIVE)
		return str_printf("decided after %zu pairs", metric->pairs);
	if (metric->untestable)
		return str_printf("cannot be tested");
	if (metric->hopeless && metric->pairs + 1 < most)
		return str_printf(
			"hopeless after %zu pairs: more, up to %u, would decide with a chance "
			"of %s %%",
			metric->pairs, most, number_short(100 * metric->chance, chance));
	if (metric->excused && metric->left && metric->pairs + 1 < most)
		return str_printf("not waited for after %zu pairs", metric->pairs);
	if (outcome->regression && metric->pairs + rule->looks.step <= most)
		return str_printf("not looked at further after %zu pairs", metric->pairs);
	if (!metric->pairs)
		return str_printf("%zu pair%s; the first look is after %u", metric->count,
			metric->count == 1 ? "" : "s", rule->looks.first);
	return str_printf("undecided after %zu of at most %u pairs", metric->pairs, most);
}

/* The estimate from the first so many pairs, with the interval that holds at every look. */
static void estimate(const struct decide_rule *rule, const struct moderate_prior *prior,
	const struct compare_pairs *pairs, size_t count, struct compare_item *item)
{
	struct describe describe;
	double variance, df = (double)count - 1;
	double level = sequential_level(&rule->looks, rule->alpha / 2);
	double sign = item->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;

	if (describe_samples(pairs->differences, count, &describe))
		return;
	variance = describe.variance;
	if (!item->metric->additive)
		moderate_variance(prior, variance, df, &variance, &df);
	(item->metric->additive ? interval_difference : interval_ratio)(sign * describe.mean,
		sqrt(variance / (double)count), df, count, 1 - 2 * level, &item->change);
	if (item->change.status == INTERVAL_OK)
		model_slowdown(item->metric, &item->change, &item->cost, &item->cost_low,
			&item->cost_high);
}

/* What every look saw, and then what all pairs say. */
static void estimate_looks(struct comparison *c, const struct decide_rule *rule,
	const struct moderate_prior *prior, const struct compare_pairs *pairs,
	struct compare_item *item)
{
	item->looks = mem_new(item->looked_pairs + 1, sizeof(*item->looks));
	compare_keep(c, (char *)item->looks);
	for (unsigned n = rule->looks.first; n <= item->looked_pairs; n++) {
		if (!sequential_is_look(&rule->looks, n))
			continue;
		item->cost = item->cost_low = item->cost_high = NAN;
		estimate(rule, prior, pairs, n, item);
		item->looks[item->look_count++] =
			(struct compare_look){n, item->cost, item->cost_low, item->cost_high};
	}
	estimate(rule, prior, pairs, pairs->count, item);
}

static void take_answer(struct comparison *c, const struct decide_rule *rule,
	const struct decide_outcome *outcome, const struct compare_pairs *pairs,
	const struct decide_metric *metric, struct compare_item *item)
{
	bool regression = metric->judged.verdict == VERDICT_REGRESSION;

	item->sequential = true;
	item->left = metric->left;
	item->looked_pairs = metric->pairs;
	if (pairs->count && item->metric)
		estimate_looks(c, rule, &outcome->prior, pairs, item);
	if (!item->headline && !regression)
		return;
	item->judged = metric->judged;
	if (!item->headline) {
		item->state = COMPARE_JUDGED;
		item->reason = "not a headline";
	}
	if (item->state != COMPARE_JUDGED)
		return;
	if (!metric->pairs)
		item->state = COMPARE_UNTESTABLE;
	cleanup_free char *why = explain(rule, metric, outcome);

	item->reason = compare_keep(
		c, str_printf("%s%s%s", why, item->reason[0] ? "; " : "", item->reason));
	if (item->judged.verdict != VERDICT_INCONCLUSIVE && item->looked_pairs > c->decided_after)
		c->decided_after = item->looked_pairs;
}

/* --- the replay ---------------------------------------------------------------------------------
 */

static struct decide_metric as_metric(const struct comparison *c, const struct compare_input *input,
	struct compare_item *item, const struct compare_pairs *pairs)
{
	bool own = false;
	struct decide_metric metric = {.differences = pairs->differences,
		.blocks = pairs->blocks,
		.count = pairs->count,
		.headline = item->headline,
		.excused = compare_is_excused(c, item),
		.margin = log1p(c->options.delta)};

	/* What ran nowhere holds the campaign until it is clear that it will not; what was skipped,
	 * or has numbers that no logarithm takes, never does. */
	metric.untestable =
		item->state == COMPARE_NOT_MEASURED || item->state == COMPARE_UNTESTABLE;
	if (!item->metric)
		return metric;
	metric.additive = item->metric->additive;
	item->margin = compare_margin_of(c, item->metric, &own);
	if (!metric.additive)
		metric.margin = log1p(item->margin);
	else if (own)
		metric.margin = item->margin;
	else
		metric.margin = item->margin =
			input->base ? item->margin * fabs(mean_of_first(input->base)) : NAN;
	return metric;
}

void compare_decide(struct compare_build *build)
{
	struct comparison *c = build->comparison;
	cleanup_free struct decide_metric *metrics = mem_new(c->count + 1, sizeof(*metrics));
	cleanup_free struct compare_pairs *pairs = mem_new(c->count + 1, sizeof(*pairs));
	cleanup_free size_t *places = mem_new(c->count + 1, sizeof(*places));
	struct decide_rule rule = {
		.alpha = c->options.alpha, .equivalence = c->options.equivalence};
	struct decide_outcome outcome;
	size_t count = 0, cell = 0;

	for (size_t i = 0; i < c->newer->block_count; i++)
		if (c->newer->blocks[i].number >= rule.blocks)
			rule.blocks = c->newer->blocks[i].number + 1;
	sequential_init(&rule.looks, c->declared.first, c->declared.step, c->declared.most);
	for (size_t i = 0; i < c->count; i++) {
		struct compare_item *item = &c->items[i];

		if (i > 0 && count > 0 && !same_cell(&c->items[i - 1], item))
			cell = metrics[count - 1].cell + 1;
		if (!counts(item))
			continue;
		pairs[count] = compare_pairs_of(&build->inputs[i], item);
		metrics[count] = as_metric(c, &build->inputs[i], item, &pairs[count]);
		metrics[count].cell = cell;
		places[count++] = i;
	}
	decide_replay(&rule, metrics, count, &outcome);
	c->prior = outcome.prior;
	c->all_left = outcome.all_left;
	for (size_t k = 0; k < count; k++) {
		take_answer(c, &rule, &outcome, &pairs[k], &metrics[k], &c->items[places[k]]);
		compare_pairs_free(&pairs[k]);
	}
}

/* --- the question -------------------------------------------------------------------------------
 */

/* Whether what is asked is what was declared; nothing asked is that. */
static bool same_question(const struct comparison *c, const struct margins *declared)
{
	const struct compare_options *asked = &c->options;

	if ((asked->delta > 0 && asked->delta != declared->delta) ||
		(asked->alpha > 0 && asked->alpha != c->declared.alpha))
		return false;
	if (asked->delta == 0 && asked->margin_count == 0)
		return true;
	if (asked->margin_count != declared->count)
		return false;
	for (size_t i = 0; i < declared->count; i++)
		if (asked->margins[i].value != declared->list[i].value ||
			strcmp(asked->margins[i].name, declared->list[i].name) != 0)
			return false;
	return true;
}

int compare_ask_declared(struct compare_build *build, struct error *e)
{
	struct comparison *c = build->comparison;

	if (!c->paired || declared_read(c->newer, &c->declared, e) < 0 || !c->declared.delta)
		return error_is_set(e) && c->paired && !c->declared.delta ? -1 : 0;
	if (margins_parse(c->declared.delta, "decide.delta", &c->declared_margins, e) < 0)
		return -1;
	if (!same_question(c, &c->declared_margins)) {
		if (!c->options.force)
			return error_set(e,
				"%s was begun to decide about delta %s at alpha %g, and a question "
				"that is changed later is another one; leave --delta and --alpha "
				"out, or ask it all the same with --force",
				c->new_label, c->declared.delta, c->declared.alpha);
		compare_note(c,
			str_printf("WARNING: not the declared question (delta %s, alpha %g); asked "
				   "because of --force",
				c->declared.delta, c->declared.alpha));
	} else {
		build->margins_from = "decide.delta";
		c->options.delta = c->declared_margins.delta;
		c->options.alpha = c->declared.alpha;
		c->options.margins = c->declared_margins.list;
		c->options.margin_count = c->declared_margins.count;
	}
	/* Known noise that is named now counts for the gate, and changes no look. */
	if (!c->options.expectations)
		c->options.expectations = c->declared.expectations;
	return 0;
}
