/* The table of speed-ups (model/scaling.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum { LINES_SHOWN = 20 };

/* What it is compared with: a placement, or in the same one fewer threads. Caller frees. */
static char *against(const struct report_scaling *scaling)
{
	if (strcmp(scaling->first->placement, scaling->group->placement) == 0)
		return str_printf("threads=%g", scaling->first_cpus);
	return str_dup(scaling->first->placement);
}

/* Where all are compared with the same: that, for the caller to free; else NULL. */
static char *common_against(const struct report_model *model)
{
	char *first = against(&model->scalings[0]);

	for (size_t i = 1; i < model->scaling_count; i++) {
		cleanup_free char *other = against(&model->scalings[i]);
		if (strcmp(first, other) != 0) {
			free(first);
			return NULL;
		}
	}
	return first;
}

static void add_line(const struct report_model *model, const struct report_scaling *scaling,
	bool says_against, struct table *table)
{
	const struct interval *speedup = &scaling->speedup;
	const struct report_value *value = &scaling->row->values[scaling->target];
	char number[NUMBER_BYTES], low[NUMBER_BYTES], high[NUMBER_BYTES];
	cleanup_free char *label = label_row(model, scaling->group, scaling->row, NULL);
	cleanup_free char *target = table_target_text(model, scaling->group, scaling->target);
	cleanup_free char *interval =
		speedup->status == INTERVAL_OK
			? str_printf("[%s, %s]", number_short(speedup->low, low),
				  number_short(speedup->high, high))
			: str_printf("none, n=%zu", speedup->blocks);
	cleanup_free char *cpus =
		isfinite(scaling->cpus) ? str_printf("%g", scaling->cpus) : str_dup("");
	cleanup_free char *efficiency = isfinite(scaling->efficiency)
						? str_printf("%.0f %%", 100 * scaling->efficiency)
						: str_dup("");

	table_add_cell(table, TONE_PLAIN, label_area_of(model, scaling->group)->name);
	table_add_cell(table, TONE_PLAIN, label);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, scaling->group->placement);
	table_add_cell(table, TONE_PLAIN, cpus)->order = scaling->cpus;
	table_add_cell(table, TONE_PLAIN,
		number_with_unit(value->value.estimate, scaling->row->metric->unit, number))
		->order = value->value.estimate;
	table_add_cell(table, TONE_PLAIN, number_short(speedup->estimate, number))->order =
		speedup->estimate;
	table_add_cell(table, TONE_DIM, interval);
	table_add_cell(table, TONE_PLAIN, efficiency)->order = scaling->efficiency;
	if (says_against) {
		cleanup_free char *first = against(scaling);
		table_add_cell(table, TONE_PLAIN, first);
	}
}

/* Without one nothing was to scale: times of single messages in another placement. */
static bool has_efficiency(const struct report_model *model)
{
	for (size_t i = 0; i < model->scaling_count; i++)
		if (isfinite(model->scalings[i].efficiency))
			return true;
	return false;
}

void sections_add_scaling(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"", COLUMN_WHOLE},
		{"metric", 0},
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"CPUs", COLUMN_RIGHT | COLUMN_OPTIONAL},
		{"value", COLUMN_RIGHT},
		{"speed-up", COLUMN_RIGHT},
		{"interval", COLUMN_WHOLE | COLUMN_NUMBER | COLUMN_OPTIONAL},
		{"efficiency", COLUMN_RIGHT},
	};
	struct table *table;

	if (!model->scaling_count)
		return;
	cleanup_free char *common = common_against(model);
	table = sections_add(out, str_printf("Scaling: each target against its own %s",
					  common ? common : "first placement or fewest threads"));
	table->note = str_printf(
		"Speed-up: how many times as much gets done per time, all machines together (where "
		"each ran its own copy, machines=all, times their number). Efficiency: speed-up "
		"over the growth "
		"in CPUs (or threads); the time of a single message or access has none. %g %% "
		"confidence "
		"intervals over blocks.",
		100 * model->options.confidence);
	table->note_needed = true;
	table->shown_rows = LINES_SHOWN;
	table->detail = !has_efficiency(model);
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	if (!common)
		table_add_column(table, "", "against", COLUMN_WHOLE | COLUMN_OPTIONAL);
	for (size_t i = 0; i < model->scaling_count; i++)
		add_line(model, &model->scalings[i], !common, table);
}
