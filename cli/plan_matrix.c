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
#include "report/write/text_table.h"

enum { GAP = 2, WIDEST_LABEL = 34, PARAMETERS_MAX = 64 };

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

/* An entry's parameters: "key=value" each. */
struct words {
	char *list[PARAMETERS_MAX]; /* owned */
	size_t count;
};

/* Whether "key=…" follows. */
static bool begins_parameter(const char *text)
{
	return text[strcspn(text, " =(")] == '=';
}

/* How long the first parameter is; values may hold blanks: "network=delay 2ms", and in brackets
 * other parameters: "background=disk(size=1M seconds=2)". */
static size_t parameter_bytes(const char *text)
{
	size_t length = 0;
	int depth = 0;
	for (; text[length]; length++) {
		depth += (text[length] == '(') - (text[length] == ')');
		if (text[length] == ' ' && depth == 0 && begins_parameter(text + length + 1))
			break;
	}
	return length;
}

static void words_read(const char *parameters, struct words *words)
{
	words->count = 0;
	while (*parameters && words->count < PARAMETERS_MAX) {
		size_t length = parameter_bytes(parameters);
		words->list[words->count++] = str_printf("%.*s", (int)length, parameters);
		parameters += length + strspn(parameters + length, " ");
	}
}

static void words_drop(struct words *words, size_t index)
{
	free(words->list[index]);
	memmove(&words->list[index], &words->list[index + 1],
		(--words->count - index) * sizeof(*words->list));
}

static bool has_word(const char *parameters, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = parameters; (at = strstr(at, word)); at += length)
		if ((at == parameters || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* Whether an entry's words but the skipped-th say which of its benchmark's entries it is. */
static bool tell_apart(const struct plan *plan, const struct campaign_benchmark *b,
	const struct words *words, size_t skipped)
{
	for (size_t i = 0; i < plan->campaign->benchmark_count; i++) {
		const struct campaign_benchmark *other = &plan->campaign->benchmarks[i];
		bool differs = other == b || other->benchmark != b->benchmark;
		for (size_t w = 0; w < words->count && !differs; w++)
			differs = w != skipped && !has_word(other->parameters, words->list[w]);
		if (!differs)
			return false;
	}
	return true;
}

/* A word as a label has it: where the values are words to choose from, the value says enough. */
static const char *short_word(const struct campaign_benchmark *b, const char *word)
{
	const char *value = strchr(word, '=');
	cleanup_free char *key = str_printf("%.*s", (int)(value ? value - word : 0), word);
	const struct option_row *row = option_find(b->benchmark->options, key);
	return row && row->type == OPTION_CHOICE ? value + 1 : word;
}

/* "disk randread, 3 runs": of the parameters no more than tell it from its siblings. */
static char *row_label(const struct plan *plan, const struct campaign_benchmark *b)
{
	struct text label = {0};
	struct words words;
	words_read(b->parameters, &words);
	for (size_t w = words.count; w-- > 0;)
		if (tell_apart(plan, b, &words, w))
			words_drop(&words, w);
	text_add(&label, b->benchmark->name);
	while (words.count) {
		text_addf(&label, " %s", short_word(b, words.list[0]));
		words_drop(&words, 0);
	}
	if (b->runs > 1)
		text_addf(&label, ", %u runs", b->runs);
	return text_take(&label);
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
		table_add_cell(table, TONE_PLAIN, strcmp(placement, above) ? placement : "");
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
	table_add_column(table, "", "", COLUMN_REPEATED | COLUMN_WHOLE);
	table_add_column(table, "", "one run", COLUMN_REPEATED);
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
