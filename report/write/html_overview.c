/* The first screen of the page: the answer, and the overview with its colours. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/html.h"
#include "report/write/words.h"

bool html_is_answer(const struct table *table)
{
	return table->kind == TABLE_ANSWER;
}

bool html_is_overview(const struct table *table)
{
	return table->kind == TABLE_OVERVIEW || table->kind == TABLE_VARIATION;
}

/* Sentences, in which numbers stay with their units. */
static void add_sentences(struct text *out, const char *sentences)
{
	const char *at = sentences, *blank = sentences;

	while ((blank = strchr(blank, ' '))) {
		if (words_before_unit(sentences, blank)) {
			cleanup_free char *before = str_printf("%.*s", (int)(blank - at), at);
			text_add_xml(out, before);
			text_add(out, "&nbsp;");
			at = blank + 1;
		}
		blank++;
	}
	text_add_xml(out, at);
}

/* A term and its description per line: sentences do not belong into a grid. */
void html_add_answer(struct text *out, const struct table *table, size_t number)
{
	html_begin_section(out, table, number, false);
	text_add(out, "<dl class=\"answer\">\n");
	for (size_t i = 0; i < table->cell_count; i++) {
		bool term = i % table->column_count == 0;
		text_add(out, term ? "<div><dt>" : "<dd>");
		add_sentences(out, table->cells[i].text);
		text_add(out, term ? "</dt>" : "</dd>");
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</div>\n");
	}
	text_add(out, "</dl>");
	if (table->note) {
		text_add(out, "<p class=\"sub\">");
		text_add_xml(out, table->note);
		text_add(out, "</p>");
	}
	text_add(out, "</section>\n");
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

static void add_heat_cell(struct text *out, const struct cell_text *cell)
{
	static const char *const verdicts[] = {"better", "undecided", "worse"};
	static const char *const classes[] = {"cool", "grey", "hot"};
	const struct report_metric *metric = cell->metric;
	int sign = cell->value->decided;
	const char *verdict = cell->value->settled ? "no change that matters" : verdicts[sign + 1];
	char number[WORDS_BYTES];

	words_interval(cell->value, metric, number);
	text_addf(out, " class=\"r heat %s\" style=\"--h:%.0f%%\" title=\"%s; interval ",
		classes[sign + 1], heat_of(cell->value, metric), verdict);
	text_add_xml(out, number);
	text_add(out, "\"");
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, "><span>");
	text_add_xml(out, cell->text);
	html_add_marks(out, cell->marks);
	text_addf(out, "<span class=\"sr\"> (%s; interval ", verdict);
	text_add_xml(out, number);
	text_add(out, ")</span></span></td>");
}

/* data-l: the column's heading, for narrow screens, where a line is a card. */
static void add_overview_cell(struct text *out, const struct table *table, size_t index)
{
	size_t column = index % table->column_count;
	const struct cell_text *cell = &table->cells[index];

	if (!column) {
		html_add_cell(out, table, index);
		return;
	}
	text_add(out, "<td data-l=\"");
	text_add_xml(out, table->columns[column].heading);
	text_add(out, "\"");
	if (cell->value) {
		add_heat_cell(out, cell);
		return;
	}
	text_addf(out, " class=\"%s%s\"", table->columns[column].right ? "r " : "",
		html_tone_class(cell->tone));
	if (isfinite(cell->order))
		text_addf(out, " data-o=\"%.6g\"", cell->order);
	text_add(out, "><span>");
	html_add_cell_text(out, cell);
	text_add(out, "</span></td>");
}

void html_add_overview(struct text *out, const struct table *table, size_t number)
{
	html_begin_section(out, table, number, false);
	html_begin_table(out, table, number, " class=\"overview\"");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			text_add(out, table->cells[i].full ? "<tr class=\"more\">" : "<tr>");
		add_overview_cell(out, table, i);
		if (i % table->column_count + 1 == table->column_count)
			text_add(out, "</tr>\n");
	}
	text_add(out, "</tbody></table></div></section>\n");
}
