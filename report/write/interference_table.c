/* The tables of slowdowns by loads in other machines (model/interference.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Of a text that has not everything. */
enum { LINES_SHOWN = 20 };

static void add_slowdown(struct table *table, const struct report_interference *found)
{
	const struct interval *slowdown = &found->slowdown;
	bool known = slowdown->status == INTERVAL_OK;
	enum tone tone = known && slowdown->low > 1    ? TONE_WORSE
			 : known && slowdown->high < 1 ? TONE_BETTER
						       : TONE_PLAIN;

	if (!found->value) {
		const struct report_cell *cell = &found->group->cells[found->target];
		table_add_cell(table, TONE_WARN,
			report_status_text(cell->status == REPORT_MEASURED ? REPORT_NOT_MEASURED
									   : cell->status));
		table_add_cell(table, TONE_DIM, "");
		return;
	}
	char number[NUMBER_BYTES], low[NUMBER_BYTES], high[NUMBER_BYTES];
	number_short(slowdown->estimate, number);
	cleanup_free char *interval =
		known ? str_printf("[%s, %s]", number_short(slowdown->low, low),
				number_short(slowdown->high, high))
		      : str_printf("n=%zu: no interval", slowdown->blocks);
	table_add_cell(table, tone, number)->order = slowdown->estimate;
	table_add_cell(table, TONE_DIM, interval);
}

static void add_line(const struct report_model *model, size_t first, size_t end,
	const char *const *backgrounds, size_t count, struct table *table)
{
	const struct report_interference *found = &model->interferences[first];
	const struct report_value *alone = &found->alone_row->values[found->target];
	cleanup_free char *metric = table_metric_text(found->alone_row);
	char number[WORDS_BYTES];

	table_add_cell(table, TONE_PLAIN, found->foreground);
	table_add_cell(table, TONE_PLAIN, metric);
	table_add_cell(table, TONE_PLAIN, found->alone->placement);
	table_add_cell(table, TONE_PLAIN,
		number_with_unit(alone->value.estimate, found->alone_row->metric->unit, number))
		->order = alone->value.estimate;
	for (size_t b = 0; b < count; b++) {
		const struct report_interference *cell =
			interference_find(model, first, end, backgrounds[b]);
		if (cell) {
			add_slowdown(table, cell);
			continue;
		}
		table_add_cell(table, TONE_DIM, "-");
		table_add_cell(table, TONE_DIM, "");
	}
}

static void add_matrix(
	const struct report_model *model, size_t first, size_t end, struct sections *out)
{
	const struct report_interference *all = model->interferences;
	cleanup_free const char **backgrounds = mem_new(end - first, sizeof(*backgrounds));
	size_t count = interference_backgrounds(model, first, end, backgrounds);
	cleanup_free char *target = table_target_text(model, all[first].alone, all[first].target);
	struct table *table = sections_add(
		out, str_printf("Interference: %s with a load in another machine", target));

	table->note = str_printf(
		"Slowdown: how many times as slow as the same target without a load (a time that "
		"grew, a rate that shrank): 1 is undisturbed, 2 twice as slow. %g %% confidence "
		"intervals over pairs of blocks.",
		100 * model->options.confidence);
	table->note_needed = true;
	table->shown_rows = LINES_SHOWN;
	table_add_column(table, "", "foreground", COLUMN_REPEATED);
	table_add_column(table, "", "metric", COLUMN_REPEATED);
	table_add_column(table, "", "placement", COLUMN_WHOLE | COLUMN_REPEATED);
	table_add_column(table, "", "alone", COLUMN_RIGHT | COLUMN_REPEATED);
	for (size_t b = 0; b < count; b++) {
		cleanup_free char *group = str_printf("beside %s", backgrounds[b]);
		table_add_column(table, group, "slowdown", COLUMN_RIGHT);
		table_add_column(table, group, "interval", COLUMN_NUMBER);
	}
	for (size_t i = first; i < end;) {
		const struct report_row *row = all[i].alone_row;
		add_line(model, i, end, backgrounds, count, table);
		while (i < end && all[i].alone_row == row)
			i++;
	}
}

void sections_add_interference(const struct report_model *model, struct sections *out)
{
	for (size_t first = 0, end; first < model->interference_count; first = end) {
		end = interference_end(model, first);
		add_matrix(model, first, end, out);
	}
}
