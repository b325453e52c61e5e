/* See plan_matrix.h. */
#include "cli/plan_matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/footnotes.h"
#include "cli/labels.h"
#include "report/write/text_table.h"

enum { GAP = 2, WIDEST_LABEL = 34 };

struct matrix {
	const struct plan *plan;
	const struct forecast *forecast;
	struct footnotes reasons;
};

/* --- labels ----------------------------------------------------------------------------------- */

static const struct campaign_benchmark *benchmark_of(const struct plan *plan, size_t cell)
{
	return &plan->campaign->benchmarks[plan->cells[cell].benchmark];
}

/* "disk randread, 3 runs" */
static char *row_label(const struct plan *plan, const struct campaign_benchmark *b)
{
	char *label = label_benchmark(plan->campaign, b);

	if (b->runs == 1)
		return label;
	char *text = str_printf("%s, %u runs", label, b->runs);
	free(label);
	return text;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* The cell of the same placement and benchmark for a target; cell_count where it was not asked for.
 */
static size_t cell_of(const struct plan *plan, size_t row, size_t target)
{
	const struct plan_cell *first = &plan->cells[row];
	size_t c = 0;

	while (c < plan->cell_count && (plan->cells[c].placement != first->placement ||
					       plan->cells[c].benchmark != first->benchmark ||
					       plan->cells[c].target != target))
		c++;
	return c;
}

/* Two digits are enough for what is expected. */
static void add_duration(struct table *table, double seconds)
{
	static const double minute_s = 60, hour_s = 3600, below = 0.995;
	char text[UNIT_TEXT_BYTES];
	double unit_s = seconds < below * hour_s ? minute_s : hour_s;

	if (seconds < below * minute_s)
		duration_format(seconds, text);
	else
		snprintf(text, sizeof(text), seconds < 9.95 * unit_s ? "%.1f %s" : "%.0f %s",
			seconds / unit_s, unit_s == hour_s ? "h" : "min");
	table_add_cell(table, TONE_PLAIN, text);
}

static void add_run_cell(struct matrix *matrix, struct table *table, size_t row, size_t target)
{
	const struct plan *plan = matrix->plan;
	size_t cell = cell_of(plan, row, target);

	if (cell == plan->cell_count) {
		table_add_cell(table, TONE_DIM, "");
	} else if (plan->cells[cell].skip_reason) {
		cleanup_text struct text text = {0};
		text_add(&text, "–");
		footnotes_mark(&matrix->reasons, plan->cells[cell].skip_reason, &text);
		table_add_cell(table, TONE_DIM, text.bytes);
	} else {
		add_duration(table, forecast_cell_s(matrix->forecast, cell));
	}
}

/* --- the table -------------------------------------------------------------------------------- */

/* Whether no earlier cell is of the same row. */
static bool begins_row(const struct plan *plan, size_t cell)
{
	const struct plan_cell *one = &plan->cells[cell];

	for (size_t c = 0; c < cell; c++)
		if (plan->cells[c].placement == one->placement &&
			plan->cells[c].benchmark == one->benchmark)
			return false;
	return true;
}

static void add_rows(struct matrix *matrix, struct table *table, size_t first, size_t end)
{
	const struct plan *plan = matrix->plan;
	const char *above = "";

	for (size_t c = 0; c < plan->cell_count; c++) {
		if (!begins_row(plan, c))
			continue;
		const char *placement = plan->campaign->placements[plan->cells[c].placement].text;
		cleanup_free char *label = row_label(plan, benchmark_of(plan, c));
		table_add_cell(table, TONE_PLAIN, strcmp(placement, above) != 0 ? placement : "");
		table_add_cell(table, TONE_PLAIN, label);
		for (size_t t = first; t < end; t++)
			add_run_cell(matrix, table, c, t);
		above = placement;
	}
}

static void add_sum(const struct matrix *matrix, struct table *table, const char *label,
	double (*seconds)(const struct forecast *forecast, size_t target), size_t first, size_t end)
{
	table_add_cell(table, TONE_PLAIN, "");
	table_add_cell(table, TONE_PLAIN, label);
	for (size_t t = first; t < end; t++)
		if (seconds(matrix->forecast, t) > 0)
			add_duration(table, seconds(matrix->forecast, t));
		else
			table_add_cell(table, TONE_DIM, "–");
}

/* The targets first … end - 1. */
static void add_part(
	struct matrix *matrix, size_t first, size_t end, size_t width, struct text *out)
{
	const struct campaign *campaign = matrix->plan->campaign;
	struct sections sections = {0};
	struct table *table = sections_add(&sections, str_dup(""));
	cleanup_free char *all =
		str_printf("%u block%s", campaign->blocks, campaign->blocks == 1 ? "" : "s");

	table_add_column(table, "", "", COLUMN_WHOLE);
	table_add_column(table, "", "one run", 0);
	for (size_t t = first; t < end; t++)
		table_add_column(table, "", campaign->targets[t].name, COLUMN_RIGHT);
	add_rows(matrix, table, first, end);
	add_sum(matrix, table, "start of the machines", forecast_start_s, first, end);
	add_sum(matrix, table, all, forecast_target_left_s, first, end);
	text_table_add(table, width, false, out);
	sections_free(&sections);
}

/* How many targets from first on fit beside the labels; at least one. */
static size_t part_end(const struct plan *plan, size_t first, size_t room)
{
	enum { WIDEST_TIME = sizeof("9.9 min") - 1 };
	size_t end = first, used = 0;

	for (; end < plan->campaign->target_count; end++) {
		size_t name = utf8_width(plan->campaign->targets[end].name);
		used += GAP + (name > WIDEST_TIME ? name : WIDEST_TIME);
		if (used > room && end > first)
			break;
	}
	return end;
}

void plan_matrix_add(
	const struct plan *plan, const struct forecast *forecast, size_t width, struct text *out)
{
	struct matrix matrix = {.plan = plan, .forecast = forecast};
	size_t labels = 0, placements = 0;

	for (size_t c = 0; c < plan->cell_count; c++) {
		cleanup_free char *label = row_label(plan, benchmark_of(plan, c));
		size_t needed = utf8_width(label);
		size_t wide = utf8_width(plan->campaign->placements[plan->cells[c].placement].text);
		labels = needed > labels ? needed : labels;
		placements = wide > placements ? wide : placements;
	}
	labels = (labels < WIDEST_LABEL ? labels : WIDEST_LABEL) + GAP + placements;
	for (size_t first = 0, end; first < plan->campaign->target_count; first = end) {
		end = part_end(plan, first, width > labels ? width - labels : 0);
		add_part(&matrix, first, end, width, out);
	}
	footnotes_add(&matrix.reasons, width, out);
	footnotes_free(&matrix.reasons);
}
