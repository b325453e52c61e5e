/* The report for a terminal: aligned columns, wide tables in parts, colour only where asked. */
#include "report/formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/table.h"
#include "report/words.h"

enum { GAP = 2, WRAP_MINIMUM = 24 };

/* One table being laid out. */
struct layout {
	const struct table *table;
	struct text *out;
	size_t *widths; /* per column, in characters */
	size_t limit; /* of the terminal */
	bool colour;
};

static const char *const tone_codes[] = {
	[TONE_PLAIN] = "",
	[TONE_WORSE] = "\x1b[31m",
	[TONE_BETTER] = "\x1b[32m",
	[TONE_DIM] = "\x1b[2m",
	[TONE_WARN] = "\x1b[33m",
};

static void spaces(struct text *out, size_t count)
{
	while (count--)
		text_add(out, " ");
}

static size_t cell_width(const struct cell_text *cell)
{
	return words_width(cell->text) + (cell->marks[0] ? 1 + strlen(cell->marks) : 0);
}

static const struct cell_text *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

static void measure(struct layout *layout)
{
	const struct table *table = layout->table;

	for (size_t c = 0; c < table->column_count; c++) {
		layout->widths[c] = words_width(table->columns[c].heading);
		for (size_t r = 0; r < table_rows(table); r++) {
			size_t width = cell_width(cell_at(table, r, c));
			if (width > layout->widths[c])
				layout->widths[c] = width;
		}
	}
	/* A heading over several columns must fit; the last of them gives room. */
	for (size_t c = 0; c < table->column_count;) {
		size_t end = c, width = 0;
		while (end < table->column_count &&
			strcmp(table->columns[end].group, table->columns[c].group) == 0)
			width += layout->widths[end++] + GAP;
		size_t needed = words_width(table->columns[c].group) + GAP;
		if (needed > width)
			layout->widths[end - 1] += needed - width;
		c = end;
	}
}

static void put(struct layout *layout, const char *code, const char *text)
{
	if (layout->colour && *code && *text)
		text_addf(layout->out, "%s%s\x1b[0m", code, text);
	else
		text_add(layout->out, text);
}

/* Lines end without trailing blanks. */
static void end_line(struct text *out)
{
	while (out->count && out->bytes[out->count - 1] == ' ')
		out->bytes[--out->count] = '\0';
	text_add(out, "\n");
}

/* Text broken at blanks into lines of at most width characters, continued at indent. */
static void wrap(struct text *out, const char *text, size_t indent, size_t width)
{
	size_t used = 0;

	while (*text) {
		size_t length = strcspn(text, " ");
		cleanup_text struct text word = {0};
		text_add_bytes(&word, text, length);
		size_t word_width = length ? words_width(word.bytes) : 0;
		if (used && used + 1 + word_width > width) {
			end_line(out);
			spaces(out, indent);
			used = 0;
		} else if (used) {
			text_add(out, " ");
			used++;
		}
		text_add_bytes(out, text, length);
		used += word_width;
		text += length;
		text += strspn(text, " ");
	}
}

/* columns: which of the table's columns stand in this part, count of them. */
static void put_headings(struct layout *layout, const size_t *columns, size_t count)
{
	const struct table *table = layout->table;
	bool grouped = false;

	for (size_t i = 0; i < count; i++)
		grouped = grouped || table->columns[columns[i]].group[0];
	for (size_t i = 0; grouped && i < count;) {
		const char *group = table->columns[columns[i]].group;
		size_t width = 0;
		while (i < count && strcmp(table->columns[columns[i]].group, group) == 0)
			width += layout->widths[columns[i++]] + GAP;
		put(layout, "\x1b[1m", group);
		spaces(layout->out, width - words_width(group));
	}
	if (grouped)
		end_line(layout->out);
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &table->columns[columns[i]];
		size_t pad = layout->widths[columns[i]] - words_width(column->heading);
		spaces(layout->out, column->right ? pad : 0);
		put(layout, "\x1b[2m", column->heading);
		spaces(layout->out, (column->right ? 0 : pad) + GAP);
	}
	end_line(layout->out);
}

static void put_row(struct layout *layout, size_t row, const size_t *columns, size_t count)
{
	size_t position = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cell_text *cell = cell_at(layout->table, row, columns[i]);
		size_t width = cell_width(cell), pad = layout->widths[columns[i]] - width;
		bool right = layout->table->columns[columns[i]].right;
		bool overflows = position + width > layout->limit && !right;
		spaces(layout->out, right ? pad : 0);
		if (overflows && i + 1 == count && position + WRAP_MINIMUM <= layout->limit) {
			wrap(layout->out, cell->text, position, layout->limit - position);
			break;
		}
		put(layout, tone_codes[cell->tone], cell->text);
		if (cell->marks[0]) {
			text_add(layout->out, " ");
			put(layout, tone_codes[TONE_WARN], cell->marks);
		}
		spaces(layout->out, (right ? 0 : pad) + GAP);
		position += layout->widths[columns[i]] + GAP;
	}
	end_line(layout->out);
}

/* Puts as many of the columns from `next` on beside the repeated ones as fit, but at least one
 * heading's group. Returns the first column that did not fit. */
static size_t choose_columns(
	const struct layout *layout, size_t next, size_t *columns, size_t *count)
{
	const struct table *table = layout->table;
	size_t width = 0, c;

	*count = 0;
	for (c = 0; c < table->column_count; c++)
		if (table->columns[c].repeated) {
			columns[(*count)++] = c;
			width += layout->widths[c] + GAP;
		}
	for (c = next; c < table->column_count;) {
		const char *group = table->columns[c].group;
		size_t end = c, more = 0;
		if (table->columns[c].repeated) {
			c++;
			continue;
		}
		while (end < table->column_count && !table->columns[end].repeated &&
			strcmp(table->columns[end].group, group) == 0)
			more += layout->widths[end++] + GAP;
		if (c != next && width + more - GAP > layout->limit)
			break;
		width += more;
		while (c < end)
			columns[(*count)++] = c++;
	}
	return c;
}

static void put_table(struct layout *layout)
{
	const struct table *table = layout->table;
	cleanup_free size_t *widths = mem_new(table->column_count + 1, sizeof(*widths));
	cleanup_free size_t *columns = mem_new(table->column_count + 1, sizeof(*columns));
	size_t next = 0, count;

	while (next < table->column_count && table->columns[next].repeated)
		next++;
	layout->widths = widths;
	measure(layout);
	put(layout, "\x1b[1m", table->title);
	text_add(layout->out, "\n");
	do {
		next = choose_columns(layout, next, columns, &count);
		put_headings(layout, columns, count);
		for (size_t r = 0; r < table_rows(table); r++)
			put_row(layout, r, columns, count);
		text_add(layout->out, "\n");
	} while (next < table->column_count);
}

void report_write_text(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text legend = {0}, header = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	sections_legend(model, &legend);
	wrap(out, header.bytes, 0, model->options.width);
	text_add(out, "\n\n");
	for (size_t i = 0; i < sections.count; i++) {
		struct layout layout = {
			.table = &sections.tables[i],
			.out = out,
			.limit = model->options.width,
			.colour = model->options.colour,
		};
		put_table(&layout);
		if (i == 0) {
			wrap(out, legend.bytes, 0, model->options.width);
			text_add(out, "\n\n");
		}
	}
	sections_free(&sections);
}
