/* The report as Markdown (GitHub's and GitLab's tables). */
#include "report/write/markdown.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/write/formats.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Between a sign and a name, so that no server makes a mention or a reference of them: after all
 * escapes are undone GitHub and GitLab look for @name, #123, !12, ~label, %2, &3, $4 and GH-5 in
 * what is left. It has no width and breaks no line. */
static const char word_joiner[] = "&#8288;";

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '"' || (c & 0x80);
}

/* Whether a reference would begin with the character that text starts with. */
static bool starts_reference(const char *text)
{
	static const char signs[] = "@#!~%&$", link[] = "://";

	return (strchr(signs, *text) && is_name(text[1])) || strncmp(text, link, strlen(link)) == 0;
}

/* GH-123 and www.example.org. */
static bool ends_reference(const char *start, const char *text)
{
	size_t before = (size_t)(text - start);

	return (*text == '-' && before >= 2 && strncasecmp(text - 2, "GH", 2) == 0 &&
		       isdigit((unsigned char)text[1])) ||
	       (*text == '.' && before >= 3 && strncasecmp(text - 3, "www", 3) == 0);
}

void markdown_add(struct text *out, const char *text)
{
	static const char special[] = "\\`*_[]|~$#";

	for (const char *c = text; *c; c++) {
		if (*c == '<')
			text_add(out, "&lt;");
		else if (*c == '>')
			text_add(out, "&gt;");
		else if (*c == '&')
			text_add(out, "&amp;");
		else if (*c == '\n' || *c == '\t')
			text_add(out, " ");
		else if (strchr(special, *c))
			text_addf(out, "\\%c", *c);
		else
			text_add_bytes(out, c, 1);
		if (starts_reference(c) || ends_reference(text, c))
			text_add(out, word_joiner);
	}
}

void markdown_add_table(struct text *out, const struct table *table, int level)
{
	if (!table->column_count)
		return;
	text_addf(out, "\n%.*s ", level, "######");
	markdown_add(out, table->title);
	text_add(out, "\n\n|");
	for (size_t c = 0; c < table->column_count; c++) {
		const struct column *column = &table->columns[c];
		text_add(out, " ");
		if (column->group[0]) {
			markdown_add(out, column->group);
			text_add(out, " ");
		}
		markdown_add(out, column->heading);
		text_add(out, " |");
	}
	text_add(out, "\n|");
	for (size_t c = 0; c < table->column_count; c++)
		text_add(out, table->columns[c].right ? "---:|" : "---|");
	for (size_t i = 0; i < table->cell_count; i++) {
		const struct cell_text *cell = &table->cells[i];
		const char *strong =
			cell->tone == TONE_WORSE || cell->tone == TONE_WARN ? "**" : "";
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): cells come after columns */
		text_add(out, i % table->column_count == 0 ? "\n| " : " ");
		if (cell->text[0]) {
			text_add(out, strong);
			markdown_add(out, cell->text);
			text_add(out, strong);
		}
		if (cell->marks[0])
			text_addf(out, " *%s*", cell->marks);
		text_add(out, " |");
	}
	text_add(out, "\n");
}

void report_write_markdown(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text line = {0};

	sections_make(model, &sections);
	sections_header(model, &line);
	text_add(out, "# tare: ");
	markdown_add(out, model->name);
	text_add(out, "\n\n");
	markdown_add(out, line.bytes);
	text_add(out, "\n");
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		markdown_add_table(out, table, 2);
		if (table->footnotes && table->footnotes[0]) {
			cleanup_text struct text footnotes = {0};
			table_add_footnotes(table, &footnotes);
			text_add(out, "\n");
			markdown_add(out, footnotes.bytes);
			text_add(out, "\n");
		}
		if (table->note_needed) {
			text_add(out, "\n");
			markdown_add(out, table->note);
			text_add(out, "\n");
		}
		if (table->kind == TABLE_OVERVIEW) {
			cleanup_text struct text legend = {0};
			sections_legend(model, &legend);
			text_add(out, "\n");
			markdown_add(out, legend.bytes);
			text_add(out, "\n");
		}
	}
	sections_free(&sections);
}
