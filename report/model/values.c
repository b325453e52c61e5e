/* From every stored sample to block values, ratios and intervals. statistics.md's unit is the
 * block: y(block) = mean over runs of ln(statistic of the iterations). */
#include "report/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/statistic.h"
#include "stats/describe.h"

/* --- series in the order of rows ---------------------------------------------------------------
 */

struct key {
	size_t group, metric, target, block, run, series;
	double x;
};

#define ORDER(a, b, member) \
	do { \
		if ((a)->member != (b)->member) \
			return (a)->member < (b)->member ? -1 : 1; \
	} while (0)

static int compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	ORDER(a, b, group);
	ORDER(a, b, metric);
	ORDER(a, b, x);
	ORDER(a, b, target);
	ORDER(a, b, block);
	ORDER(a, b, run);
	ORDER(a, b, series);
	return 0;
}

static struct key *sorted_keys(const struct report_model *model)
{
	const struct store_data *data = model->data;
	struct key *keys = mem_new(data->series_count + 1, sizeof(*keys));

	for (size_t i = 0; i < data->series_count; i++) {
		const struct data_series *series = &data->series[i];
		const struct data_run *run = &data->runs[series->run_index];
		keys[i] = (struct key){
			.group = model->cell_groups[run->cell_index],
			.metric = series->metric_index,
			.x = series->x,
			.target = data->cells[run->cell_index].target_index,
			.block = data->blocks[run->block_index].number,
			.run = series->run_index,
			.series = i,
		};
	}
	qsort(keys, data->series_count, sizeof(*keys), compare_keys);
	return keys;
}

/* Keys from first on that agree with it up to what `same` compares. */
#define RUN_LENGTH(keys, first, end, same) \
	({ \
		size_t next_ = (first) + 1; \
		while (next_ < (end) && same(&(keys)[first], &(keys)[next_])) \
			next_++; \
		next_ - (first); \
	})

static bool same_run(const struct key *a, const struct key *b)
{
	return a->run == b->run;
}

static bool same_block(const struct key *a, const struct key *b)
{
	return a->block == b->block;
}

static bool same_target(const struct key *a, const struct key *b)
{
	return a->target == b->target;
}

static bool same_row(const struct key *a, const struct key *b)
{
	return a->group == b->group && a->metric == b->metric && a->x == b->x;
}

/* --- one value ----------------------------------------------------------------------------------
 */

/* What one run says: the mean over its machines of the statistic of the iterations. */
static double run_value(const struct report_model *model, const struct key *keys, size_t count,
	const char *statistic, struct report_value *value)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct data_series *series = &model->data->series[keys[i].series];
		bool unsteady;
		sum += statistic_of_run(statistic, series->values, series->count, &unsteady);
		value->unsteady += unsteady;
		value->flagged += model->clock_flags[keys[i].run];
		value->marks |= model->run_marks[keys[i].run];
		value->samples += series->count;
	}
	value->runs++;
	if (count > value->machines)
		value->machines = count;
	return sum / (double)count;
}

/* The block values of one target in one row, from its keys; run statistics go through runs,
 * which has room for as many numbers as there are keys. */
static void fill_value(struct report_model *model, const struct key *keys, size_t count,
	bool additive, const char *statistic, double *runs, struct report_value *value)
{
	size_t run_total = 0, *series = model_new(model, count, sizeof(*series));
	double *blocks;
	size_t *numbers;

	for (size_t i = 0; i < count; i++)
		series[i] = keys[i].series;
	value->series = series;
	value->series_count = count;
	value->status = REPORT_MEASURED;
	value->logarithmic = !additive;
	for (size_t i = 0; i < count;) {
		size_t run_keys = RUN_LENGTH(keys, i, count, same_run);
		double found = run_value(model, keys + i, run_keys, statistic, value);
		value->logarithmic = value->logarithmic && found > 0;
		runs[run_total++] = found;
		i += run_keys;
	}
	blocks = model_new(model, run_total, sizeof(*blocks));
	numbers = model_new(model, run_total, sizeof(*numbers));
	value->blocks = blocks;
	value->block_numbers = numbers;
	run_total = 0;
	for (size_t i = 0; i < count;) {
		size_t end = i + RUN_LENGTH(keys, i, count, same_block), block_runs = 0;
		double sum = 0;
		while (i < end) {
			double found = runs[run_total++];
			sum += value->logarithmic ? log(found) : found;
			block_runs++;
			i += RUN_LENGTH(keys, i, end, same_run);
		}
		numbers[value->block_count] = keys[i - 1].block;
		blocks[value->block_count++] = sum / (double)block_runs;
	}
}

/* The mean over blocks with a t interval, back on the metric's own scale. */
static void estimate_value(struct report_value *value, double confidence)
{
	double mean = describe_mean(value->blocks, value->block_count), squares = 0, n;

	n = (double)value->block_count;
	for (size_t i = 0; i < value->block_count; i++)
		squares += (value->blocks[i] - mean) * (value->blocks[i] - mean);
	double error = value->block_count > 1 ? sqrt(squares / (n - 1) / n) : NAN;
	(value->logarithmic ? interval_ratio : interval_difference)(
		mean, error, n - 1, value->block_count, confidence, &value->value);
	value->value.estimate = value->logarithmic ? exp(mean) : mean;
}

void model_slowdown(const struct report_metric *metric, const struct interval *change, double *cost,
	double *low, double *high)
{
	bool higher = metric->better == REPORT_BETTER_HIGHER, known = change->status == INTERVAL_OK;
	double first = known ? change->low : NAN, last = known ? change->high : NAN;

	if (metric->additive) {
		*cost = higher ? -change->estimate : change->estimate;
		*low = higher ? -last : first;
		*high = higher ? -first : last;
	} else {
		*cost = (higher ? 1 / change->estimate : change->estimate) - 1;
		*low = (higher ? 1 / last : first) - 1;
		*high = (higher ? 1 / first : last) - 1;
	}
}

size_t model_pair_blocks(
	const struct report_value *target, const struct report_value *baseline, double *differences)
{
	size_t pairs = 0;

	for (size_t t = 0, b = 0; t < target->block_count && b < baseline->block_count;) {
		size_t number = target->block_numbers[t], other = baseline->block_numbers[b];
		if (number == other)
			differences[pairs++] = target->blocks[t] - baseline->blocks[b];
		t += number <= other;
		b += other <= number;
	}
	return pairs;
}

void model_compare_blocks(const struct report_value *value, const struct report_value *with,
	bool ratio, double confidence, struct interval *out)
{
	cleanup_free double *differences = mem_new(value->block_count + 1, sizeof(*differences));
	size_t pairs = model_pair_blocks(value, with, differences);

	if (pairs >= MODEL_FEWEST_PAIRS)
		(ratio ? interval_ratio_paired : interval_difference_paired)(
			differences, pairs, confidence, out);
	else
		(ratio ? interval_ratio_welch : interval_difference_welch)(value->blocks,
			value->block_count, with->blocks, with->block_count, confidence, out);
}

void model_compare_value(const struct report_metric *metric, const struct report_value *with,
	double confidence, struct report_value *value)
{
	bool ratio = value->logarithmic && with->logarithmic && !metric->additive;

	if (!value->block_count || !with->block_count || (!ratio && !metric->additive))
		return;
	model_compare_blocks(value, with, ratio, confidence, &value->change);
	value->compared = true;
	model_slowdown(metric, &value->change, &value->cost, &value->cost_low, &value->cost_high);
}

const struct report_row *model_same_row(
	const struct report_group *group, const struct report_row *like)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric == like->metric &&
			(row->x == like->x || (isnan(row->x) && isnan(like->x))))
			return row;
	}
	return NULL;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcmp(text + length - tail, end) == 0;
}

bool model_is_rate(const struct report_metric *metric)
{
	return metric->better == REPORT_BETTER_HIGHER &&
	       (ends_in(metric->unit, "/s") || ends_in(metric->unit, "/day"));
}

bool model_has_ratio(const struct report_value *value)
{
	return value->block_count && value->logarithmic;
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static struct report_row new_row(struct report_model *model, struct report_group *group,
	const struct report_metric *metric, double x)
{
	struct report_row row = {.metric = metric, .x = x};

	row.values = model_new(model, model->target_count, sizeof(*row.values));
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_cell *cell = &group->cells[t];
		row.values[t] = (struct report_value){
			.cell = cell,
			/* A run that succeeded without this metric did not measure it. */
			.status = cell->status == REPORT_MEASURED ? REPORT_NOT_MEASURED
								  : cell->status,
			.value = {.estimate = NAN, .low = NAN, .high = NAN},
			.change = {.estimate = NAN, .low = NAN, .high = NAN},
			.cost = NAN,
			.cost_low = NAN,
			.cost_high = NAN,
		};
	}
	return row;
}

static struct report_row make_row(
	struct report_model *model, const struct key *keys, size_t count, double *runs)
{
	const struct report_metric *metric = &model->metrics[keys[0].metric];
	struct report_group *group = &model->groups[keys[0].group];
	struct report_row row = new_row(model, group, metric, metric->x_name ? keys[0].x : NAN);
	double confidence = model->options.confidence;

	for (size_t i = 0; i < count;) {
		size_t target_keys = RUN_LENGTH(keys, i, count, same_target);
		struct report_value *value = &row.values[keys[i].target];
		fill_value(model, keys + i, target_keys, metric->additive, metric->statistic, runs,
			value);
		estimate_value(value, confidence);
		i += target_keys;
	}
	for (size_t t = 0; t < model->target_count; t++)
		if (t != model->baseline && !group->cells[t].refused)
			model_compare_value(
				metric, &row.values[model->baseline], confidence, &row.values[t]);
	return row;
}

/* A group that nothing was measured in still shows what would have been. */
static void add_empty_rows(struct report_model *model, struct report_group *group)
{
	group->rows = model_new(model, model->metric_count, sizeof(*group->rows));
	for (size_t i = 0; i < model->metric_count; i++)
		if (strcmp(model->metrics[i].benchmark, group->benchmark) == 0)
			group->rows[group->row_count++] =
				new_row(model, group, &model->metrics[i], NAN);
}

void model_read_values(struct report_model *model)
{
	size_t count = model->data->series_count;
	cleanup_free struct key *keys = sorted_keys(model);
	cleanup_free double *runs = mem_new(count + 1, sizeof(*runs));

	for (size_t i = 0; i < count;) {
		struct report_group *group = &model->groups[keys[i].group];
		size_t row_keys = RUN_LENGTH(keys, i, count, same_row);
		if (!group->rows) {
			size_t end = i, rows = 0;
			while (end < count && keys[end].group == keys[i].group) {
				end += RUN_LENGTH(keys, end, count, same_row);
				rows++;
			}
			group->rows = model_new(model, rows, sizeof(*group->rows));
		}
		group->rows[group->row_count++] = make_row(model, keys + i, row_keys, runs);
		i += row_keys;
	}
	for (size_t g = 0; g < model->group_count; g++)
		if (!model->groups[g].row_count)
			add_empty_rows(model, &model->groups[g]);
}
