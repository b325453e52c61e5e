/* Tables for a terminal: aligned columns, wide tables in parts, colour only where asked. */
#include "report/write/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/write/words.h"

enum { GAP = 2, NARROWEST = 12, LEAST = 4, WIDEST_HEADING = 40 };
/* Below the first intervals go, below the second each target is a block of its own, and what can be
 * spared goes. */
enum { INTERVALS_FROM = 100, COLUMNS_FROM = 80 };

/* One table being laid out. */
struct layout {
	const struct table *table;
	struct text *out;
	size_t *widths; /* per column, in characters */
	size_t rows; /* of them as many are shown */
	size_t limit; /* of the terminal */
	bool tight; /* headings and names take several lines */
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

static bool is_shown(const struct layout *layout, size_t column)
{
	const struct column *c = &layout->table->columns[column];

	return (layout->limit >= INTERVALS_FROM || !c->optional) &&
	       (layout->limit >= COLUMNS_FROM || !c->spare);
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

/* Signs that names and paths have between their parts. */
static const char part_signs[] = "_/=,;:-";

/* A heading is broken where its column is narrower: its longest word; parts: also of the words'
 * parts. */
static size_t longest_word(const char *heading, bool parts)
{
	size_t longest = 0;

	while (*heading) {
		size_t bytes = strcspn(heading, " ");
		size_t part = strcspn(heading, part_signs);
		if (parts && part < bytes)
			bytes = part + 1;
		cleanup_free char *word = str_printf("%.*s", (int)bytes, heading);
		size_t width = utf8_width(word);
		longest = width > longest ? width : longest;
		heading += bytes + strspn(heading + bytes, " ");
	}
	return longest;
}

static void measure(struct layout *layout)
{
	enum { HEADING_WHOLE = 15, HEADING_BROKEN = 12 };
	const struct table *table = layout->table;

	for (size_t c = 0; c < table->column_count; c++) {
		const char *heading = table->columns[c].heading;
		size_t width = utf8_width(heading);
		size_t word = longest_word(heading, layout->tight);
		layout->widths[c] = layout->tight            ? word
				    : width <= HEADING_WHOLE ? width
				    : word > HEADING_BROKEN  ? word
							     : HEADING_BROKEN;
		bool name = layout->tight && table->columns[c].repeated && table->columns[c].whole;
		for (size_t r = 0; r < layout->rows; r++) {
			const struct cell_text *cell = cell_at(table, r, c);
			width = name ? longest_word(cell->text, false) : cell_width(cell);
			if (width > layout->widths[c])
				layout->widths[c] = width;
		}
	}
	/* A heading over several columns must fit; the last of them gives room. */
	for (size_t c = 0; c < table->column_count;) {
		size_t end = group_end(table, c), width = 0;
		size_t needed = utf8_width(table->columns[c].group) + GAP;
		for (size_t i = c; i < end; i++)
			width += is_shown(layout, i) ? layout->widths[i] + GAP : 0;
		needed = needed < WIDEST_HEADING ? needed : WIDEST_HEADING;
		for (size_t i = end; width && needed > width && i-- > c;)
			if (is_shown(layout, i)) {
				layout->widths[i] += needed - width;
				break;
			}
		c = end;
	}
}

/* How far a column may be narrowed: text first, then what should stay whole, then the headings of
 * numbers, then these. */
enum patience {
	NARROW_TEXT,
	NARROW_WHOLE,
	NARROW_TO_HEADINGS,
	NARROW_TO_NUMBERS,
	NARROW_ALL,
	PATIENCES
};

static size_t widest_cell(const struct layout *layout, size_t column)
{
	size_t widest = 0;

	for (size_t r = 0; r < layout->rows; r++) {
		size_t width = cell_width(cell_at(layout->table, r, column));
		widest = width > widest ? width : widest;
	}
	return widest;
}

static bool may_narrow(const struct layout *layout, size_t column, enum patience patience)
{
	const struct column *c = &layout->table->columns[column];
	size_t width = layout->widths[column];

	if (patience == NARROW_ALL)
		return width > LEAST;
	if (width <= longest_word(c->heading, layout->tight))
		return false;
	if (patience == NARROW_TO_NUMBERS)
		return c->right && width > widest_cell(layout, column);
	if (patience == NARROW_TO_HEADINGS)
		return !c->right && !c->whole && width > LEAST;
	return !c->right && width > NARROWEST && (patience == NARROW_WHOLE || !c->whole);
}

/* Narrows the widest columns of a part, whose cells then take several lines, until it fits. */
static void narrow(struct layout *layout, const size_t *columns, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += layout->widths[columns[i]] + GAP;
	for (enum patience patience = 0; patience < PATIENCES; patience++)
		while (total > layout->limit + GAP) {
			size_t widest = SIZE_MAX;
			for (size_t i = 0; i < count; i++)
				if (may_narrow(layout, columns[i], patience) &&
					(widest == SIZE_MAX || layout->widths[columns[i]] >
								       layout->widths[widest]))
					widest = columns[i];
			if (widest == SIZE_MAX)
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

/* How many of a word's first bytes to put on a line where only these fit: up to a sign between its
 * parts, if there is one. */
static size_t part_bytes(const char *word, size_t fits)
{
	size_t end = fits;

	while (end && !strchr(part_signs, word[end - 1]))
		end--;
	return end ? end : fits;
}

/* Where a line of text of at most fits bytes ends: behind the last blank that is there, or one that
 * follows; units: not between a number and its unit. 0: nowhere. */
static size_t break_at(const char *text, size_t fits, bool units)
{
	for (size_t end = fits; end > 0; end--) {
		const char *blank = text[end] == ' ' && end == fits ? text + end : text + end - 1;
		if (!text[end] || (*blank == ' ' && !(units && words_before_unit(text, blank))))
			return end;
	}
	return 0;
}

/* How many bytes of text make its first line of at most width characters: broken at the last
 * blank that fits, inside a word only where there is none. *next is where the rest begins. */
static size_t line_bytes(const char *text, size_t width, const char **next)
{
	size_t fits = utf8_prefix(text, width), end = break_at(text, fits, true);

	if (!end)
		end = break_at(text, fits, false);
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

/* The headings of the columns themselves, over several lines where they have no room. */
static void put_heading_lines(struct layout *layout, const size_t *columns, size_t count)
{
	cleanup_free const char **rests = mem_new(count, sizeof(*rests));
	bool more = false;

	for (size_t i = 0; i < count; i++) {
		rests[i] = layout->table->columns[columns[i]].heading;
		more = more || *rests[i];
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < count; i++) {
			size_t width = layout->widths[columns[i]];
			bool right = layout->table->columns[columns[i]].right;
			cleanup_text struct text line = {0};
			const char *next = rests[i];
			text_add_bytes(&line, rests[i], line_bytes(rests[i], width, &next));
			size_t pad = width - utf8_width(line.count ? line.bytes : "");
			spaces(layout->out, right ? pad : 0);
			put(layout, "\x1b[2m", line.count ? line.bytes : "");
			spaces(layout->out, (right ? 0 : pad) + GAP);
			rests[i] = next;
			more = more || *next;
		}
		end_line(layout->out);
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
	put_heading_lines(layout, columns, count);
}

/* The next line of a cell; rest is where what is not shown yet begins. */
static void put_cell_line(struct layout *layout, const struct cell_text *cell, size_t width,
	bool right, const char **rest)
{
	cleanup_text struct text line = {0};
	const char *next;

	text_add_bytes(&line, *rest, line_bytes(*rest, width, &next));
	*rest = next;
	size_t used = utf8_width(line.bytes), pad = used < width ? width - used : 0;
	spaces(layout->out, right ? pad : 0);
	put(layout, tone_codes[cell->tone], line.bytes);
	spaces(layout->out, (right ? 0 : pad) + GAP);
}

static void put_row(struct layout *layout, size_t row, const size_t *columns, size_t count)
{
	const struct table *table = layout->table;
	cleanup_free char **texts = mem_new(count, sizeof(*texts));
	cleanup_free const char **rests = mem_new(count, sizeof(*rests));
	bool more = true;

	for (size_t i = 0; i < count; i++) {
		const struct cell_text *cell = cell_at(table, row, columns[i]);
		texts[i] = str_printf("%s%s%s", cell->text, cell->marks[0] ? " " : "", cell->marks);
		rests[i] = texts[i];
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < count; i++) {
			size_t c = columns[i];
			put_cell_line(layout, cell_at(table, row, c), layout->widths[c],
				table->columns[c].right, &rests[i]);
			more = more || *rests[i];
		}
		end_line(layout->out);
	}
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
}

/* Names may take several lines before a table comes in parts. */
static size_t narrowed_width(const struct layout *layout, size_t column)
{
	enum { NAME = 20, TIGHT_NAME = 17 };
	size_t width = layout->widths[column], name = layout->tight ? TIGHT_NAME : NAME;

	return layout->table->columns[column].right || width < name ? width : name;
}

/* Puts as many of the columns from `next` on next to the repeated ones as fit, but at least one
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
			width += narrowed_width(layout, c) + GAP;
		}
	bool in_parts = *count > 0;
	for (c = next; c < table->column_count;) {
		size_t end = table->columns[c].group[0] ? group_end(table, c) : c + 1, more = 0;
		if (table->columns[c].repeated) {
			c++;
			continue;
		}
		for (size_t i = c; i < end; i++)
			more += is_shown(layout, i) ? layout->widths[i] + GAP : 0;
		if (c != next && in_parts &&
			(width + more > layout->limit + GAP || layout->limit < COLUMNS_FROM))
			break;
		width += more;
		for (; c < end; c++)
			if (is_shown(layout, c))
				columns[(*count)++] = c;
	}
	return c;
}

/* The widths of a part's columns are its own: other parts are not narrowed. */
static void put_part(struct layout *layout, const size_t *columns, size_t count)
{
	size_t column_count = layout->table->column_count, *whole = layout->widths;
	cleanup_free size_t *widths = mem_new(column_count + 1, sizeof(*widths));

	memcpy(widths, whole, column_count * sizeof(*widths));
	layout->widths = widths;
	narrow(layout, columns, count);
	put_headings(layout, columns, count);
	for (size_t r = 0; r < layout->rows; r++)
		put_row(layout, r, columns, count);
	layout->widths = whole;
}

static void put_title(struct layout *layout)
{
	const char *rest = layout->table->title;

	while (*rest) {
		cleanup_text struct text line = {0};
		const char *next;
		text_add_bytes(&line, rest, line_bytes(rest, layout->limit, &next));
		put(layout, "\x1b[1m", line.bytes);
		text_add(layout->out, "\n");
		rest = next;
	}
}

static void put_table(struct layout *layout)
{
	const struct table *table = layout->table;
	cleanup_free size_t *widths = mem_new(table->column_count + 1, sizeof(*widths));
	cleanup_free size_t *columns = mem_new(table->column_count + 1, sizeof(*columns));
	size_t next = 0, count, rows = table_rows(table);

	while (next < table->column_count && table->columns[next].repeated)
		next++;
	layout->widths = widths;
	measure(layout);
	/* Rather narrow headings than parts. */
	if (choose_columns(layout, next, columns, &count) < table->column_count) {
		layout->tight = true;
		measure(layout);
	}
	if (layout->tight && choose_columns(layout, next, columns, &count) < table->column_count) {
		layout->tight = false;
		measure(layout);
	}
	put_title(layout);
	if (!layout->rows && rows)
		return;
	do {
		next = choose_columns(layout, next, columns, &count);
		put_part(layout, columns, count);
		if (next < table->column_count)
			text_add(layout->out, "\n");
	} while (next < table->column_count);
	if (layout->rows < rows)
		text_addf(layout->out, "… and %zu more lines (--all)\n", rows - layout->rows);
}

void text_table_add_rows(
	const struct table *table, size_t rows, size_t width, bool colour, struct text *out)
{
	struct layout layout = {
		.table = table, .out = out, .rows = rows, .limit = width, .colour = colour};

	put_table(&layout);
}

void text_table_add(const struct table *table, size_t width, bool colour, struct text *out)
{
	text_table_add_rows(table, table_rows(table), width, colour, out);
	text_add(out, "\n");
}
