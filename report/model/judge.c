/* Which values are headlines, and which of these are decided: one judgement for all outputs, whose
 * intervals hold together (Bonferroni: each has the confidence 1 − α / number of comparisons). */
#include <math.h>
#include <string.h>

#include "report/model/model.h"

static bool measures(const struct report_group *group, const char *metric)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (strcmp(group->rows[i].metric->name, metric) == 0 && isfinite(group->rows[i].x))
			return true;
	return false;
}

/* Rows of a metric follow each other in the order of x. */
static bool is_end(const struct report_group *group, size_t row, int step)
{
	size_t next = row + (size_t)step; /* wraps below the first */

	return next >= group->row_count || group->rows[next].metric != group->rows[row].metric;
}

static bool is_headline(const struct report_group *group, size_t row)
{
	const struct report_metric *metric = group->rows[row].metric;
	const char *at = metric->headline_at ? metric->headline_at : "ends";

	if (metric->kind != REPORT_HEADLINE ||
		(metric->headline_unless && measures(group, metric->headline_unless)))
		return false;
	if (!metric->x_name)
		return true;
	return (strcmp(at, "largest") != 0 && is_end(group, row, -1)) ||
	       (strcmp(at, "smallest") != 0 && is_end(group, row, 1));
}

/* Marks the headlines. Returns how many of them are compared with the baseline. */
static size_t mark_headlines(struct report_model *model)
{
	size_t compared = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++) {
			bool headline = is_headline(group, i);
			for (size_t t = 0; t < model->target_count; t++) {
				group->rows[i].values[t].headline = headline;
				compared += headline && t != model->baseline &&
					    group->rows[i].values[t].compared;
			}
		}
	}
	return compared;
}

static void decide(const struct report_model *model, const struct report_row *row,
	double confidence, struct report_value *value)
{
	const struct report_value *baseline = &row->values[model->baseline];
	struct interval change;
	double cost, low, high;

	model_compare_blocks(value, baseline, !row->metric->additive, confidence, &change);
	model_slowdown(row->metric, &change, &cost, &low, &high);
	value->decided = low > 0 ? 1 : high < 0 ? -1 : 0;
}

void model_judge(struct report_model *model)
{
	size_t compared = mark_headlines(model);
	double confidence = 1 - (1 - model->options.confidence) / (double)(compared ? compared : 1);

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			struct report_row *row = &model->groups[g].rows[i];
			for (size_t t = 0; t < model->target_count; t++)
				if (row->values[t].headline && row->values[t].compared &&
					t != model->baseline)
					decide(model, row, confidence, &row->values[t]);
		}
}
