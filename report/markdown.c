/* The report as Markdown (GitHub's and GitLab's tables). */
#include "report/formats.h"

#include <string.h>

#include "base/cleanup.h"
#include "report/table.h"
#include "report/words.h"

/* Every character that could mean something inside a line of Markdown, or to HTML in it, gets a
 * backslash or is written as an entity. What means something at the start of a line only is left:
 * nothing here starts one. */
static void add_escaped(struct text *out, const char *text)
{
	static const char special[] = "\\`*_[]|~$";

	for (; *text; text++) {
		if (*text == '<')
			text_add(out, "&lt;");
		else if (*text == '>')
			text_add(out, "&gt;");
		else if (*text == '&')
			text_add(out, "&amp;");
		else if (*text == '\n' || *text == '\t')
			text_add(out, " ");
		else if (strchr(special, *text))
			text_addf(out, "\\%c", *text);
		else
			text_add_bytes(out, text, 1);
	}
}

static void add_table(struct text *out, const struct table *table)
{
	text_add(out, "\n## ");
	add_escaped(out, table->title);
	text_add(out, "\n\n|");
	for (size_t c = 0; c < table->column_count; c++) {
		const struct column *column = &table->columns[c];
		text_add(out, " ");
		if (column->group[0]) {
			add_escaped(out, column->group);
			text_add(out, " ");
		}
		add_escaped(out, column->heading);
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
			add_escaped(out, cell->text);
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
	add_escaped(out, model->name);
	text_add(out, "\n\nCampaign ");
	add_escaped(out, line.bytes);
	text_add(out, "\n");
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		add_table(out, table);
		if (table->note_needed) {
			text_add(out, "\n");
			add_escaped(out, table->note);
			text_add(out, "\n");
		}
		if (i == 0) {
			cleanup_text struct text legend = {0};
			sections_legend(model, &legend);
			text_add(out, "\n");
			add_escaped(out, legend.bytes);
			text_add(out, "\n");
		}
	}
	sections_free(&sections);
}
