/* The table of published numbers beside measured ones (model/published_match.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "report/write/table.h"
#include "report/write/words.h"

static void add_line(
	const struct report_model *model, const struct report_beside *beside, struct table *table)
{
	const struct report_metric *metric = beside->row->metric;
	const struct report_value *value = &beside->row->values[beside->target];
	/* The published cost said as a measured one is. */
	const struct report_value published = {
		.compared = isfinite(beside->published_cost),
		.cost = beside->published_cost,
	};
	cleanup_free char *benchmark = table_benchmark_text(beside->group);
	cleanup_free char *name = table_metric_text(beside->row);
	cleanup_free char *target = table_target_text(model, beside->group, beside->target);
	char number[WORDS_BYTES];
	struct cell_text *cell;

	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, TONE_PLAIN, name);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, beside->group->placement);
	table_add_cell(
		table, TONE_PLAIN, number_with_unit(value->value.estimate, metric->unit, number))
		->order = value->value.estimate;
	cell = table_add_cell(table, TONE_PLAIN, words_cost(value, metric, number));
	cell->marks = value->compared ? words_marks(value->cell) : "";
	cell->order = value->cost;
	table_add_cell(table, TONE_PLAIN, beside->published_metric);
	table_add_cell(table, TONE_PLAIN, beside->published_target);
	table_add_cell(table, TONE_PLAIN, number_with_unit(beside->published, metric->unit, number))
		->order = beside->published;
	table_add_cell(table, TONE_PLAIN, words_cost(&published, metric, number))->order =
		beside->published_cost;
}

void sections_add_beside(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"benchmark", COLUMN_REPEATED},
		{"metric", COLUMN_REPEATED},
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"measured", COLUMN_RIGHT},
		{"cost", COLUMN_RIGHT},
		{"published as", 0},
		{"on", 0},
		{"published", COLUMN_RIGHT},
		{"cost then", COLUMN_RIGHT},
	};
	struct table *table;

	if (!model->options.published)
		return;
	table = sections_add(out,
		str_printf("Beside the published numbers of %s", model->options.published->name));
	table->note = model->beside_count
			      ? str_dup("Other machines, other years: costs can be compared, "
					"values hardly. "
					"A published number has no interval here unless its source "
					"gave its "
					"samples.")
			      : str_dup("None of them measures what this campaign measured.");
	table->note_needed = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->beside_count; i++)
		add_line(model, &model->besides[i], table);
}
