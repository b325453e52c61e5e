/* The table of shares of machines that ran at once (model/fairness.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"
#include "stats/quantile.h"

/* More machines are shown by their number, and their least and their best served. */
enum { SHARES_MAX = 8 };

/* Of a text that has not everything. */
enum { LINES_SHOWN = 20 };

static char *shares_text(const struct report_fairness *fairness)
{
	struct text text = {0};

	if (fairness->machines > SHARES_MAX)
		return str_printf("%zu of %.2f to %.2f %%", fairness->machines,
			100 * quantile_of(fairness->shares, fairness->machines, 0),
			100 * quantile_of(fairness->shares, fairness->machines, 1));
	for (size_t m = 0; m < fairness->machines; m++)
		text_addf(&text, "%s%.1f", m ? " / " : "", 100 * fairness->shares[m]);
	text_add(&text, " %");
	return text_take(&text);
}

static void add_number(struct table *table, int decimals, double number)
{
	cleanup_free char *text = str_printf("%.*f", decimals, number);

	table_add_cell(table, TONE_PLAIN, text)->order = number;
}

/* With its unit, since columns are scarce on paper. */
static void add_aggregate(struct table *table, const struct report_fairness *fairness)
{
	bool is_rate = isfinite(fairness->aggregate);
	char number[WORDS_BYTES];

	if (is_rate)
		number_with_unit(fairness->aggregate, fairness->row->metric->unit, number);
	table_add_cell(table, TONE_PLAIN, is_rate ? number : "")->order = fairness->aggregate;
}

static void add_line(const struct report_model *model, const struct report_fairness *fairness,
	struct table *table)
{
	cleanup_free char *label = label_row(model, fairness->group, fairness->row, NULL);
	cleanup_free char *target = table_target_text(model, fairness->group, fairness->target);
	cleanup_free char *shares = shares_text(fairness);

	table_add_cell(table, TONE_PLAIN, label_area_of(model, fairness->group)->name);
	table_add_cell(table, TONE_PLAIN, label);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, fairness->group->placement);
	add_number(table, 0, (double)fairness->runs);
	add_aggregate(table, fairness);
	table_add_cell(table, TONE_PLAIN, shares);
	add_number(table, 4, fairness->jain);
	add_number(table, 4, fairness->jain_low);
	add_number(table, 3, fairness->max_min);
	add_number(table, 3, fairness->max_min_high);
}

void sections_add_fairness(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"", COLUMN_WHOLE},
		{"metric", 0},
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"runs", COLUMN_RIGHT | COLUMN_OPTIONAL},
		{"aggregate", COLUMN_RIGHT},
		{"share of each", COLUMN_NUMBER},
		{"Jain", COLUMN_RIGHT},
		{"lowest", COLUMN_RIGHT | COLUMN_OPTIONAL},
		{"max/min", COLUMN_RIGHT},
		{"highest", COLUMN_RIGHT | COLUMN_OPTIONAL},
	};
	struct table *table;

	if (!model->fairness_count)
		return;
	table = sections_add(out, str_dup("Fairness: machines that ran at once"));
	table->note = str_dup(
		"Aggregate: what all machines got done together, the sum of their rates, median of "
		"the runs. Shares of the service of a run (a time counts as its inverse), mean "
		"over "
		"runs. "
		"Jain's index: 1 is perfectly even, 1/machines is one that has everything; median "
		"and lowest of the runs. max/min: best over worst served; median and highest.");
	table->note_needed = true;
	table->shown_rows = LINES_SHOWN;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->fairness_count; i++)
		add_line(model, &model->fairnesses[i], table);
}
