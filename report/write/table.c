/* See table.h. */
#include "report/write/table.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/words.h"

static char *one_line(const char *text)
{
	struct text line = {0};

	words_add_line(&line, text);
	return text_take(&line);
}

void table_add_column(struct table *table, const char *group, const char *heading, unsigned flags)
{
	array_reserve(&table->columns, &table->column_capacity, table->column_count + 1);
	table->columns[table->column_count++] = (struct column){
		.group = one_line(group),
		.heading = one_line(heading),
		.right = flags & COLUMN_RIGHT,
		.number = flags & (COLUMN_RIGHT | COLUMN_NUMBER),
		.repeated = flags & COLUMN_REPEATED,
		.whole = flags & COLUMN_WHOLE,
		.optional = flags & COLUMN_OPTIONAL,
		.spare = flags & COLUMN_SPARE,
	};
}

struct cell_text *table_add_cell(struct table *table, enum tone tone, const char *text)
{
	struct cell_text *cell;

	array_reserve(&table->cells, &table->cell_capacity, table->cell_count + 1);
	cell = &table->cells[table->cell_count++];
	*cell = (struct cell_text){.text = one_line(text), .marks = "", .tone = tone, .order = NAN};
	return cell;
}

struct cell_text *table_add_again(struct table *table, enum tone tone, const char *full)
{
	struct cell_text *cell = table_add_cell(table, tone, "");

	cell->full = one_line(full);
	return cell;
}

void table_add_scaled(
	struct table *table, double value, double scale, const char *unit, double warn_from)
{
	double shown = value * scale;
	int digits = shown >= 10 ? 0 : shown >= 0.1 ? 1 : 3;
	cleanup_free char *text =
		isfinite(value) ? str_printf("%.*f %s", digits, shown, unit) : str_dup("unknown");
	enum tone tone = isnan(value) ? TONE_DIM : value >= warn_from ? TONE_WARN : TONE_PLAIN;

	table_add_cell(table, tone, text)->order = value;
}

enum tone table_tone(const struct report_value *value)
{
	static const enum tone tones[] = {TONE_BETTER, TONE_PLAIN, TONE_WORSE};

	return tones[words_tone(value) + 1];
}

double table_order(const struct report_value *value, const struct report_metric *metric)
{
	if (!value->compared)
		return NAN;
	if (metric->additive)
		return value->cost;
	return copysign(fabs(log(value->change.estimate)), value->cost);
}

const char *table_absent_text(const struct report_value *value)
{
	if (value->cell->refused)
		return "refused";
	return value->status == REPORT_MEASURED ? "" : report_status_text(value->status);
}

void table_add_columns(struct table *table, const struct plain_column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		table_add_column(table, "", columns[i].heading, columns[i].flags);
}

char *table_benchmark_text(const struct report_group *group)
{
	return str_printf(
		"%s%s%s", group->benchmark, group->parameters[0] ? ", " : "", group->parameters);
}

char *table_metric_text(const struct report_row *row)
{
	char x[WORDS_BYTES];

	words_x(row->metric, row->x, x);
	return str_printf("%s%s%s", row->metric->name, x[0] ? " at " : "", x);
}

char *table_target_text(
	const struct report_model *model, const struct report_group *group, size_t target)
{
	return str_printf("%s%s", model->targets[target].name,
		group->cells[target].emulated ? " (emulated)" : "");
}

struct table *sections_add(struct sections *sections, char *title)
{
	array_reserve(&sections->tables, &sections->capacity, sections->count + 1);
	sections->tables[sections->count] = (struct table){.title = one_line(title)};
	free(title);
	return &sections->tables[sections->count++];
}

size_t table_rows(const struct table *table)
{
	return table->column_count ? table->cell_count / table->column_count : 0;
}

void sections_free(struct sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		struct table *table = &sections->tables[i];
		for (size_t c = 0; c < table->cell_count; c++) {
			free(table->cells[c].text);
			free(table->cells[c].full);
		}
		for (size_t c = 0; c < table->column_count; c++) {
			free(table->columns[c].group);
			free(table->columns[c].heading);
		}
		free(table->cells);
		free(table->columns);
		free(table->title);
		free(table->note);
		free(table->footnotes);
	}
	free(sections->tables);
	*sections = (struct sections){0};
}

char *table_group_note(const struct report_model *model, const struct report_group *group)
{
	size_t low = 0, high = 0;

	for (size_t i = 0; i < group->row_count; i++)
		for (size_t t = 0; t < model->target_count; t++) {
			size_t count = group->rows[i].values[t].block_count;
			low = count && (!low || count < low) ? count : low;
			high = count > high ? count : high;
		}
	if (!high)
		return str_dup("Nothing was measured.");
	cleanup_free char *range =
		low == high ? str_printf("%zu", high) : str_printf("%zu to %zu", low, high);
	return str_printf("%s block%s (fresh starts); %g %% confidence intervals (α = %g) over "
			  "blocks (of pairs of blocks, on logarithms for ratios), none below 3 "
			  "blocks.",
		range, high == 1 ? "" : "s", 100 * model->options.confidence,
		1 - model->options.confidence);
}

void table_add_footnotes(const struct table *table, struct text *out)
{
	for (const char *c = table->footnotes ? table->footnotes : ""; *c; c++)
		text_add_bytes(out, *c == '\n' ? "  " : c, *c == '\n' ? 2 : 1);
}
