/* The report for a terminal: what fits two screens, or everything, or one group. */
#include "report/write/formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/write/text_table.h"
#include "report/write/words.h"

static void put_paragraph(struct text *out, const char *text, size_t width)
{
	text_table_add_lines(out, text, width);
	text_add(out, "\n");
}

/* The footnotes and the note, and the empty line below a table. */
static void put_notes(const struct table *table, size_t width, bool all, struct text *out)
{
	cleanup_text struct text notes = {0};

	bool shown = table->note_needed && (all || !table->note_detail);

	text_add(&notes, shown && table->note ? table->note : "");
	if (notes.count && table->footnotes && table->footnotes[0])
		text_add(&notes, "  ");
	table_add_footnotes(table, &notes);
	put_paragraph(out, notes.bytes, width);
}

/* As many of its rows as are shown. */
static size_t rows_of(const struct table *table, bool all)
{
	size_t rows = table_rows(table);

	if (all)
		return rows;
	if (table->rows_detail)
		return 0;
	return table->shown_rows && table->shown_rows < rows ? table->shown_rows : rows;
}

static void put_tables(const struct report_model *model, const struct sections *sections, bool all,
	struct text *out)
{
	for (size_t i = 0; i < sections->count; i++) {
		const struct table *table = &sections->tables[i];
		if (table->detail && !all)
			continue;
		text_table_add_rows(table, rows_of(table, all), model->options.width,
			model->options.colour, out);
		put_notes(table, model->options.width, all, out);
	}
}

static void put_legend(const struct report_model *model, bool all, struct text *out)
{
	cleanup_text struct text legend = {0};

	if (all) {
		sections_legend(model, &legend);
	} else {
		text_add(&legend, "Everything: --all; one group with all its metrics: --group ");
		for (size_t i = 0, shown = 0; i < model->area_count; i++)
			if (i == 0 || strcmp(model->areas[i].name, model->areas[i - 1].name) != 0)
				text_addf(
					&legend, "%s%s", shown++ ? ", " : "", model->areas[i].name);
		text_add(&legend, ". How to read it: docs/reports.md.");
	}
	put_paragraph(out, legend.bytes, model->options.width);
	out->bytes[--out->count] = '\0';
}

void report_write_text(const struct report_model *model, struct text *out)
{
	bool all = model->options.all || model->options.area;
	struct sections sections = {0};
	cleanup_text struct text header = {0};

	sections_make(model, &sections);
	words_add_line(&header, model->name);
	text_add(&header, "   ");
	sections_header(model, &header);
	put_paragraph(out, header.bytes, model->options.width);
	put_tables(model, &sections, all, out);
	put_legend(model, all, out);
	sections_free(&sections);
}
