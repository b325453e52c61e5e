/* How evenly the machines that ran at once were served: every machine's part of the service of a
 * run, from the series that the run stored for each. Knows nothing of the baseline. */
#include "stats/fairness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"
#include "report/model/statistic.h"
#include "stats/quantile.h"

/* What one machine says in a run: the same number as everywhere in the report. */
static double value_of(const struct report_metric *metric, const struct data_series *series)
{
	bool unsteady;

	return statistic_of_run(metric->statistic, series->values, series->count, &unsteady);
}

struct run_fairness {
	double *jain, *max_min, *sums; /* one per run */
	double *shares; /* summed over runs */
	size_t runs;
};

/* One run's series; false where it has another number of machines, or a value that is no share. */
static bool add_run(const struct report_model *model, const struct report_metric *metric,
	const size_t *series, size_t machines, struct run_fairness *found)
{
	cleanup_free double *services = mem_new(machines, sizeof(*services));
	struct fairness fairness;
	double sum = 0;

	for (size_t m = 0; m < machines; m++) {
		double value = value_of(metric, &model->data->series[series[m]]);
		/* More is better served: a time is turned into a rate. */
		services[m] = metric->better == REPORT_BETTER_LOWER ? 1 / value : value;
		sum += services[m];
	}
	if (fairness_of(services, machines, &fairness) < 0 || !(sum > 0))
		return false;
	for (size_t m = 0; m < machines; m++)
		found->shares[m] += services[m] / sum;
	found->sums[found->runs] = sum;
	found->jain[found->runs] = fairness.jain;
	found->max_min[found->runs++] = fairness.max_min;
	return true;
}

static void add_fairness(struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];
	const struct data_series *all = model->data->series;
	double *shares = model_new(model, value->machines, sizeof(*shares));
	cleanup_free double *jain = mem_new(value->series_count, sizeof(*jain));
	cleanup_free double *max_min = mem_new(value->series_count, sizeof(*max_min));
	cleanup_free double *sums = mem_new(value->series_count, sizeof(*sums));
	struct run_fairness found = {
		.jain = jain, .max_min = max_min, .sums = sums, .shares = shares};

	for (size_t i = 0, end; i < value->series_count; i = end) {
		size_t run = all[value->series[i]].run_index;
		for (end = i + 1;
			end < value->series_count && all[value->series[end]].run_index == run;)
			end++;
		if (end - i == value->machines)
			add_run(model, row->metric, value->series + i, value->machines, &found);
	}
	if (!found.runs)
		return;
	for (size_t m = 0; m < value->machines; m++)
		shares[m] /= (double)found.runs;
	array_reserve(&model->fairnesses, &model->fairness_capacity, model->fairness_count + 1);
	model->fairnesses[model->fairness_count++] = (struct report_fairness){
		.group = group,
		.row = row,
		.target = target,
		.machines = value->machines,
		.runs = found.runs,
		.shares = shares,
		.jain = quantile_median(jain, found.runs),
		.jain_low = quantile_of(jain, found.runs, 0),
		.max_min = quantile_median(max_min, found.runs),
		.max_min_high = quantile_of(max_min, found.runs, 1),
		.aggregate = model_is_rate(row->metric) ? quantile_median(sums, found.runs) : NAN,
	};
}

void model_share(struct report_model *model)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++) {
			const struct report_row *row = &group->rows[i];
			if (row->metric->better == REPORT_BETTER_NONE || row->metric->additive)
				continue;
			for (size_t t = 0; t < model->target_count; t++)
				if (row->values[t].machines > 1)
					add_fairness(model, group, row, t);
		}
	}
}
