/* The report as one self-contained page: no network, no scripts needed, light and dark, printable.
 * First the answer and the overview, then the figures, then the groups, folded. Beside each cost
 * of a group stands a small picture of its interval, behind each metric its samples. */
#include "report/write/formats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/write/html.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* What does not fit into a page that can be mailed is left out of it, and said. */
enum { FIGURES_LIMIT_BYTES = 5 << 17, DOTS_MAX = 30000 };

static const char *const tone_classes[] = {
	[TONE_PLAIN] = "",
	[TONE_WORSE] = "worse",
	[TONE_BETTER] = "better",
	[TONE_DIM] = "dim",
	[TONE_WARN] = "warn",
};

/* The place of a ratio on the small axis, -1 (better) … 1 (worse): linear within 1 %, logarithmic
 * beyond, so that 0.3 % and a factor of 20 are both seen. cost gives the direction. */
static double on_axis(double cost, double ratio)
{
	static const double linear = 0.01, most = 100;
	double size = fmax(ratio, 1 / ratio) - 1, place;

	if (size <= linear)
		place = 0.25 * size / linear;
	else
		place = 0.25 + 0.75 * log(size / linear) / log(most / linear);
	return copysign(fmin(place, 1), cost);
}

/* A dot for the cost and a line for its interval; the middle is "as the baseline". */
static void add_interval_picture(struct text *out, const struct report_value *value)
{
	static const double middle = 42, reach = 38;
	const struct interval *change = &value->change;
	bool rate = (value->cost > 0) == (change->estimate < 1);
	double low = rate ? change->high : change->low, high = rate ? change->low : change->high;

	text_addf(out, "<svg class=\"ci\" viewBox=\"0 0 84 12\" aria-hidden=\"true\">"
		       "<path d=\"M4 6H80M42 0V12\"/>");
	if (change->status == INTERVAL_OK)
		text_addf(out, "<path class=\"w\" d=\"M%.1f 6H%.1f\"/>",
			middle + reach * on_axis(value->cost_low, low),
			middle + reach * on_axis(value->cost_high, high));
	text_addf(out, "<circle cx=\"%.1f\" cy=\"6\" r=\"2.6\"/></svg>",
		middle + reach * on_axis(value->cost, change->estimate));
}

static void add_marks(struct text *out, const char *marks)
{
	if (strstr(marks, "emu"))
		text_add(out, "<abbr class=\"mark\" title=\"emulated CPU: says nothing about "
			      "hardware virtualization\">emu</abbr>");
	if (strstr(marks, "ker"))
		text_add(out, "<abbr class=\"mark\" title=\"the kernel differs from the "
			      "baseline's\">ker</abbr>");
	if (strstr(marks, "clk"))
		text_add(out, "<abbr class=\"mark\" title=\"in runs behind it the machine's clock "
			      "went wrong\">clk</abbr>");
}

/* Where a new group of columns begins, for the line between them. */
static bool starts_group(const struct table *table, size_t column)
{
	return column && table->columns[column].group[0] &&
	       strcmp(table->columns[column].group, table->columns[column - 1].group) != 0;
}

/* Whether its lines are rows of the model, so that their samples can be shown. */
static bool has_rows(const struct table *table)
{
	return table->cell_count && table->cells[0].row;
}

static void add_head(struct text *out, const struct table *table)
{
	bool grouped = false;

	for (size_t c = 0; c < table->column_count; c++)
		grouped = grouped || table->columns[c].group[0];
	text_add(out, "<thead>");
	if (grouped)
		text_add(out, "<tr>");
	for (size_t c = 0; grouped && c < table->column_count;) {
		size_t end = c + 1;
		const char *group = table->columns[c].group;
		while (end < table->column_count && strcmp(table->columns[end].group, group) == 0)
			end++;
		if (group[0]) {
			text_addf(out, "<th class=\"group\" scope=\"colgroup\" colspan=\"%zu\">",
				end - c);
			text_add_xml(out, group);
			text_add(out, "</th>");
		} else {
			text_addf(out, "<td colspan=\"%zu\"></td>",
				end - c + (c == 0 && has_rows(table)));
		}
		c = end;
	}
	text_add(out, grouped ? "</tr><tr>" : "<tr>");
	for (size_t c = 0; c < table->column_count; c++) {
		text_addf(out, "<th scope=\"col\" class=\"%s%s\">",
			table->columns[c].right ? "r" : "", starts_group(table, c) ? " edge" : "");
		text_add_xml(out, table->columns[c].heading);
		text_add(out, "</th>");
		if (c == 0 && has_rows(table))
			text_add(out, "<th scope=\"col\">samples</th>");
	}
	text_add(out, "</tr></thead>");
}

/* From this many characters on a cell may be broken into lines. */
enum { LONG_CELL = 30 };

/* A word that says what the colour says. */
static const char *badge_title(enum tone tone)
{
	static const char *const titles[] = {
		[TONE_PLAIN] = NULL,
		[TONE_WORSE] = "worse: the interval excludes no change",
		[TONE_BETTER] = "better: the interval excludes no change",
		[TONE_DIM] = NULL,
		[TONE_WARN] = NULL,
	};

	return titles[tone];
}

static void add_cell_text(struct text *out, const struct cell_text *cell)
{
	const char *title = cell->verdict ? NULL : badge_title(cell->tone);
	bool badge = cell->text[0] && (title || cell->verdict || cell->tone == TONE_WARN);

	if (cell->full) {
		text_add(out, "<span class=\"again\">");
		text_add_xml(out, cell->full);
		text_add(out, "</span>");
		return;
	}
	if (badge)
		text_addf(out, "<span class=\"badge\"%s%s%s>", title ? " title=\"" : "",
			title ? title : "", title ? "\"" : "");
	text_add_xml(out, cell->text);
	if (badge && title)
		text_addf(out, "<span class=\"sr\"> (%s)</span>",
			cell->tone == TONE_WORSE ? "worse" : "better");
	text_add(out, badge ? "</span>" : "");
}

static void add_cell(struct text *out, const struct table *table, size_t index)
{
	const struct cell_text *cell = &table->cells[index];
	size_t column = index % table->column_count;
	bool is_long = strlen(cell->full ? cell->full : cell->text) >= LONG_CELL;
	/* The first cell names its line. */
	const char *element = column ? "td" : "th scope=\"row\"";

	text_addf(out, "<%s class=\"%s%s%s %s\"", element, table->columns[column].right ? "r" : "",
		starts_group(table, column) ? " edge" : "", is_long ? " long" : "",
		tone_classes[cell->tone]);
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, ">");
	add_cell_text(out, cell);
	add_marks(out, cell->marks);
	if (cell->value)
		add_interval_picture(out, cell->value);
	text_add(out, column ? "</td>" : "</th>");
}

static void add_samples_cell(struct text *out, const struct report_model *model,
	const struct report_row *row, size_t *budget)
{
	size_t samples = 0;

	for (size_t t = 0; t < model->target_count; t++)
		samples += row->values[t].samples;
	if (!html_has_samples(model, row)) {
		text_addf(out, "<td class=\"dim\">%zu</td>", samples);
		return;
	}
	text_addf(out, "<td data-o=\"%zu\"><details><summary>%zu</summary>", samples, samples);
	html_add_samples(out, model, row, budget);
	text_add(out, "</details></td>");
}

static void begin_section(struct text *out, const struct table *table, size_t number, bool folded)
{
	text_addf(out, "<section aria-labelledby=\"t%zu\">%s<h2 id=\"t%zu\">", number,
		folded ? "<details class=\"fold\"><summary>" : "", number);
	text_add_xml(out, table->title);
	text_add(out, folded ? "</h2></summary>" : "</h2>");
}

static void begin_table(
	struct text *out, const struct table *table, size_t number, const char *class_name)
{
	text_addf(out,
		"<div class=\"wrap\" tabindex=\"0\" role=\"region\" aria-labelledby=\"t%zu\">"
		"<table%s>",
		number, class_name);
	text_add(out, "<caption>");
	if (!table->note)
		text_add(out, "<span class=\"sr\">");
	text_add_xml(out, table->note ? table->note : table->title);
	text_add(out, table->note ? "</caption>" : "</span></caption>");
	add_head(out, table);
	text_add(out, "<tbody>");
}

void html_add_table(struct text *out, const struct report_model *model, const struct table *table,
	size_t number, size_t *budget)
{
	bool folded = has_rows(table);

	begin_section(out, table, number, folded);
	begin_table(out, table, number, "");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			text_add(out, "<tr>");
		add_cell(out, table, i);
		if (i % table->column_count == 0 && has_rows(table))
			add_samples_cell(out, model, table->cells[i].row, budget);
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</tr>\n");
	}
	text_addf(out, "</tbody></table></div>%s</section>\n", folded ? "</details>" : "");
}

/* --- the first screen ------------------------------------------------------------------------ */

static bool is_answer(const struct table *table)
{
	return table->kind == TABLE_ANSWER;
}

static bool is_overview(const struct table *table)
{
	return table->kind == TABLE_OVERVIEW;
}

/* A term and its description per line: sentences do not belong into a grid. */
static void add_answer(struct text *out, const struct table *table, size_t number)
{
	begin_section(out, table, number, false);
	text_add(out, "<dl class=\"answer\">\n");
	for (size_t i = 0; i < table->cell_count; i++) {
		bool term = i % table->column_count == 0;
		text_add(out, term ? "<div><dt>" : "<dd>");
		text_add_xml(out, table->cells[i].text);
		text_add(out, term ? "</dt>" : "</dd>");
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</div>\n");
	}
	text_add(out, "</dl></section>\n");
}

static const struct report_metric *metric_of(
	const struct report_model *model, const struct report_value *value)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_row *row = &model->groups[g].rows[i];
			for (size_t t = 0; t < model->target_count; t++)
				if (&row->values[t] == value)
					return row->metric;
		}
	return NULL;
}

/* How much of the colour a slowdown gets, in per cent: logarithmic, centred on ×1, full from ×16
 * on. A difference in a unit has no such scale: half. */
static double heat_of(const struct report_value *value, const struct report_metric *metric)
{
	static const double least = 8, most = 55, full_log2 = 4;

	if (metric->additive || !isfinite(value->cost) || value->cost <= -1)
		return most / 2;
	return least + (most - least) * fmin(fabs(log2(1 + value->cost)) / full_log2, 1);
}

static void add_heat_cell(
	struct text *out, const struct report_model *model, const struct cell_text *cell)
{
	static const char *const verdicts[] = {"better", "undecided", "worse"};
	static const char *const classes[] = {"cool", "grey", "hot"};
	const struct report_metric *metric = metric_of(model, cell->value);
	int sign = cell->value->decided;
	char number[WORDS_BYTES];

	words_interval(cell->value, metric, number);
	text_addf(out, " class=\"r heat %s\" style=\"--h:%.0f%%\" title=\"%s; interval ",
		classes[sign + 1], heat_of(cell->value, metric), verdicts[sign + 1]);
	text_add_xml(out, number);
	text_add(out, "\"");
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, "><span>");
	text_add_xml(out, cell->text);
	add_marks(out, cell->marks);
	text_addf(out, "<span class=\"sr\"> (%s; interval ", verdicts[sign + 1]);
	text_add_xml(out, number);
	text_add(out, ")</span></span></td>");
}

/* data-l: the column's heading, for narrow screens, where a line is a card. */
static void add_overview_cell(
	struct text *out, const struct report_model *model, const struct table *table, size_t index)
{
	size_t column = index % table->column_count;
	const struct cell_text *cell = &table->cells[index];

	if (!column) {
		add_cell(out, table, index);
		return;
	}
	text_add(out, "<td data-l=\"");
	text_add_xml(out, table->columns[column].heading);
	text_add(out, "\"");
	if (cell->value) {
		add_heat_cell(out, model, cell);
		return;
	}
	text_addf(out, " class=\"%s%s\"", table->columns[column].right ? "r " : "",
		tone_classes[cell->tone]);
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, "><span>");
	add_cell_text(out, cell);
	text_add(out, "</span></td>");
}

static void add_overview(struct text *out, const struct report_model *model,
	const struct table *table, size_t number)
{
	begin_section(out, table, number, false);
	begin_table(out, table, number, " class=\"overview\"");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			text_add(out, table->cells[i].full ? "<tr class=\"more\">" : "<tr>");
		add_overview_cell(out, model, table, i);
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</tr>\n");
	}
	text_add(out, "</tbody></table></div></section>\n");
}

/* RFC 4648, for data: URIs. */
static void add_base64(struct text *out, const unsigned char *bytes, size_t count)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < count; i += 3) {
		size_t have = count - i < 3 ? count - i : 3;
		uint32_t word = (uint32_t)bytes[i] << 16;
		char four[4];
		word |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		word |= have > 2 ? (uint32_t)bytes[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= have ? alphabet[word >> (18 - 6 * k) & 63] : '=';
		text_add_bytes(out, four, sizeof(four));
	}
}

/* As images, not as elements: gnuplot's SVGs share their ids with each other. A figure that has
 * gone since it was drawn, or is too much for one page, is named only. */
static void add_figures(struct text *out, const struct report_model *model)
{
	size_t room = FIGURES_LIMIT_BYTES;

	if (!model->figure_count)
		return;
	text_add(out, "<section aria-labelledby=\"figures\"><h2 id=\"figures\">Figures</h2>"
		      "<div class=\"figures\">\n");
	for (size_t i = 0; i < model->figure_count; i++) {
		const struct report_figure *figure = &model->figures[i];
		cleanup_free char *bytes = NULL;
		size_t count;
		text_add(out, "<figure>");
		if (file_read(figure->svg_path, room, &bytes, &count, NULL) == 0) {
			room -= count;
			text_add(out, "<img loading=\"lazy\" alt=\"");
			text_add_xml(out, figure->title);
			text_add(out, "\" src=\"data:image/svg+xml;base64,");
			add_base64(out, (const unsigned char *)bytes, count);
			text_add(out, "\">");
		} else {
			text_add(out, "<p>Too much for this page: ");
			text_add_xml(out, figure->svg_path);
			text_add(out, "</p>");
		}
		text_add(out, "<figcaption><span class=\"sr\">");
		text_add_xml(out, figure->title);
		text_add(out, "</span>");
		text_add_xml(out, figure->note);
		text_add(out, "</figcaption></figure>\n");
	}
	text_add(out, "</div></section>\n");
}

static const struct report_group *group_of(
	const struct report_model *model, const struct report_row *row)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++)
			if (&group->rows[i] == row)
				return group;
	}
	return NULL;
}

/* A short name for the navigation: the benchmark's, or the title up to its colon; for the caller
 * to free. */
static char *short_name(const struct report_model *model, const struct table *table)
{
	const struct report_group *group =
		has_rows(table) ? group_of(model, table->cells[0].row) : NULL;

	if (group)
		return str_dup(group->benchmark);
	return str_printf("%.*s", (int)strcspn(table->title, ":"), table->title);
}

/* One line: what has the same name as its neighbour has one link. */
static void add_navigation(
	struct text *out, const struct report_model *model, const struct sections *sections)
{
	cleanup_free char *previous = str_dup("");

	text_add(out, "<nav aria-label=\"Sections\">");
	if (model->figure_count)
		text_add(out, "<a href=\"#figures\">Figures</a>");
	for (size_t i = 0; i < sections->count; i++) {
		const struct table *table = &sections->tables[i];
		char *name = short_name(model, table);
		if (!is_answer(table) && strcmp(name, previous) != 0) {
			text_addf(out, "<a href=\"#t%zu\">", i);
			text_add_xml(out, is_overview(table) ? "Overview" : name);
			text_add(out, "</a>");
		}
		free(previous);
		previous = name;
	}
	text_add(out, "</nav>\n");
}

void html_begin(struct text *out, const char *title)
{
	text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>tare: ");
	text_add_xml(out, title);
	text_addf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", html_style);
	text_add_xml(out, title);
	text_add(out, "</h1>\n");
}

void html_add_tools(struct text *out)
{
	text_add(out, "<div class=\"tools\" role=\"search\" hidden><input type=\"search\" "
		      "aria-label=\"Filter all tables\" placeholder=\"Filter: kvm disk 64 "
		      "KiB\"><output aria-live=\"polite\"></output></div>\n");
}

void html_end(struct text *out, const char *source)
{
	text_add(out, "<footer>Made by tare ");
	text_add_xml(out, TARE_VERSION);
	text_addf(out, " %s.</footer>\n</main><script>\n%s</script></body></html>\n", source,
		html_script);
}

/* The overview, what its words and colours mean, the figures, and the field that filters. */
static void add_first_look(struct text *out, const struct report_model *model,
	const struct table *table, size_t number, const char *legend)
{
	add_overview(out, model, table, number);
	text_add(out, "<p class=\"legend\">");
	text_add_xml(out, legend);
	text_add(out, " Background: the slowdown on a logarithmic scale, full from ×16 on; grey: "
		      "undecided.</p>\n");
	add_figures(out, model);
	html_add_tools(out);
}

void report_write_html(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	size_t budget = DOTS_MAX;
	cleanup_text struct text header = {0}, legend = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	sections_legend(model, &legend);
	html_begin(out, model->name);
	text_add(out, "<p class=\"sub\">");
	text_add_xml(out, header.bytes);
	text_add(out, "</p>\n");
	add_navigation(out, model, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		if (is_answer(table))
			add_answer(out, table, i);
		else if (is_overview(table))
			add_first_look(out, model, table, i, legend.bytes);
		else
			html_add_table(out, model, table, i, &budget);
	}
	html_end(out, "from the campaign's store");
	sections_free(&sections);
}
