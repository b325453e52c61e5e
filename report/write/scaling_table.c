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

static void add_line(
	const struct report_model *model, const struct report_scaling *scaling, struct table *table)
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
			: str_printf("n=%zu: no interval", speedup->blocks);
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
	/* In the same placement the threads differ. */
	cleanup_free char *threads = str_printf("threads=%g", scaling->first_cpus);
	bool same = strcmp(scaling->first->placement, scaling->group->placement) == 0;
	table_add_cell(table, TONE_PLAIN, same ? threads : scaling->first->placement);
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
		{"against", COLUMN_WHOLE | COLUMN_OPTIONAL},
	};
	struct table *table;

	if (!model->scaling_count)
		return;
	table = sections_add(out,
		str_dup("Scaling: each target against its own first placement or fewest threads"));
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
	for (size_t i = 0; i < model->scaling_count; i++)
		add_line(model, &model->scalings[i], table);
}
