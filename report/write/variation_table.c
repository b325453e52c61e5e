/* The tables of what was varied on purpose (model/variation.c): a column per value of the
 * parameter, each against its first value. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/variants_text.h"
#include "report/write/words.h"

enum { LINES_SHOWN = 20 };

/* Variations from first on of the same parameter and target: where others begin. */
static size_t table_end(const struct report_model *model, size_t first)
{
	const struct report_variation *all = model->variations;
	size_t end = first;

	while (end < model->variation_count && all[end].target == all[first].target &&
		strcmp(all[end].key, all[first].key) == 0)
		end++;
	return end;
}

/* The distinct values among them, in the campaign's order. */
static size_t find_values(
	const struct report_model *model, size_t first, size_t end, const char **values)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		bool known = false;
		for (size_t k = 0; k < count; k++)
			known |= strcmp(values[k], model->variations[i].value) == 0;
		if (!known)
			values[count++] = model->variations[i].value;
	}
	return count;
}

static const char *absent_text(const struct report_variation *v)
{
	if (v->shown.status != REPORT_MEASURED)
		return report_status_text(v->shown.status);
	return "no ratio";
}

static void add_cell(struct table *table, const struct report_variation *v)
{
	char number[WORDS_BYTES];

	if (!v) {
		table_add_cell(table, TONE_DIM, "");
		return;
	}
	if (!v->shown.compared) {
		table_add_cell(table, TONE_WARN, absent_text(v));
		return;
	}
	struct cell_text *cell = table_add_cell(
		table, table_tone(&v->shown), words_cost(&v->shown, v->first_row->metric, number));
	cell->value = &v->shown;
	cell->metric = v->first_row->metric;
	cell->order = table_order(&v->shown, v->first_row->metric);
}

/* A headline's line: variations from first on that are of it. */
static void add_line(const struct report_model *model, size_t first, size_t end,
	const char *const *values, size_t count, struct table *table)
{
	const struct report_variation *all = model->variations, *v = &all[first];
	const struct report_value *alone = &v->first_row->values[v->target];
	const struct report_area *area = label_area_of(model, v->first);
	cleanup_free char *where = label_area(model, area, "");
	cleanup_free char *label = label_row(model, v->first, v->first_row, v->key);
	char value[NUMBER_BYTES];

	table_add_cell(table, TONE_PLAIN, where);
	table_add_cell(table, TONE_PLAIN, label);
	table_add_cell(table, TONE_DIM,
		number_with_unit(alone->value.estimate, v->first_row->metric->unit, value))
		->order = alone->value.estimate;
	for (size_t k = 0; k < count; k++) {
		const struct report_variation *found = NULL;
		for (size_t i = first; i < end && all[i].first_row == v->first_row; i++)
			if (strcmp(all[i].value, values[k]) == 0)
				found = &all[i];
		add_cell(table, found);
	}
}

static char *title_of(
	const struct report_model *model, const struct report_variation *first, const char *origin)
{
	if (strcmp(first->key, DECISION_KEY) == 0)
		return str_printf("Decided: slowdown against %s", origin);
	if (strcmp(first->key, OPTIONS_KEY) == 0)
		return str_printf("What options change: slowdown against %s", origin);
	return str_printf("Slowdown by %s: %s, against %s", first->key,
		model->targets[first->target].name, origin);
}

static char *footnotes_text(const struct report_model *model, size_t first, size_t end)
{
	cleanup_free char *options = variants_text(model, first, end);

	if (strcmp(model->variations[first].key, DECISION_KEY) == 0)
		return str_printf("~ undecided at the last look%s", options);
	return str_printf(
		"~ undecided (%g %% confidence for all headlines under all values together)%s",
		100 * model->options.confidence, options);
}

static void make_table(
	const struct report_model *model, size_t first, size_t end, struct sections *out)
{
	const struct report_variation *all = model->variations;
	cleanup_free const char **values = mem_new(end - first, sizeof(*values));
	size_t count = find_values(model, first, end, values);
	cleanup_free char *origin = label_value(model, all[first].key, all[first].first_value);
	struct table *table = sections_add(out, title_of(model, &all[first], origin));

	table->kind = TABLE_VARIATION;
	table->shown_rows = LINES_SHOWN;
	table->footnotes = footnotes_text(model, first, end);
	table_add_column(table, "", "", COLUMN_REPEATED | COLUMN_WHOLE);
	table_add_column(table, "", "headline", COLUMN_REPEATED);
	table_add_column(table, "", origin, COLUMN_RIGHT | COLUMN_REPEATED);
	for (size_t k = 0; k < count; k++) {
		cleanup_free char *name = label_value(model, all[first].key, values[k]);
		table_add_column(table, "", name, COLUMN_RIGHT);
	}
	for (size_t i = first; i < end;) {
		const struct report_row *row = all[i].first_row;
		add_line(model, i, end, values, count, table);
		while (i < end && all[i].first_row == row)
			i++;
	}
}

/* Whether any value has a slowdown: what failed or was skipped is in other tables. */
static bool any_compared(const struct report_model *model, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (model->variations[i].shown.compared)
			return true;
	return false;
}

void sections_add_variations(const struct report_model *model, struct sections *out)
{
	for (size_t first = 0, end; first < model->variation_count; first = end) {
		end = table_end(model, first);
		/* Loads have tables of their own (interference_table.c). */
		if (strcmp(model->variations[first].key, "background") != 0 &&
			any_compared(model, first, end))
			make_table(model, first, end, out);
	}
}
