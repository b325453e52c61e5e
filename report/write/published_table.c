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
	const struct report_model *model, const struct report_published *match, struct table *table)
{
	const struct report_metric *metric = match->row->metric;
	const struct report_value *value = &match->row->values[match->target];
	/* The published cost, in the words of a measured one. */
	const struct report_value published = {
		.compared = isfinite(match->published_cost),
		.cost = match->published_cost,
	};
	cleanup_free char *benchmark = table_benchmark_text(match->group);
	cleanup_free char *name = table_metric_text(match->row);
	cleanup_free char *target = table_target_text(model, match->group, match->target);
	char number[WORDS_BYTES];
	struct cell_text *cell;

	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, TONE_PLAIN, name);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, match->group->placement);
	table_add_cell(
		table, TONE_PLAIN, number_with_unit(value->value.estimate, metric->unit, number))
		->order = value->value.estimate;
	cell = table_add_cell(table, TONE_PLAIN, words_cost(value, metric, number));
	cell->marks = value->compared ? words_marks(value->cell) : "";
	cell->order = value->cost;
	table_add_cell(table, TONE_PLAIN, match->published_metric);
	table_add_cell(table, TONE_PLAIN, match->published_target);
	table_add_cell(table, TONE_PLAIN, number_with_unit(match->published, metric->unit, number))
		->order = match->published;
	table_add_cell(table, TONE_PLAIN, words_cost(&published, metric, number))->order =
		match->published_cost;
}

void sections_add_published(const struct report_model *model, struct sections *out)
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
	table->note = model->published_count
			      ? str_dup("Other machines, other years: costs can be compared, "
					"values hardly. "
					"A published number has no interval here unless its source "
					"gave its "
					"samples.")
			      : str_dup("None of them measures what this campaign measured.");
	table->note_needed = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->published_count; i++)
		add_line(model, &model->published_numbers[i], table);
}
