/* A comparison for people: as text for a terminal, as Markdown, as a short summary for a merge
 * request, as LaTeX and as a page. What stands in the tables is compare_tables.c's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/verdict/compare_tables.h"
#include "report/write/html.h"
#include "report/write/latex.h"
#include "report/write/markdown.h"
#include "report/write/words.h"

enum { GAP = 2 };

/* --- text ----------------------------------------------------------------------------------------
 */

static const struct cell_text *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

static size_t cell_width(const struct cell_text *cell)
{
	return utf8_width(cell->text) + (cell->marks[0] ? 1 + strlen(cell->marks) : 0);
}

static void pad(struct text *out, size_t count)
{
	text_addf(out, "%*s", (int)count, "");
}

static void add_text_cell(struct text *out, const char *text, const char *marks, size_t width,
	const struct column *column)
{
	size_t used = utf8_width(text) + (marks[0] ? 1 + strlen(marks) : 0);

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
				(double)widths[c], (double)utf8_width(table->columns[c].heading));
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

	compare_add_header(comparison, out);
	compare_tables(comparison, NULL, &sections);
	add_text_tables(&sections, out);
	sections_free(&sections);
	text_add(out, "\n");
	compare_add_counts(comparison, out);
}

/* --- Markdown ------------------------------------------------------------------------------------
 */

/* Lines as a list, so that they stay lines. */
static void add_list(struct text *out, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char line[1024];
		snprintf(line, sizeof(line), "%.*s", (int)length, lines);
		text_one_line(line);
		text_add(out, "- ");
		markdown_add(out, line);
		text_add(out, "\n");
		lines += length + (lines[length] == '\n');
	}
}

static void write_markdown(const struct comparison *c, const char *title,
	bool (*wanted)(const struct compare_item *item), struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0}, counts = {0};

	compare_add_header(c, &header);
	compare_add_counts(c, &counts);
	text_addf(out, "## %s\n\n", title);
	text_add(out, "**");
	counts.bytes[counts.count - 1] = '\0';
	text_add(out, counts.bytes);
	text_add(out, "**\n\n");
	add_list(out, header.bytes);
	compare_tables(c, wanted, &sections);
	for (size_t t = 0; t < sections.count; t++)
		markdown_add_table(out, &sections.tables[t], 3);
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

/* --- LaTeX and HTML ------------------------------------------------------------------------------
 */

/* Lines as paragraphs, escaped by add. */
static void add_paragraphs(struct text *out, const char *lines, const char *before,
	const char *after, void (*add)(struct text *out, const char *text))
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		cleanup_free char *line = str_printf("%.*s", (int)length, lines);
		text_add(out, before);
		add(out, line);
		text_add(out, after);
		lines += length + (lines[length] == '\n');
	}
}

static char *title_of(const struct comparison *c)
{
	struct text title = {0};

	words_add_line(&title, c->base_label);
	text_add(&title, " → ");
	words_add_line(&title, c->new_label);
	return text_take(&title);
}

void compare_write_latex(const struct comparison *comparison, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0};
	cleanup_free char *title = title_of(comparison);

	compare_add_header(comparison, &header);
	compare_add_counts(comparison, &header);
	compare_tables(comparison, NULL, &sections);
	latex_begin(out, title);
	add_paragraphs(out, header.bytes, "\\noindent ", "\n\n", latex_add_breakable);
	for (size_t i = 0; i < sections.count; i++)
		latex_add_table(out, &sections.tables[i], i + 1);
	text_add(out, "\\end{document}\n");
	sections_free(&sections);
}

void compare_write_html(const struct comparison *comparison, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0}, counts = {0};
	cleanup_free char *title = title_of(comparison);

	compare_add_header(comparison, &header);
	compare_add_counts(comparison, &counts);
	compare_tables(comparison, NULL, &sections);
	html_begin(out, title);
	add_paragraphs(out, counts.bytes, "<p><strong>", "</strong></p>\n", text_add_xml);
	add_paragraphs(out, header.bytes, "<p class=\"sub\">", "</p>\n", text_add_xml);
	html_add_tools(out);
	for (size_t i = 0; i < sections.count; i++)
		html_add_table(out, NULL, &sections.tables[i], i, NULL);
	html_end(out, "from the campaigns' stores");
	sections_free(&sections);
}
