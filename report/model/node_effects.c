/* The node as a factor, from the hosts that the store names for every block's machines. */
#include "report/model/node_effects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/statistic.h"

static const double power = .8;

/* Of a block's machines of one target. */
enum { NO_HOST = -1, SEVERAL_HOSTS = -2 };

static int host_index(struct node_effects *effects, size_t *capacity, const char *name)
{
	for (size_t h = 0; h < effects->host_count; h++)
		if (strcmp(effects->hosts[h], name) == 0)
			return (int)h;
	array_reserve(&effects->hosts, capacity, effects->host_count + 1);
	effects->hosts[effects->host_count] = name;
	return (int)effects->host_count++;
}

/* The host of every block of every target. Caller frees. */
static int *find_hosts(const struct store_data *data, struct node_effects *effects)
{
	int *hosts = mem_new(data->block_count * data->target_count + 1, sizeof(*hosts));
	size_t capacity = 0;

	for (size_t i = 0; i < data->block_count * data->target_count; i++)
		hosts[i] = NO_HOST;
	for (size_t m = 0; m < data->machine_count; m++) {
		const struct data_machine *machine = &data->machines[m];
		int *host =
			&hosts[machine->block_index * data->target_count + machine->target_index];
		if (!machine->host)
			continue;
		int found = host_index(effects, &capacity, machine->host);
		*host = *host == NO_HOST || *host == found ? found : SEVERAL_HOSTS;
	}
	return hosts;
}

/* A value for every run, with its node and boot; -1: a block was on several hosts. */
static int add_samples(const struct report_model *model, const struct report_row *row,
	size_t target, const int *hosts, struct nodes_sample *samples, size_t *count)
{
	const struct store_data *data = model->data;
	const struct report_value *value = &row->values[target];

	for (size_t i = 0; i < value->series_count;) {
		size_t run = data->series[value->series[i]].run_index, machines = 0;
		size_t block = data->runs[run].block_index;
		int host = hosts[block * data->target_count + target];
		double sum = 0;
		bool unsteady;
		for (; i < value->series_count && data->series[value->series[i]].run_index == run;
			i++, machines++) {
			const struct data_series *series = &data->series[value->series[i]];
			sum += statistic_of_run(
				row->metric->statistic, series->values, series->count, &unsteady);
		}
		double found = sum / (double)machines;
		if (host == SEVERAL_HOSTS)
			return -1;
		if (host != NO_HOST)
			samples[(*count)++] = (struct nodes_sample){
				(size_t)host, block, value->logarithmic ? log(found) : found};
	}
	return 0;
}

/* How much delta is in the samples' unit. */
static double effect_of(const struct report_value *value, double delta)
{
	return value->logarithmic ? log1p(delta) : delta * fabs(value->value.estimate);
}

static void add_effect(struct node_effects *effects, size_t *capacity,
	const struct report_model *model, const struct node_effect *of, const int *hosts,
	double delta)
{
	const struct report_value *value = &of->row->values[of->target];
	cleanup_free struct nodes_sample *samples =
		mem_new(value->series_count + 1, sizeof(*samples));
	struct node_effect effect = *of;
	size_t count = 0, boots = model->data->block_count;

	if (add_samples(model, of->row, of->target, hosts, samples, &count) < 0) {
		effects->skipped++;
		return;
	}
	if (nodes_split(samples, count, effects->host_count, boots, &effect.split) < 0)
		return;
	effect.differences = mem_new(effects->host_count + 1, sizeof(*effect.differences));
	effect.p = mem_new(effects->host_count + 1, sizeof(*effect.p));
	nodes_differ(samples, count, effects->host_count, boots, effect.differences, effect.p);
	effect.needed = nodes_needed(&effect.split, effect_of(value, delta), power);
	array_reserve(&effects->effects, capacity, effects->count + 1);
	effects->effects[effects->count++] = effect;
}

int node_effects_read(
	const struct report_model *model, double delta, struct node_effects *out, struct error *e)
{
	size_t capacity = 0;

	*out = (struct node_effects){0};
	cleanup_free int *hosts = find_hosts(model->data, out);
	if (out->host_count < 2)
		return error_set(
			e, "all of it was measured on one host: there are no nodes to compare");
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t r = 0; r < group->row_count; r++)
			for (size_t t = 0; t < model->target_count; t++) {
				const struct node_effect of = {
					.group = group, .row = &group->rows[r], .target = t};
				if (of.row->values[t].series_count > 0 &&
					model_is_headline(model, group, of.row->metric, of.row->x))
					add_effect(out, &capacity, model, &of, hosts, delta);
			}
	}
	return 0;
}

void node_effects_free(struct node_effects *effects)
{
	for (size_t i = 0; i < effects->count; i++) {
		free(effects->effects[i].differences);
		free(effects->effects[i].p);
	}
	free(effects->effects);
	free(effects->hosts);
	*effects = (struct node_effects){0};
}
