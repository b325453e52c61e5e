/* The report for a terminal: aligned columns, wide tables in parts, colour only where asked. */
#include "report/write/formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/write/text_table.h"
#include "report/write/words.h"

enum { GAP = 2, NARROWEST = 12, WIDEST_HEADING = 40 };

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
	return utf8_width(cell->text) + (cell->marks[0] ? 1 + strlen(cell->marks) : 0);
}

static const struct cell_text *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

/* The column after the last that stands under the same heading as the first. */
static size_t group_end(const struct table *table, size_t first)
{
	size_t end = first + 1;

	while (end < table->column_count &&
		table->columns[end].repeated == table->columns[first].repeated &&
		strcmp(table->columns[end].group, table->columns[first].group) == 0)
		end++;
	return end;
}

static void measure(struct layout *layout)
{
	const struct table *table = layout->table;

	for (size_t c = 0; c < table->column_count; c++) {
		layout->widths[c] = utf8_width(table->columns[c].heading);
		for (size_t r = 0; r < table_rows(table); r++) {
			size_t width = cell_width(cell_at(table, r, c));
			if (width > layout->widths[c])
				layout->widths[c] = width;
		}
	}
	/* A heading over several columns must fit; the last of them gives room. */
	for (size_t c = 0; c < table->column_count;) {
		size_t end = group_end(table, c), width = 0;
		size_t needed = utf8_width(table->columns[c].group) + GAP;
		for (size_t i = c; i < end; i++)
			width += layout->widths[i] + GAP;
		needed = needed < WIDEST_HEADING ? needed : WIDEST_HEADING;
		if (needed > width)
			layout->widths[end - 1] += needed - width;
		c = end;
	}
}

/* The widest column of text that can be narrowed, among those that should stay whole or the
 * others; column_count if there is none. */
static size_t widest_column(const struct layout *layout, bool whole)
{
	const struct table *table = layout->table;
	size_t widest = table->column_count;

	for (size_t c = 0; c < table->column_count; c++)
		if (!table->columns[c].right && table->columns[c].whole == whole &&
			layout->widths[c] > NARROWEST &&
			layout->widths[c] > utf8_width(table->columns[c].heading) &&
			(widest == table->column_count ||
				layout->widths[c] > layout->widths[widest]))
			widest = c;
	return widest;
}

/* Narrows the widest columns of text, whose cells then take several lines, until the table fits
 * or none can be narrowed further. Tables in groups are shown in parts instead. */
static void narrow(struct layout *layout)
{
	const struct table *table = layout->table;
	size_t total = 0;

	for (size_t c = 0; c < table->column_count; c++) {
		if (table->columns[c].group[0])
			return;
		total += layout->widths[c] + GAP;
	}
	for (int whole = 0; whole <= 1; whole++)
		while (total > layout->limit + GAP) {
			size_t widest = widest_column(layout, whole);
			if (widest == table->column_count)
				break;
			layout->widths[widest]--;
			total--;
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

/* How many of a word's first bytes to put on a line where only these fit: up to a sign that names
 * and paths have between their parts, if there is one. */
static size_t part_bytes(const char *word, size_t fits)
{
	size_t end = fits;

	while (end && !strchr("_/=,;:-", word[end - 1]))
		end--;
	return end ? end : fits;
}

/* How many bytes of text make its first line of at most width characters: broken at the last
 * blank that fits, inside a word only where there is none. *next is where the rest begins. */
static size_t line_bytes(const char *text, size_t width, const char **next)
{
	size_t fits = utf8_prefix(text, width), end = fits;

	if (text[fits] && text[fits] != ' ')
		while (end && text[end - 1] != ' ')
			end--;
	if (!end)
		end = part_bytes(text, fits);
	*next = text + end + strspn(text + end, " ");
	while (end && text[end - 1] == ' ')
		end--;
	return end;
}

void text_table_add_lines(struct text *out, const char *text, size_t width)
{
	while (*text) {
		const char *next;
		text_add_bytes(out, text, line_bytes(text, width, &next));
		text_add(out, "\n");
		text = next;
	}
}

static void put_paragraph(struct text *out, const char *text, size_t width)
{
	text_table_add_lines(out, text, width);
	text_add(out, "\n");
}

/* columns: which of the table's columns stand in this part, count of them. */
static void put_headings(struct layout *layout, const size_t *columns, size_t count)
{
	const struct table *table = layout->table;
	bool grouped = false, named = false;

	for (size_t i = 0; i < count; i++) {
		grouped = grouped || table->columns[columns[i]].group[0];
		named = named || table->columns[columns[i]].heading[0];
	}
	for (size_t i = 0; grouped && i < count;) {
		const char *group = table->columns[columns[i]].group;
		size_t width = 0;
		bool repeated = table->columns[columns[i]].repeated;
		while (i < count && table->columns[columns[i]].repeated == repeated &&
			strcmp(table->columns[columns[i]].group, group) == 0)
			width += layout->widths[columns[i++]] + GAP;
		cleanup_text struct text heading = {0};
		text_add_bytes(&heading, group, utf8_prefix(group, width - GAP));
		put(layout, "\x1b[1m", heading.bytes);
		spaces(layout->out, width - utf8_width(heading.bytes));
	}
	if (grouped)
		end_line(layout->out);
	for (size_t i = 0; named && i < count; i++) {
		const struct column *column = &table->columns[columns[i]];
		size_t pad = layout->widths[columns[i]] - utf8_width(column->heading);
		spaces(layout->out, column->right ? pad : 0);
		put(layout, "\x1b[2m", column->heading);
		spaces(layout->out, (column->right ? 0 : pad) + GAP);
	}
	if (named)
		end_line(layout->out);
}

/* The next line of a cell; rest is what is left of its text, NULL when nothing is. */
static void put_cell_line(struct layout *layout, const struct cell_text *cell, size_t width,
	bool right, const char **rest)
{
	cleanup_text struct text line = {0};
	size_t used = 0;
	bool first = *rest == cell->text;

	if (*rest) {
		const char *next;
		text_add_bytes(&line, *rest, line_bytes(*rest, width, &next));
		*rest = *next ? next : NULL;
		used = utf8_width(line.bytes);
	}
	bool marked = first && cell->marks[0];
	used += marked ? 1 + strlen(cell->marks) : 0;
	size_t pad = used < width ? width - used : 0;
	spaces(layout->out, right ? pad : 0);
	put(layout, tone_codes[cell->tone], line.count ? line.bytes : "");
	if (marked) {
		text_add(layout->out, " ");
		put(layout, tone_codes[TONE_WARN], cell->marks);
	}
	spaces(layout->out, (right ? 0 : pad) + GAP);
}

static void put_row(struct layout *layout, size_t row, const size_t *columns, size_t count)
{
	const struct table *table = layout->table;
	cleanup_free const char **rests = mem_new(count, sizeof(*rests));
	bool more = true;

	for (size_t i = 0; i < count; i++)
		rests[i] = cell_at(table, row, columns[i])->text;
	while (more) {
		more = false;
		for (size_t i = 0; i < count; i++) {
			size_t c = columns[i];
			put_cell_line(layout, cell_at(table, row, c), layout->widths[c],
				table->columns[c].right, &rests[i]);
			more = more || rests[i];
		}
		end_line(layout->out);
	}
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
		size_t end = group_end(table, c), more = 0;
		bool narrowed = !table->columns[c].group[0];
		if (table->columns[c].repeated) {
			c++;
			continue;
		}
		for (size_t i = c; i < end; i++)
			more += layout->widths[i] + GAP;
		if (c != next && !narrowed && width + more > layout->limit + GAP)
			break;
		width += more;
		while (c < end)
			columns[(*count)++] = c++;
	}
	return c;
}

static void put_title(struct layout *layout)
{
	const char *next = layout->table->title;

	while (*next) {
		const char *at = next;
		size_t count = line_bytes(at, layout->limit, &next);
		cleanup_text struct text line = {0};
		text_add_bytes(&line, at, count);
		put(layout, "\x1b[1m", line.bytes);
		text_add(layout->out, "\n");
	}
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
	narrow(layout);
	put_title(layout);
	do {
		next = choose_columns(layout, next, columns, &count);
		put_headings(layout, columns, count);
		for (size_t r = 0; r < table_rows(table); r++)
			put_row(layout, r, columns, count);
		text_add(layout->out, "\n");
	} while (next < table->column_count);
}

void text_table_add(const struct table *table, size_t width, bool colour, struct text *out)
{
	struct layout layout = {.table = table, .out = out, .limit = width, .colour = colour};

	put_table(&layout);
}

void report_write_text(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text legend = {0}, header = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	sections_legend(model, &legend);
	put_paragraph(out, header.bytes, model->options.width);
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		text_table_add(table, model->options.width, model->options.colour, out);
		if (table->note_needed)
			put_paragraph(out, table->note, model->options.width);
		if (i == sections.overview)
			put_paragraph(out, legend.bytes, model->options.width);
	}
	sections_free(&sections);
}
