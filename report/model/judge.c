/* Which values are headlines, and which of these are decided: one judgement for all outputs, whose
 * intervals hold together (Bonferroni: each has the confidence 1 − α / number of comparisons). */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"
#include "stats/describe.h"
#include "stats/moderate.h"

/* Fewer comparisons give no prior that is worth borrowing from. */

/* Whether any target measured the metric. */
static bool measures(
	const struct report_model *model, const struct report_group *group, const char *metric)
{
	for (size_t i = 0; i < group->row_count; i++)
		for (size_t t = 0; t < model->target_count; t++)
			if (strcmp(group->rows[i].metric->name, metric) == 0 &&
				group->rows[i].values[t].block_count)
				return true;
	return false;
}

/* Rows of a metric follow each other in the order of x. */
static bool is_end(const struct report_group *group, size_t row, int step)
{
	size_t next = row + (size_t)step; /* wraps below the first */

	return next >= group->row_count || group->rows[next].metric != group->rows[row].metric;
}

static bool is_headline(
	const struct report_model *model, const struct report_group *group, size_t row)
{
	const struct report_metric *metric = group->rows[row].metric;
	const char *at = metric->headline_at ? metric->headline_at : "ends";

	if (metric->kind != REPORT_HEADLINE ||
		(metric->headline_unless && measures(model, group, metric->headline_unless)))
		return false;
	if (!metric->x_name)
		return true;
	return (strcmp(at, "largest") != 0 && is_end(group, row, -1)) ||
	       (strcmp(at, "smallest") != 0 && is_end(group, row, 1));
}

bool model_is_headline(const struct report_model *model, const struct report_group *group,
	const struct report_metric *metric, double x)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric == metric && (!metric->x_name || row->x == x || isnan(x)))
			return is_headline(model, group, i);
	}
	return metric->kind == REPORT_HEADLINE;
}

/* Marks the headlines. Returns how many of them are compared with the baseline. */
static size_t mark_headlines(struct report_model *model)
{
	size_t compared = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++) {
			bool headline = is_headline(model, group, i);
			for (size_t t = 0; t < model->target_count; t++) {
				group->rows[i].values[t].headline = headline;
				compared += headline && t != model->baseline &&
					    group->rows[i].values[t].compared;
			}
		}
	}
	return compared;
}

/* One pair, as the differences of its blocks are. */
struct comparison {
	const struct model_pair *pair;
	size_t pairs; /* of blocks; below MODEL_FEWEST_PAIRS the sides are compared as they are */
	double mean, variance, df; /* of the differences of the pairs */
};

static struct comparison compare(const struct model_pair *pair)
{
	cleanup_free double *differences =
		mem_new(pair->value->block_count + 1, sizeof(*differences));
	struct comparison made = {.pair = pair};
	struct describe describe;

	made.pairs = model_pair_blocks(pair->value, pair->with, differences);
	if (made.pairs < MODEL_FEWEST_PAIRS)
		return made;
	describe_samples(differences, made.pairs, &describe);
	made.mean = describe.mean;
	made.variance = describe.variance;
	made.df = (double)made.pairs - 1;
	return made;
}

static bool is_moderated(const struct comparison *c)
{
	return c->pairs >= MODEL_FEWEST_PAIRS && !c->pair->metric->additive;
}

/* Variances of ratios borrow from each other, as where campaigns are compared (docs/statistics.md).
 */
static void moderate(struct comparison *all, size_t count)
{
	cleanup_free double *variances = mem_new(count + 1, sizeof(*variances));
	cleanup_free double *dfs = mem_new(count + 1, sizeof(*dfs));
	struct moderate_prior prior;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_moderated(&all[i]))
			continue;
		variances[used] = all[i].variance;
		dfs[used++] = all[i].df;
	}
	if (used < MODERATE_FEWEST || moderate_prior(variances, dfs, used, &prior) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (is_moderated(&all[i]))
			moderate_variance(
				&prior, all[i].variance, all[i].df, &all[i].variance, &all[i].df);
}

/* What a number of blocks, alike on the whole, would decide. */
static int decide_with(const struct comparison *c, size_t blocks, double confidence)
{
	const struct report_metric *metric = c->pair->metric;
	struct interval change = {.status = INTERVAL_UNDEFINED};
	double df = c->df + (double)blocks - (double)c->pairs, cost, low, high;

	(metric->additive ? interval_difference : interval_ratio)(
		c->mean, sqrt(c->variance / (double)blocks), df, blocks, confidence, &change);
	model_slowdown(metric, &change, &cost, &low, &high);
	return low > 0 ? 1 : high < 0 ? -1 : 0;
}

/* The fewest blocks that would decide; 0: more than MODEL_MOST_BLOCKS. */
static size_t blocks_needed(const struct comparison *c, double confidence)
{
	size_t low = c->pairs, high = MODEL_MOST_BLOCKS;

	if (low >= high || !decide_with(c, high, confidence))
		return 0;
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		if (decide_with(c, middle, confidence))
			high = middle;
		else
			low = middle;
	}
	return high;
}

static void decide(const struct comparison *c, double confidence)
{
	const struct model_pair *pair = c->pair;
	struct interval change = {.status = INTERVAL_UNDEFINED};
	double cost, low, high;

	if (c->pairs >= MODEL_FEWEST_PAIRS) {
		pair->value->decided = decide_with(c, c->pairs, confidence);
		pair->value->blocks_needed =
			pair->value->decided ? 0 : blocks_needed(c, confidence);
		return;
	}
	model_compare_blocks(pair->value, pair->with, !pair->metric->additive, confidence, &change);
	model_slowdown(pair->metric, &change, &cost, &low, &high);
	pair->value->decided = low > 0 ? 1 : high < 0 ? -1 : 0;
}

void model_judge_pairs(
	const struct report_model *model, const struct model_pair *pairs, size_t count)
{
	double confidence = 1 - (1 - model->options.confidence) / (double)(count ? count : 1);
	cleanup_free struct comparison *all = mem_new(count + 1, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = compare(&pairs[i]);
	moderate(all, count);
	for (size_t i = 0; i < count; i++)
		decide(&all[i], confidence);
}

void model_judge(struct report_model *model)
{
	size_t compared = mark_headlines(model), count = 0;
	cleanup_free struct model_pair *pairs = mem_new(compared + 1, sizeof(*pairs));

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			struct report_row *row = &model->groups[g].rows[i];
			for (size_t t = 0; t < model->target_count; t++)
				if (row->values[t].headline && row->values[t].compared &&
					t != model->baseline)
					pairs[count++] = (struct model_pair){row->metric,
						&row->values[t], &row->values[model->baseline]};
		}
	model_judge_pairs(model, pairs, count);
}
