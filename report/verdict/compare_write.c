/* A comparison for people: as text for a terminal, as Markdown, as a short summary for a merge
 * request, as LaTeX and as a page. What stands in the tables is compare_tables.c's. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_tables.h"
#include "report/write/html.h"
#include "report/write/latex.h"
#include "report/write/markdown.h"
#include "report/write/text_table.h"
#include "report/write/words.h"

/* --- text ----------------------------------------------------------------------------------------
 */

/* Lines, each wrapped. */
static void add_lines(struct text *out, const char *lines, size_t width)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		cleanup_free char *line = str_printf("%.*s", (int)length, lines);
		text_table_add_lines(out, line, width);
		lines += length + (lines[length] == '\n');
	}
}

void compare_write_text(const struct comparison *comparison, struct text *out)
{
	enum { USUAL_WIDTH = 100 };
	size_t width = comparison->options.width ? comparison->options.width : USUAL_WIDTH;
	struct sections sections = {0};
	cleanup_text struct text header = {0}, counts = {0};

	compare_add_header(comparison, &header);
	compare_add_counts(comparison, &counts);
	add_lines(out, header.bytes, width);
	text_add(out, "\n");
	compare_tables(comparison, width, &sections);
	for (size_t t = 0; t < sections.count; t++)
		text_table_add(&sections.tables[t], width, comparison->options.colour, out);
	sections_free(&sections);
	add_lines(out, counts.bytes, width);
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

static void begin_markdown(const struct comparison *c, const char *title, struct text *out)
{
	cleanup_text struct text counts = {0};

	compare_add_counts(c, &counts);
	counts.bytes[counts.count - 1] = '\0';
	text_addf(out, "## %s\n\n**%s**\n\n", title, counts.bytes);
}

void compare_write_markdown(const struct comparison *comparison, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0};

	compare_add_header(comparison, &header);
	begin_markdown(comparison, "tare compare", out);
	add_list(out, header.bytes);
	compare_tables(comparison, COMPARE_ANY_WIDTH, &sections);
	for (size_t t = 0; t < sections.count; t++)
		markdown_add_table(out, &sections.tables[t], 3);
	sections_free(&sections);
}

/* --- summary -------------------------------------------------------------------------------------
 */

/* As on the command line; target NULL: all. */
static void add_side(struct text *out, const char *label, const char *target)
{
	markdown_add(out, label);
	if (target) {
		text_add(out, ":");
		markdown_add(out, target);
	}
}

/* The first count of the items in a table, and how many more there are. */
static void add_worst(const struct comparison *c, const struct compare_item *const *items,
	size_t count, size_t all, struct text *out)
{
	struct sections sections = {0};

	if (count) {
		compare_table_of_items(c, items, count, &sections);
		markdown_add_table(out, &sections.tables[0], 3);
	}
	if (count < all) {
		text_addf(out, "\n… and %zu more that %s not green: tare compare ", all - count,
			all - count == 1 ? "is" : "are");
		add_side(out, c->base_label, c->paired ? items[0]->base_target : NULL);
		text_add(out, " ");
		add_side(out, c->new_label, c->paired ? items[0]->new_target : NULL);
		text_add(out, "\n");
	}
	sections_free(&sections);
}

/* So many lines of the text, and how many more there are. */
static void keep_lines(struct text *lines, size_t most)
{
	size_t more = 0;
	char *end = lines->bytes;

	for (size_t i = 0; *end && i < most; i++)
		end += strcspn(end, "\n") + 1;
	for (const char *at = end; *at; at++)
		more += *at == '\n';
	lines->count = (size_t)(end - lines->bytes);
	*end = '\0';
	if (more)
		text_addf(lines, "… and %zu more notes\n", more);
}

void compare_write_summary(const struct comparison *comparison, struct text *out)
{
	enum { MOST_ROWS = 50, MOST_NOTES = 12 };
	static const char *const titles[] = {[0] = "tare gate: passed",
		[1] = "tare gate: REGRESSION",
		[4] = "tare gate: inconclusive"};
	size_t all, count;
	cleanup_free const struct compare_item **items = compare_worst(comparison, &all);
	cleanup_text struct text header = {0}, table = {0};

	compare_add_header(comparison, &header);
	keep_lines(&header, MOST_NOTES);
	begin_markdown(comparison, titles[compare_gate_status(comparison)], out);
	add_list(out, header.bytes);
	size_t room = out->count < COMPARE_SUMMARY_BYTES ? COMPARE_SUMMARY_BYTES - out->count : 0;
	count = all < MOST_ROWS ? all : MOST_ROWS;
	add_worst(comparison, items, count, all, &table);
	/* Names may be long. */
	while (table.count > room && count) {
		text_free(&table);
		add_worst(comparison, items, --count, all, &table);
	}
	text_add(out, table.count ? table.bytes : "");
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
	compare_tables(comparison, COMPARE_ANY_WIDTH, &sections);
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
	compare_tables(comparison, COMPARE_ANY_WIDTH, &sections);
	html_begin(out, title);
	add_paragraphs(out, counts.bytes, "<p><strong>", "</strong></p>\n", text_add_xml);
	add_paragraphs(out, header.bytes, "<p class=\"sub\">", "</p>\n", text_add_xml);
	html_add_tools(out);
	for (size_t i = 0; i < sections.count; i++)
		html_add_table(out, NULL, &sections.tables[i], i, NULL);
	html_end(out, "from the campaigns' stores");
	sections_free(&sections);
}
