/* How a benchmark scales over placements: each value against the same target's in the first
 * placement that measured it. Knows no other target: what a target costs is values.c's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/table.h"
#include "report/words.h"

/* The CPUs of a target's machines in a placement together, as its first whole start had them. */
static double cpus_of(const struct report_model *model, size_t target, const char *placement)
{
	const struct store_data *data = model->data;
	size_t block = SIZE_MAX;
	double sum = 0;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		if (machine->target_index != target || !machine->cpus || machine->failure ||
			strcmp(data->blocks[machine->block_index].placement, placement) != 0)
			continue;
		if (block == SIZE_MAX)
			block = machine->block_index;
		if (machine->block_index == block)
			sum += machine->cpus;
	}
	return sum > 0 ? sum : NAN;
}

/* Rates, and the time of a whole piece of work, say how much gets done; the time of one message or
 * access does not, and has no efficiency. */
static bool is_work(const struct report_metric *metric)
{
	size_t length = strlen(metric->unit);

	if (metric->better == REPORT_BETTER_LOWER)
		return strcmp(metric->unit, "s") == 0 && !metric->x_name;
	return length > 2 && strcmp(metric->unit + length - 2, "/s") == 0;
}

static void add_scaling(struct report_model *model, const struct report_group *first,
	const struct report_row *first_row, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	const struct report_value *from = &first_row->values[target], *to = &row->values[target];
	bool lower = row->metric->better == REPORT_BETTER_LOWER;
	const struct report_value *above = lower ? from : to, *below = lower ? to : from;
	double copies = (double)to->machines / (double)from->machines;
	double cpus = cpus_of(model, target, group->placement);
	double first_cpus = cpus_of(model, target, first->placement);
	struct report_scaling scaling = {
		.group = group, .first = first, .row = row, .target = target, .cpus = cpus};

	ratio_welch(above->blocks, above->block_count, below->blocks, below->block_count,
		model->options.confidence, &scaling.speedup);
	/* A value is the mean over the machines of a run: with more of them more gets done. */
	scaling.speedup.estimate *= copies;
	scaling.speedup.low *= copies;
	scaling.speedup.high *= copies;
	scaling.efficiency =
		is_work(row->metric) ? scaling.speedup.estimate / (cpus / first_cpus) : NAN;
	array_reserve(&model->scalings, &model->scaling_capacity, model->scaling_count + 1);
	model->scalings[model->scaling_count++] = scaling;
}

/* The first group of the same benchmark and parameters that measured the row's metric. */
static const struct report_group *first_of(const struct report_model *model,
	const struct report_group *group, const struct report_row *row, size_t target,
	const struct report_row **first_row)
{
	for (const struct report_group *g = model->groups; g < group; g++) {
		if (strcmp(g->benchmark, group->benchmark) != 0 ||
			strcmp(g->parameters, group->parameters) != 0)
			continue;
		*first_row = model_same_row(g, row);
		if (*first_row && model_has_ratio(&(*first_row)->values[target]))
			return g;
	}
	return NULL;
}

void model_scale(struct report_model *model)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++) {
			const struct report_row *row = &group->rows[i], *first_row;
			if (row->metric->better == REPORT_BETTER_NONE || row->metric->additive)
				continue;
			for (size_t t = 0; t < model->target_count; t++) {
				const struct report_group *first =
					model_has_ratio(&row->values[t])
						? first_of(model, group, row, t, &first_row)
						: NULL;
				if (first)
					add_scaling(model, first, first_row, group, row, t);
			}
		}
	}
}

/* --- its table ----------------------------------------------------------------------------------- */

static void add_line(
	const struct report_model *model, const struct report_scaling *scaling, struct table *table)
{
	const struct interval *speedup = &scaling->speedup;
	const struct report_value *value = &scaling->row->values[scaling->target];
	cleanup_free char *benchmark = table_benchmark_text(scaling->group);
	cleanup_free char *metric = table_metric_text(scaling->row);
	cleanup_free char *target = table_target_text(model, scaling->group, scaling->target);
	cleanup_free char *interval =
		speedup->status == INTERVAL_OK
			? str_printf("[%.3g, %.3g]", speedup->low, speedup->high)
			: str_printf("n=%zu: no interval", speedup->blocks);
	char number[WORDS_BYTES];
	cleanup_free char *cpus =
		isfinite(scaling->cpus) ? str_printf("%g", scaling->cpus) : str_dup("");
	cleanup_free char *efficiency = isfinite(scaling->efficiency)
						? str_printf("%.0f %%", 100 * scaling->efficiency)
						: str_dup("");

	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, TONE_PLAIN, metric);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, scaling->group->placement);
	table_add_cell(table, TONE_PLAIN, cpus)->order = scaling->cpus;
	table_add_cell(table, TONE_PLAIN, words_value(value->value.estimate, number))->order =
		value->value.estimate;
	table_add_cell(table, TONE_DIM, scaling->row->metric->unit);
	snprintf(number, sizeof(number), "%.3g", speedup->estimate);
	table_add_cell(table, TONE_PLAIN, number)->order = speedup->estimate;
	table_add_cell(table, TONE_DIM, interval);
	table_add_cell(table, TONE_PLAIN, efficiency)->order = scaling->efficiency;
	table_add_cell(table, TONE_PLAIN, scaling->first->placement);
}

void sections_add_scaling(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"benchmark", 0},
		{"metric", 0},
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"CPUs", COLUMN_RIGHT},
		{"value", COLUMN_RIGHT},
		{"unit", COLUMN_WHOLE},
		{"speed-up", COLUMN_RIGHT},
		{"interval", COLUMN_WHOLE | COLUMN_NUMBER},
		{"efficiency", COLUMN_RIGHT},
		{"against", COLUMN_WHOLE},
	};
	struct table *table;

	if (!model->scaling_count)
		return;
	table = sections_add(out, str_dup("Scaling: each target against its own first placement"));
	table->note = str_printf(
		"Speed-up: how many times as much gets done per time, all machines together (where "
		"each ran its own copy, times their number). Efficiency: speed-up over the growth "
		"in CPUs; the time of a single message or access has none. %g %% confidence "
		"intervals over blocks.",
		100 * model->options.confidence);
	table->note_needed = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->scaling_count; i++)
		add_line(model, &model->scalings[i], table);
}
