/* Tables of the page: next to each cost stands a small picture of its interval, behind each metric
 * its samples. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "report/write/html.h"

const char *html_tone_class(enum tone tone)
{
	static const char *const classes[] = {
		[TONE_PLAIN] = "",
		[TONE_WORSE] = "worse",
		[TONE_BETTER] = "better",
		[TONE_DIM] = "dim",
		[TONE_WARN] = "warn",
	};

	return classes[tone];
}

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

void html_add_marks(struct text *out, const char *marks)
{
	static const struct {
		const char *mark, *title;
	} rows[] = {
		{"emu", "emulated CPU: says nothing about hardware virtualization"},
		{"ker", "the kernel differs from the baseline's"},
		{"net", "over a network; the baseline is one machine (shared memory)"},
		{"clk", "in some of its runs the machine's clock went wrong"},
		{"bsy", "in some of its runs others used the CPUs as well"},
		{"thr", "in some of its runs the CPUs were slowed down"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strstr(marks, rows[i].mark))
			text_addf(out, "<abbr class=\"mark\" title=\"%s\">%s</abbr>", rows[i].title,
				rows[i].mark);
}

/* Where a new group of columns begins, for the line between them. */
static bool starts_group(const struct table *table, size_t column)
{
	return column && table->columns[column].group[0] &&
	       strcmp(table->columns[column].group, table->columns[column - 1].group) != 0;
}

bool html_has_rows(const struct table *table)
{
	return table->cell_count && table->cells[0].row;
}

static void add_head(struct text *out, const struct table *table)
{
	bool grouped = false, named = false;

	for (size_t c = 0; c < table->column_count; c++) {
		grouped = grouped || table->columns[c].group[0];
		named = named || table->columns[c].heading[0];
	}
	text_add(out, named ? "<thead>" : "<thead hidden>");
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
				end - c + (c == 0 && html_has_rows(table)));
		}
		c = end;
	}
	text_add(out, grouped ? "</tr><tr>" : "<tr>");
	for (size_t c = 0; c < table->column_count; c++) {
		text_addf(out, "<th scope=\"col\" class=\"%s%s\">",
			table->columns[c].right ? "r" : "", starts_group(table, c) ? " edge" : "");
		text_add_xml(out, table->columns[c].heading);
		text_add(out, "</th>");
		if (c == 0 && html_has_rows(table))
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

void html_add_cell_text(struct text *out, const struct cell_text *cell)
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

void html_add_cell(struct text *out, const struct table *table, size_t index)
{
	const struct cell_text *cell = &table->cells[index];
	size_t column = index % table->column_count;
	bool is_long = strlen(cell->full ? cell->full : cell->text) >= LONG_CELL;
	/* The first cell names its line. */
	const char *element = column ? "td" : "th scope=\"row\"";

	text_addf(out, "<%s class=\"%s%s%s %s\"", element, table->columns[column].right ? "r" : "",
		starts_group(table, column) ? " edge" : "", is_long ? " long" : "",
		html_tone_class(cell->tone));
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, ">");
	html_add_cell_text(out, cell);
	html_add_marks(out, cell->marks);
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

void html_begin_section(struct text *out, const struct table *table, size_t number, bool folded)
{
	text_addf(out, "<section aria-labelledby=\"t%zu\">%s<h2 id=\"t%zu\">", number,
		folded ? "<details class=\"fold\"><summary>" : "", number);
	text_add_xml(out, table->title);
	text_add(out, folded ? "</h2></summary>" : "</h2>");
}

/* The footnotes, then what the numbers rest on; at least a title for screen readers. */
static void add_caption(struct text *out, const struct table *table)
{
	cleanup_text struct text footnotes = {0};

	table_add_footnotes(table, &footnotes);
	text_add(out, "<caption>");
	if (footnotes.count) {
		text_add(out, "<span class=\"notes\">");
		text_add_xml(out, footnotes.bytes);
		text_add(out, "</span> ");
	}
	if (!table->note && !footnotes.count)
		text_add(out, "<span class=\"sr\">");
	text_add_xml(out, table->note ? table->note : footnotes.count ? "" : table->title);
	text_add(out, !table->note && !footnotes.count ? "</span></caption>" : "</caption>");
}

void html_begin_table(
	struct text *out, const struct table *table, size_t number, const char *attributes)
{
	text_addf(out,
		"<div class=\"wrap\" tabindex=\"0\" role=\"region\" aria-labelledby=\"t%zu\">"
		"<table%s>",
		number, attributes);
	add_caption(out, table);
	add_head(out, table);
	text_add(out, "<tbody>");
}

void html_add_table(struct text *out, const struct report_model *model, const struct table *table,
	size_t number, size_t *budget)
{
	bool folded = html_has_rows(table);

	html_begin_section(out, table, number, folded);
	html_begin_table(out, table, number, "");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			text_add(out, "<tr>");
		html_add_cell(out, table, i);
		if (i % table->column_count == 0 && html_has_rows(table))
			add_samples_cell(out, model, table->cells[i].row, budget);
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</tr>\n");
	}
	text_addf(out, "</tbody></table></div>%s</section>\n", folded ? "</details>" : "");
}
