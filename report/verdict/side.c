/* See side.h. */
#include "report/verdict/side.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/statistic.h"

static int order_groups(const struct report_group *a, const struct report_group *b)
{
	int order = strcmp(a->placement, b->placement);

	if (!order)
		order = strcmp(a->benchmark, b->benchmark);
	return order ? order : strcmp(a->parameters, b->parameters);
}

int side_order(const struct side_value *a, const struct side_value *b)
{
	int order = a->group == b->group ? 0 : order_groups(a->group, b->group);

	if (!order && a->metric != b->metric)
		order = strcmp(a->metric->name, b->metric->name);
	return order ? order : (a->x > b->x) - (a->x < b->x);
}

/* One series, on its way to a block value. */
struct key {
	struct side_value value; /* only group, metric and x */
	size_t series;
};

static int order_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order = side_order(&a->value, &b->value);

	return order ? order : (a->series > b->series) - (a->series < b->series);
}

static size_t make_keys(const struct report_model *model, long target, struct key *keys)
{
	const struct store_data *data = model->data;
	size_t count = 0;

	for (size_t i = 0; i < data->series_count; i++) {
		const struct data_series *series = &data->series[i];
		size_t cell = data->runs[series->run_index].cell_index;
		const struct report_metric *metric = &model->metrics[series->metric_index];
		if ((long)data->cells[cell].target_index != target)
			continue;
		keys[count++] = (struct key){
			.value = {.group = &model->groups[model->cell_groups[cell]],
				.metric = metric,
				.x = metric->x_name ? series->x : 0},
			.series = i,
		};
	}
	qsort(keys, count, sizeof(*keys), order_keys);
	return count;
}

/* One sample per run: the mean over its machines of the statistic of the iterations. Series are
 * stored in the order of runs, so those of one run are neighbours. */
static size_t run_samples(const struct store_data *data, const struct key *keys, size_t count,
	const char *statistic, struct blocks_sample *samples, struct side_value *value)
{
	size_t runs = 0;

	for (size_t i = 0; i < count;) {
		size_t run = data->series[keys[i].series].run_index, machines = 0;
		double sum = 0;
		for (; i < count && data->series[keys[i].series].run_index == run; i++) {
			const struct data_series *series = &data->series[keys[i].series];
			bool unsteady;
			sum += statistic_of_run(
				statistic, series->values, series->count, &unsteady);
			value->samples += series->count;
			machines++;
		}
		samples[runs++] = (struct blocks_sample){
			.block = data->blocks[data->runs[run].block_index].number,
			.run = (uint32_t)run,
			.value = sum / (double)machines,
		};
	}
	return runs;
}

static size_t planned_blocks(const struct report_model *model, long target, size_t group)
{
	const struct store_data *data = model->data;

	for (size_t i = 0; i < data->cell_count; i++)
		if ((long)data->cells[i].target_index == target && model->cell_groups[i] == group)
			return data->cells[i].planned_blocks;
	return 0;
}

static void make_value(const struct report_model *model, const struct key *keys, size_t count,
	size_t pilot, struct blocks_sample *samples, struct side_value *value)
{
	const struct report_metric *metric = value->metric;

	value->runs = run_samples(model->data, keys, count, metric->statistic, samples, value);
	value->status = blocks_from_samples(samples, value->runs, metric->additive, value->blocks,
		&value->block_count, &value->offender);
	value->pilot = value->block_count;
	if (model->data->precision > 0 && pilot >= 3 && pilot < value->block_count)
		value->pilot = pilot;
}

bool side_same_campaign(const struct store_data *a, const struct store_data *b)
{
	if (strcmp(a->campaign_id, b->campaign_id) != 0)
		return false;
	return a->started_ns == b->started_ns ||
	       (store_is_imported(a) && strcmp(a->yaml_digest, b->yaml_digest) == 0);
}

void side_read(struct report_model *model, long target, struct side *side)
{
	const struct store_data *data = model->data;
	cleanup_free struct key *keys = mem_new(data->series_count + 1, sizeof(*keys));
	cleanup_free struct blocks_sample *samples =
		mem_new(data->series_count + 1, sizeof(*samples));
	cleanup_free size_t *pilots = mem_new(model->group_count + 1, sizeof(*pilots));
	size_t count = make_keys(model, target, keys), used = 0;

	*side = (struct side){.model = model, .target = target};
	side->values = mem_new(count + 1, sizeof(*side->values));
	side->blocks = mem_new(count + 1, sizeof(*side->blocks));
	side->has_cell = mem_new(model->group_count + 1, sizeof(*side->has_cell));
	for (size_t i = 0; i < data->cell_count; i++)
		if ((long)data->cells[i].target_index == target)
			side->has_cell[model->cell_groups[i]] = true;
	for (size_t g = 0; g < model->group_count; g++)
		pilots[g] = planned_blocks(model, target, g);
	for (size_t i = 0, end; i < count; i = end) {
		struct side_value *value = &side->values[side->count++];
		for (end = i + 1; end < count && side_order(&keys[i].value, &keys[end].value) == 0;)
			end++;
		*value = keys[i].value;
		value->blocks = side->blocks + used;
		make_value(model, keys + i, end - i, pilots[value->group - model->groups], samples,
			value);
		used += end - i;
	}
}

void side_free(struct side *side)
{
	free(side->values);
	free(side->blocks);
	free(side->has_cell);
	*side = (struct side){0};
}

static int find_order(const void *left, const void *right)
{
	return side_order(left, right);
}

const struct side_value *side_find(const struct side *side, const struct side_value *like)
{
	return bsearch(like, side->values, side->count, sizeof(*like), find_order);
}

long side_find_group(const struct side *side, const struct report_group *like)
{
	for (size_t g = 0; g < side->model->group_count; g++)
		if (side->has_cell[g] && order_groups(&side->model->groups[g], like) == 0)
			return (long)g;
	return -1;
}

long side_find_target(const struct report_model *model, const char *name)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (strcmp(model->targets[t].name, name) == 0)
			return (long)t;
	return SIDE_ABSENT;
}
