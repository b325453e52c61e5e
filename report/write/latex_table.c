/* Long LaTeX tables: booktabs rules, wide ones in parts of whole column groups, long ones over
 * pages. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/write/latex.h"

/* A text line holds about this many characters of \footnotesize; a column needs GAP more. */
enum { LINE_CHARACTERS = 96, GAP = 2, LEAST_CHARACTERS = 9, GROUPS_PER_PART = 2 };
static const double line_mm = 174;

/* The columns of a table that one part of it shows. */
struct part {
	const struct table *table;
	size_t *columns, count;
	size_t *widths; /* in characters; shared by all parts, by the table's columns */
	size_t cap; /* wider columns are broken into lines */
};

/* siunitx writes 1.5e6 as 1.5 times a power of ten; capitals are a third wider than letters. */
static size_t cell_width(const struct cell_text *cell, const struct column *column)
{
	enum { POWER = 3 };
	const char *e = column->number ? strchr(cell->text, 'e') : NULL;
	bool power = e && e > cell->text && isdigit((unsigned char)e[-1]);
	size_t capitals = 0;

	for (const char *c = cell->text; *c; c++)
		capitals += isupper((unsigned char)*c) != 0;
	return utf8_width(cell->text) + capitals / 3 + strlen(cell->marks) / 2 +
	       (power ? POWER : 0);
}

static void measure(const struct table *table, size_t *widths)
{
	for (size_t c = 0; c < table->column_count; c++)
		widths[c] = utf8_width(table->columns[c].heading);
	for (size_t i = 0; i < table->cell_count; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): cells come after columns */
		size_t column = i % table->column_count, *width = &widths[column];
		size_t found = cell_width(&table->cells[i], &table->columns[column]);
		*width = found > *width ? found : *width;
	}
}

/* Whether a column as wide as this is broken into lines where no more than cap is left to each: not
 * a short one that should stay whole. */
static bool breaks(const struct part *part, size_t column, size_t cap)
{
	enum { WHOLE_MAX = 18 };
	size_t width = part->widths[column];

	return width > cap && !(part->table->columns[column].whole && width <= WHOLE_MAX);
}

/* The widest that columns may be so that all fit. */
static size_t cap_of(const struct part *part)
{
	size_t cap = LINE_CHARACTERS;

	for (; cap > LEAST_CHARACTERS; cap--) {
		size_t sum = 0;
		for (size_t i = 0; i < part->count; i++) {
			size_t column = part->columns[i];
			sum += (breaks(part, column, cap) ? cap : part->widths[column]) + GAP;
		}
		if (sum <= LINE_CHARACTERS)
			break;
	}
	return cap;
}

static bool is_broken(const struct part *part, size_t column)
{
	return breaks(part, column, part->cap);
}

static void add_cell(struct text *out, const struct part *part, size_t index)
{
	const struct cell_text *cell = &part->table->cells[index];
	size_t column = index % part->table->column_count;
	bool strong = cell->tone == TONE_WORSE || cell->tone == TONE_WARN;

	if (cell->text[0]) {
		text_add(out, strong ? "\\textbf{" : "");
		if (part->table->columns[column].number)
			latex_add_numbers(out, cell->text, is_broken(part, column));
		else
			latex_add_any(out, cell->text, is_broken(part, column));
		text_add(out, strong ? "}" : "");
	}
	if (cell->marks[0])
		text_addf(out, "\\,{\\tiny %s}", cell->marks);
}

static void add_group_heads(struct text *out, const struct part *part)
{
	cleanup_text struct text rules = {0};
	const struct column *columns = part->table->columns;
	bool any = false;

	for (size_t i = 0; i < part->count; i++)
		any = any || columns[part->columns[i]].group[0];
	for (size_t i = 0, end; any && i < part->count; i = end) {
		const char *group = columns[part->columns[i]].group;
		size_t width = 0;
		for (end = i;
			end < part->count && strcmp(columns[part->columns[end]].group, group) == 0;
			end++)
			width += part->widths[part->columns[end]] + GAP;
		text_add(out, i ? " & " : "");
		if (group[0] && utf8_width(group) <= width) {
			text_addf(out, "\\multicolumn{%zu}{c}{", end - i);
			latex_add(out, group);
			text_add(out, "}");
		} else if (group[0]) {
			text_addf(out, "\\multicolumn{%zu}{p{%.1fmm}}{\\centering ", end - i,
				0.75 * (double)width * line_mm / LINE_CHARACTERS);
			latex_add_breakable(out, group);
			text_add(out, "}");
		} else if (end - i > 1) {
			text_addf(out, "\\multicolumn{%zu}{c}{}", end - i);
		}
		if (group[0])
			text_addf(&rules, "\\cmidrule(lr){%zu-%zu}", i + 1, end);
	}
	if (any)
		text_addf(out, " \\\\\n%s\n", rules.bytes);
}

static void add_heads(struct text *out, const struct part *part)
{
	text_add(out, "\\toprule\n");
	add_group_heads(out, part);
	for (size_t i = 0; i < part->count; i++) {
		text_add(out, i ? " & " : "");
		latex_add_any(out, part->table->columns[part->columns[i]].heading,
			is_broken(part, part->columns[i]));
	}
	text_add(out, " \\\\\n\\midrule\n");
}

static void add_specification(struct text *out, const struct part *part)
{
	for (size_t i = 0; i < part->count; i++) {
		size_t column = part->columns[i];
		bool right = part->table->columns[column].right;
		if (is_broken(part, column))
			text_addf(out, ">{\\%s\\arraybackslash}p{%.1fmm}",
				right ? "raggedleft" : "raggedright",
				(double)part->cap * line_mm / LINE_CHARACTERS);
		else
			text_add(out, right ? "r" : "l");
	}
}

static void add_part(struct text *out, const struct part *part, size_t number, bool first)
{
	const struct table *table = part->table;
	size_t rows = table_rows(table);

	text_add(out, "\\begin{longtable}{@{}");
	add_specification(out, part);
	text_add(out, "@{}}\n\\caption{");
	latex_add(out, table->title);
	text_add(out, first ? ". " : " (further targets). ");
	if (table->note)
		latex_add(out, table->note);
	text_addf(out, "}%s", "");
	if (first)
		text_addf(out, "\\label{tab:tare-%zu}", number);
	text_add(out, "\\\\\n");
	add_heads(out, part);
	text_add(out, "\\endfirsthead\n");
	add_heads(out, part);
	text_add(out, "\\endhead\n\\bottomrule\n\\endlastfoot\n");
	for (size_t r = 0; r < rows; r++) {
		for (size_t i = 0; i < part->count; i++) {
			text_add(out, i ? " & " : "");
			add_cell(out, part, r * table->column_count + part->columns[i]);
		}
		text_add(out, " \\\\\n");
	}
	text_add(out, "\\end{longtable}\n\n");
}

/* Whether the table's groups of columns (but those that every part repeats) are more than fit
 * next to each other; then a part begins at this column. */
static bool begins_part(const struct table *table, size_t column, size_t *groups)
{
	const struct column *columns = table->columns;

	if (columns[column].repeated || !columns[column].group[0] ||
		(column && strcmp(columns[column].group, columns[column - 1].group) == 0))
		return false;
	size_t in_a_row = table->kind == TABLE_METRICS ? 1 : GROUPS_PER_PART;
	return (*groups)++ % in_a_row == 0 && *groups > 1;
}

void latex_add_table(struct text *out, const struct table *table, size_t number)
{
	cleanup_free size_t *columns = mem_new(table->column_count, sizeof(*columns));
	cleanup_free size_t *widths = mem_new(table->column_count, sizeof(*widths));
	struct part part = {.table = table, .columns = columns, .widths = widths};
	size_t groups = 0;
	bool first = true;

	text_add(out, "% ---- ");
	latex_add(out, table->title);
	text_add(out, "\n");
	measure(table, widths);
	for (size_t c = 0; c < table->column_count; c++) {
		if (begins_part(table, c, &groups)) {
			part.cap = cap_of(&part);
			add_part(out, &part, number, first);
			first = false;
			part.count = 0;
			for (size_t k = 0; k < c; k++)
				if (table->columns[k].repeated)
					columns[part.count++] = k;
		}
		columns[part.count++] = c;
	}
	part.cap = cap_of(&part);
	add_part(out, &part, number, first);
}
