/* A comparison for people: as text for a terminal, as Markdown, and as a short summary for a
 * merge request. What stands in the tables is decided once, for all of them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/compare.h"
#include "report/table.h"
#include "report/words.h"

enum { GAP = 2 };

static bool same_group(const struct compare_item *a, const struct compare_item *b)
{
	return !strcmp(a->base_target, b->base_target) && !strcmp(a->new_target, b->new_target) &&
	       !strcmp(a->placement, b->placement) && !strcmp(a->benchmark, b->benchmark) &&
	       !strcmp(a->parameters, b->parameters);
}

static void add_group_title(const struct compare_item *item, struct text *out)
{
	words_add_line(out, item->base_target);
	if (strcmp(item->base_target, item->new_target) != 0) {
		text_add(out, " → ");
		words_add_line(out, item->new_target);
	}
	text_addf(out, "  %s  ", item->placement);
	words_add_line(out, item->benchmark);
	text_add(out, item->parameters[0] ? "  " : "");
	words_add_line(out, item->parameters);
}

static void add_metric_cell(struct table *table, const struct compare_item *item)
{
	char x[WORDS_BYTES];
	cleanup_text struct text text = {0};

	if (!item->metric) {
		table_add_cell(table, TONE_DIM, "all");
		return;
	}
	words_x(item->metric, item->x, x);
	text_addf(&text, "%s%s%s %s", item->metric->name, x[0] ? " @ " : "", x,
		words_arrow(item->metric->better));
	table_add_cell(table, TONE_PLAIN, text.bytes);
}

static void add_value_cell(
	struct table *table, const struct compare_item *item, const struct compare_side *side)
{
	char number[WORDS_BYTES];
	cleanup_text struct text text = {0};

	if (item->metric && isfinite(side->value))
		text_addf(&text, "%s %s", words_value(side->value, number), item->metric->unit);
	else
		text_add(&text, "-");
	table_add_cell(table, TONE_PLAIN, text.bytes);
}

static void add_blocks_cell(struct table *table, const struct compare_item *item)
{
	cleanup_text struct text text = {0};

	if (item->paired && !item->unpaired)
		text_addf(&text, "%zu", item->change.blocks);
	else if (item->paired)
		text_addf(&text, "%zu (+%zu alone)", item->change.blocks, item->unpaired);
	else
		text_addf(&text, "%zu, %zu", item->base.blocks, item->newer.blocks);
	table_add_cell(table, TONE_PLAIN, text.bytes);
}

/* What report_value's words need of an item. */
static struct report_value as_value(const struct compare_item *item)
{
	return (struct report_value){
		.compared = isfinite(item->change.estimate),
		.change = item->change,
		.cost = item->cost,
		.cost_low = item->cost_low,
		.cost_high = item->cost_high,
	};
}

static enum tone tone_of(const struct compare_item *item)
{
	static const enum tone tones[] = {
		[GATE_PASS] = TONE_BETTER,
		[GATE_NONE] = TONE_DIM,
		[GATE_REGRESSION] = TONE_WORSE,
		[GATE_INCONCLUSIVE] = TONE_PLAIN,
		[GATE_NOT_MEASURED] = TONE_WARN,
		[GATE_FAILED] = TONE_WARN,
	};

	return tones[item->gate];
}

static void add_note_cell(struct table *table, const struct compare_item *item)
{
	char decides[256];
	cleanup_text struct text text = {0};

	compare_decides(item, decides);
	words_add_line(&text, decides);
	if (item->state == COMPARE_EXPLORATORY && !isnan(item->adjusted))
		text_addf(&text, "%sp %.2g (BH)", text.count ? "; " : "", item->adjusted);
	if (item->disagrees[0])
		text_addf(&text, "%s%s", text.count ? "; " : "", item->disagrees);
	table_add_cell(table, TONE_PLAIN, text.count ? text.bytes : "");
}

static void add_row(struct table *table, const struct compare_item *item)
{
	static const char *const marks[2][2] = {{"", "ker"}, {"emu", "emu ker"}};
	struct report_value value = as_value(item);
	char text[WORDS_BYTES] = "", interval[WORDS_BYTES] = "";

	if (item->metric) {
		words_cost(&value, item->metric, text);
		words_interval(&value, item->metric, interval);
	}
	add_metric_cell(table, item);
	add_value_cell(table, item, &item->base);
	add_value_cell(table, item, &item->newer);
	table_add_cell(table, TONE_PLAIN, text);
	table_add_cell(table, TONE_PLAIN, interval);
	add_blocks_cell(table, item);
	table_add_cell(table, tone_of(item), compare_state_text(item))->marks =
		marks[item->emulated][item->kernel_differs];
	add_note_cell(table, item);
}

static void add_columns(const struct comparison *c, struct table *table)
{
	char interval[32];

	snprintf(interval, sizeof(interval), "%g %% interval", 100 * (1 - c->options.alpha));
	table_add_column(table, "", "metric", 0);
	table_add_column(table, "", "base", COLUMN_RIGHT);
	table_add_column(table, "", "new", COLUMN_RIGHT);
	table_add_column(table, "", "change (+ worse)", COLUMN_RIGHT);
	table_add_column(table, "", interval, COLUMN_RIGHT);
	table_add_column(table, "", "blocks", COLUMN_RIGHT);
	table_add_column(table, "", "verdict", 0);
	table_add_column(table, "", "what would decide, or why", 0);
}

/* One table per target, placement, benchmark and parameters; of items that `wanted` wants. */
static void make_tables(const struct comparison *c, bool (*wanted)(const struct compare_item *item),
	struct sections *out)
{
	const struct compare_item *last = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];
		if (wanted && !wanted(item))
			continue;
		if (!last || !same_group(last, item)) {
			struct text title = {0};
			array_reserve(&out->tables, &out->capacity, out->count + 1);
			out->tables[out->count] = (struct table){0};
			add_group_title(item, &title);
			out->tables[out->count].title = text_take(&title);
			add_columns(c, &out->tables[out->count++]);
		}
		add_row(&out->tables[out->count - 1], item);
		last = item;
	}
}

/* --- what stands over the tables ---------------------------------------------------------------- */

static void add_source(
	const struct store_data *data, const char *label, const char *role, struct text *out)
{
	time_t seconds = (time_t)(data->started_ns / 1000000000);
	char started[64] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(started, sizeof(started), "%Y-%m-%d %H:%M UTC", &tm);
	text_addf(out, "%s ", role);
	words_add_line(out, label);
	text_add(out, ": campaign ");
	words_add_line(out, data->name);
	text_addf(out, " (%s), %s, tare %s, image %.19s\n", data->campaign_id, started,
		data->tare_version, data->image_digest ? data->image_digest : "unknown");
}

static void add_method(const struct comparison *c, struct text *out)
{
	const struct compare_counts *n = &c->counts;
	size_t family = n->regressions + n->improvements + n->equivalents + n->inconclusive +
			n->not_measured + n->failed;

	text_add(out, c->paired ? "Paired by block: both targets were started in every block.\n"
				: "Unpaired: different campaigns, Welch on logarithms of block "
				  "means; blocks are those of base, new.\n");
	text_addf(out, "A change of more than %g %% matters; alpha %g, by Holm over %zu metric%s.",
		100 * c->options.delta, c->options.alpha, family, family == 1 ? "" : "s");
	for (size_t i = 0; i < c->options.margin_count; i++)
		text_addf(out, " Margin of %s: %g.", c->options.margins[i].name,
			c->options.margins[i].value);
	if (c->prior.status == MODERATE_OK)
		text_addf(out, " Variances are moderated: %zu of them share a prior sd of %.3g %%.",
			c->prior.used, 100 * sqrt(c->prior.variance));
	text_add(out, "\n");
	if (n->exploratory)
		text_addf(out,
			"Exploratory: %zu metric%s without a better direction; their p are by "
			"Benjamini-Hochberg, and they decide nothing.\n",
			n->exploratory, n->exploratory == 1 ? "" : "s");
}

static void add_counts(const struct comparison *c, struct text *out)
{
	const struct compare_counts *n = &c->counts;
	const struct {
		size_t count;
		const char *name;
	} rows[] = {
		{n->regressions, "REGRESSION"},
		{n->improvements, "IMPROVEMENT"},
		{n->equivalents, "EQUIVALENT"},
		{n->inconclusive, "INCONCLUSIVE"},
		{n->not_measured, "NOT MEASURED"},
		{n->failed, "FAILED"},
		{n->incomplete, "with failed or missing runs"},
		{n->exploratory, "exploratory"},
		{n->only_new, "new"},
	};
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].count) {
			text_addf(out, "%s%zu %s", separator, rows[i].count, rows[i].name);
			separator = ", ";
		}
	text_add(out, ".\n");
}

static void add_header(const struct comparison *c, struct text *out)
{
	add_source(c->base, c->base_label, "base", out);
	add_source(c->newer, c->new_label, "new ", out);
	add_method(c, out);
	for (size_t i = 0; i < c->note_count; i++) {
		words_add_line(out, c->notes[i]);
		text_add(out, "\n");
	}
}

/* --- text ---------------------------------------------------------------------------------------- */

static const struct cell_text *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

static size_t cell_width(const struct cell_text *cell)
{
	return words_width(cell->text) + (cell->marks[0] ? 1 + strlen(cell->marks) : 0);
}

static void pad(struct text *out, size_t count)
{
	text_addf(out, "%*s", (int)count, "");
}

static void add_text_cell(struct text *out, const char *text, const char *marks, size_t width,
	const struct column *column)
{
	size_t used = words_width(text) + (marks[0] ? 1 + strlen(marks) : 0);

	pad(out, GAP);
	if (column->right)
		pad(out, width - used);
	text_addf(out, "%s%s%s", text, marks[0] ? " " : "", marks);
	if (!column->right)
		pad(out, width - used);
}

static void trim_and_end(struct text *out)
{
	while (out->count && out->bytes[out->count - 1] == ' ')
		out->bytes[--out->count] = '\0';
	text_add(out, "\n");
}

/* Columns stand under each other in all tables. */
static void add_text_tables(const struct sections *sections, struct text *out)
{
	enum { COLUMNS = 8 };
	size_t widths[COLUMNS] = {0};

	for (size_t t = 0; t < sections->count; t++)
		for (size_t c = 0; c < COLUMNS; c++) {
			const struct table *table = &sections->tables[t];
			widths[c] = fmax(
				(double)widths[c], (double)words_width(table->columns[c].heading));
			for (size_t r = 0; r < table_rows(table); r++) {
				size_t width = cell_width(cell_at(table, r, c));
				widths[c] = width > widths[c] ? width : widths[c];
			}
		}
	for (size_t t = 0; t < sections->count; t++) {
		const struct table *table = &sections->tables[t];
		text_addf(out, "\n%s\n", table->title);
		for (size_t c = 0; c < COLUMNS; c++)
			add_text_cell(
				out, table->columns[c].heading, "", widths[c], &table->columns[c]);
		trim_and_end(out);
		for (size_t r = 0; r < table_rows(table); r++) {
			for (size_t c = 0; c < COLUMNS; c++)
				add_text_cell(out, cell_at(table, r, c)->text,
					cell_at(table, r, c)->marks, widths[c], &table->columns[c]);
			trim_and_end(out);
		}
	}
}

void compare_write_text(const struct comparison *comparison, struct text *out)
{
	struct sections sections = {0};

	add_header(comparison, out);
	make_tables(comparison, NULL, &sections);
	add_text_tables(&sections, out);
	sections_free(&sections);
	text_add(out, "\n");
	add_counts(comparison, out);
}

/* --- Markdown ------------------------------------------------------------------------------------ */

static void add_escaped(struct text *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			text_add(out, "&lt;");
		else if (*text == '>')
			text_add(out, "&gt;");
		else if (*text == '&')
			text_add(out, "&amp;");
		else if (*text == '\n' || *text == '\t')
			text_add(out, " ");
		else if (strchr("\\`*_[]|~$#", *text))
			text_addf(out, "\\%c", *text);
		else
			text_add_bytes(out, text, 1);
	}
}

static void add_markdown_table(struct text *out, const struct table *table)
{
	if (!table->column_count)
		return;
	text_add(out, "\n### ");
	add_escaped(out, table->title);
	text_add(out, "\n\n|");
	for (size_t c = 0; c < table->column_count; c++)
		text_addf(out, " %s |", table->columns[c].heading);
	text_add(out, "\n|");
	for (size_t c = 0; c < table->column_count; c++)
		text_add(out, table->columns[c].right ? "---:|" : "---|");
	for (size_t i = 0; i < table->cell_count; i++) {
		const struct cell_text *cell = &table->cells[i];
		const char *strong =
			cell->tone == TONE_WORSE || cell->tone == TONE_WARN ? "**" : "";
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): cells come after columns */
		text_add(out, i % table->column_count ? " " : "\n| ");
		if (cell->text[0]) {
			text_add(out, strong);
			add_escaped(out, cell->text);
			text_add(out, strong);
		}
		if (cell->marks[0])
			text_addf(out, " *%s*", cell->marks);
		text_add(out, " |");
	}
	text_add(out, "\n");
}

/* Lines as a list, so that they stay lines. */
static void add_list(struct text *out, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char line[1024];
		snprintf(line, sizeof(line), "%.*s", (int)length, lines);
		text_one_line(line);
		text_add(out, "- ");
		add_escaped(out, line);
		text_add(out, "\n");
		lines += length + (lines[length] == '\n');
	}
}

static void write_markdown(const struct comparison *c, const char *title,
	bool (*wanted)(const struct compare_item *item), struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0}, counts = {0};

	add_header(c, &header);
	add_counts(c, &counts);
	text_addf(out, "## %s\n\n", title);
	text_add(out, "**");
	counts.bytes[counts.count - 1] = '\0';
	text_add(out, counts.bytes);
	text_add(out, "**\n\n");
	add_list(out, header.bytes);
	make_tables(c, wanted, &sections);
	for (size_t t = 0; t < sections.count; t++)
		add_markdown_table(out, &sections.tables[t]);
	sections_free(&sections);
}

void compare_write_markdown(const struct comparison *comparison, struct text *out)
{
	write_markdown(comparison, "tare compare", NULL, out);
}

static bool not_green(const struct compare_item *item)
{
	return item->gate != GATE_PASS && item->gate != GATE_NONE;
}

void compare_write_summary(const struct comparison *comparison, struct text *out)
{
	static const char *const titles[] = {[0] = "tare gate: passed",
		[1] = "tare gate: REGRESSION",
		[4] = "tare gate: inconclusive"};

	write_markdown(comparison, titles[compare_gate_status(comparison)], not_green, out);
}
