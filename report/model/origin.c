/* Where a cost comes from: the rates of the hosts' counters in a target's runs of a group, against
 * those in the baseline's. Descriptive: no counter takes part in a verdict. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/counters.h"
#include "report/model/honesty.h"

/* By the unit of a counter: a rate below the floor is as good as none, and what comes in quanta has
 * the error of counting them. */
static const struct scale {
	const char *unit;
	double floor, quantum;
} scales[] = {{"s", 0.005, 0.01}, {"bytes", 1e4, 4096}, {"cycles", 1e6, 1e6}, {"J", 0.1, 0.1}};
static const struct scale other_scale = {"1", 1, 1};

static const struct scale *scale_of(const struct data_counter *counter)
{
	for (size_t i = 0; i < ARRAY_COUNT(scales); i++)
		if (strcmp(scales[i].unit, counter->unit) == 0)
			return &scales[i];
	return &other_scale;
}

/* Over the runs of one cell: sums of a counter's rates, and in how many runs it was known. */
struct rates {
	double sum, squares;
	double growth; /* of all runs together */
	size_t runs;
};

static double mean_of(const struct rates *rates)
{
	return rates->sum / (double)rates->runs;
}

/* Of the mean's logarithm, squared: by the spread over runs (of one run that is not known) and by
 * the counting of quanta. */
static double log_variance(const struct rates *rates, const struct scale *scale)
{
	double n = (double)rates->runs, mean = mean_of(rates);
	double variance = fmax(0, rates->squares / n - mean * mean);
	double size = (mean + scale->floor) * (mean + scale->floor);
	double counting = 1 / (rates->growth / scale->quantum + 1);

	return counting + (n > 1 ? variance / (n - 1) / size : 0);
}

/* The rates of one run: hosts are added up; NAN where one does not say. */
static void add_run(const struct report_model *model, size_t run, struct rates *cell)
{
	const struct store_data *data = model->data;
	double span_s = clock_span_s(&data->runs[run]);
	cleanup_free double *sums = mem_new(data->counter_count + 1, sizeof(*sums));
	cleanup_free bool *seen = mem_new(data->counter_count + 1, sizeof(*seen));

	for (size_t i = model->first_readings[run]; i < model->first_readings[run + 1]; i++) {
		const struct data_reading *reading = &data->readings[i];
		sums[reading->counter_index] += counters_growth(data, reading);
		seen[reading->counter_index] = true;
	}
	for (size_t c = 0; c < data->counter_count; c++)
		if (seen[c] && span_s > 0 && isfinite(sums[c])) {
			cell[c].sum += sums[c] / span_s;
			cell[c].growth += sums[c];
			cell[c].squares += sums[c] / span_s * (sums[c] / span_s);
			cell[c].runs++;
		}
}

/* By group, target and counter. Caller frees. */
static struct rates *all_rates(const struct report_model *model)
{
	const struct store_data *data = model->data;
	size_t counters = data->counter_count;
	struct rates *rates =
		mem_new(model->group_count * model->target_count * counters + 1, sizeof(*rates));

	for (size_t i = 0; i < data->run_count; i++) {
		size_t cell = data->runs[i].cell_index;
		size_t group = model->cell_groups[cell];
		if (data->runs[i].failure)
			continue;
		add_run(model, i,
			rates + (group * model->target_count + data->cells[cell].target_index) *
					counters);
	}
	return rates;
}

/* What surely changed most first; among equals the order of the counters. */
static int compare_origins(const void *left, const void *right)
{
	const struct report_origin *a = left, *b = right;

	if (a->sure != b->sure)
		return a->sure > b->sure ? -1 : 1;
	return (a->counter > b->counter) - (a->counter < b->counter);
}

/* Levels have no rate, clocks have always the same, and what a CPU did not do says what it did.
 */
static bool has_rate(const struct data_counter *counter)
{
	return counter->name[0] && strcmp(counter->kind, "level") != 0 &&
	       strcmp(counter->name, "clock") != 0 &&
	       !(strcmp(counter->source, "cpu") == 0 && strcmp(counter->name, "idle") == 0);
}

static void add_target(
	struct report_model *model, const struct rates *group_rates, size_t group, size_t target)
{
	const struct store_data *data = model->data;
	size_t first = model->origin_count;

	for (size_t c = 0; c < data->counter_count; c++) {
		const struct rates *own = &group_rates[target * data->counter_count + c];
		const struct rates *base = &group_rates[model->baseline * data->counter_count + c];
		const struct scale *scale = scale_of(&data->counters[c]);
		if (!own->runs || !has_rate(&data->counters[c]))
			continue;
		struct report_origin *origin = &model->origins[model->origin_count++];
		*origin = (struct report_origin){.group = &model->groups[group],
			.target = target,
			.counter = c,
			.source = model_text(model, data->counters[c].source),
			.name = model_text(model, data->counters[c].name),
			.unit = model_text(model, data->counters[c].unit),
			.rate = mean_of(own),
			.baseline_rate = base->runs ? mean_of(base) : NAN,
			.runs = own->runs,
			.baseline_runs = base->runs,
			.change = NAN};
		if (!base->runs)
			continue;
		origin->change =
			log((origin->rate + scale->floor) / (origin->baseline_rate + scale->floor));
		origin->sure = fmax(
			0, fabs(origin->change) -
				   2 * sqrt(log_variance(own, scale) + log_variance(base, scale)));
	}
	if (model->origin_count > first)
		qsort(model->origins + first, model->origin_count - first, sizeof(*model->origins),
			compare_origins);
}

void model_find_origins(struct report_model *model)
{
	const struct store_data *data = model->data;
	size_t most = model->group_count * model->target_count * data->counter_count;

	if (!data->reading_count)
		return;
	cleanup_free struct rates *rates = all_rates(model);
	model->origins = model_new(model, most + 1, sizeof(*model->origins));
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++)
			if (t != model->baseline)
				add_target(model,
					rates + g * model->target_count * data->counter_count, g,
					t);
}
