/* The report as LaTeX: a document that compiles as it is, made of booktabs tables and figure
 * includes that can be copied into a paper one by one. Plain ASCII: what a font may lack is spelt
 * out. Wide tables are broken into parts of whole column groups, long ones run over pages. */
#include "report/write/latex.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/write/formats.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* A text line holds about this many characters of \footnotesize; a column needs GAP more. */
enum { LINE_CHARACTERS = 110, GAP = 2, LEAST_CHARACTERS = 9, GROUPS_PER_PART = 2 };
static const double line_mm = 174;

/* --- escaping ------------------------------------------------------------------------------------
 */

static const struct {
	char character;
	const char *latex;
} specials[] = {
	{'\\', "\\textbackslash{}"},
	{'{', "\\{"},
	{'}', "\\}"},
	{'$', "\\$"},
	{'&', "\\&"},
	{'#', "\\#"},
	{'%', "\\%"},
	{'_', "\\_"},
	{'^', "\\textasciicircum{}"},
	{'~', "\\textasciitilde{}"},
	{'<', "\\textless{}"},
	{'>', "\\textgreater{}"},
	{'|', "\\textbar{}"},
	{'"', "\\textquotedbl{}"},
	{'\'', "\\textquotesingle{}"},
	{'`', "\\textasciigrave{}"},
	/* Ligatures ("--", ",,", "!`") and what \\ or an option would read as its own. */
	{'-', "-{}"},
	{',', ",{}"},
	{'!', "!{}"},
	{'?', "?{}"},
	{'[', "{[}"},
	{']', "{]}"},
	{'*', "{*}"},
	{'\n', " "},
	{'\t', " "},
};

static const struct {
	uint32_t code;
	const char *latex;
} symbols[] = {
	{0x2191, "$\\uparrow$"},
	{0x2193, "$\\downarrow$"},
	{0x2192, "$\\rightarrow$"},
	{0xd7, "$\\times$"},
	{0xb1, "$\\pm$"},
	{0xb5, "$\\mu$"},
	{0x3bc, "$\\mu$"},
	{0x3b1, "$\\alpha$"},
	{0x3b4, "$\\delta$"},
	{0x2264, "$\\leq$"},
	{0x2265, "$\\geq$"},
	{0x2212, "$-$"},
	{0xb0, "$^\\circ$"},
	{0x2013, "--"},
	{0x2014, "---"},
	{0x2026, "\\ldots{}"},
	{0xe4, "\\\"a"},
	{0xf6, "\\\"o"},
	{0xfc, "\\\"u"},
	{0xc4, "\\\"A"},
	{0xd6, "\\\"O"},
	{0xdc, "\\\"U"},
	{0xdf, "\\ss{}"},
	{0xe9, "\\'e"},
	{0xe8, "\\`e"},
	{0x20ac, "\\texteuro{}"},
	{0xfffd, "\\textbf{?}"},
};

static void add_code(struct text *out, uint32_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(symbols); i++)
		if (symbols[i].code == code) {
			text_add(out, symbols[i].latex);
			return;
		}
	text_addf(out, "{\\scriptsize U+%04X}", (unsigned)code);
}

static bool is_special(struct text *out, char character)
{
	for (size_t i = 0; i < ARRAY_COUNT(specials); i++)
		if (specials[i].character == character) {
			text_add(out, specials[i].latex);
			return true;
		}
	return false;
}

/* breakable: long words may be broken anywhere TeX likes, without a hyphen. */
static void add_escaped(struct text *out, const char *text, bool breakable)
{
	enum { WORD_MAX = 12 };
	size_t word = 0;

	while (*text) {
		uint32_t code;
		size_t length = utf8_decode(text, &code);
		if (length > 1)
			add_code(out, code);
		else if (!is_special(out, *text))
			text_add_bytes(out, text, 1);
		word = isalnum((unsigned char)*text) ? word + 1 : 0;
		if (breakable && *text != ' ' && (word == WORD_MAX || (!word && length == 1))) {
			text_add(out, "\\hspace{0pt}");
			word = 0;
		}
		text += length;
	}
}

void latex_add(struct text *out, const char *text)
{
	add_escaped(out, text, false);
}

void latex_add_breakable(struct text *out, const char *text)
{
	add_escaped(out, text, true);
}

/* The length of the number that text starts with (sign, digits, fraction, exponent), or 0. */
static size_t number_length(const char *text)
{
	size_t i = *text == '+' || *text == '-', digits = strspn(text + i, "0123456789");

	if (!digits)
		return 0;
	i += digits;
	if (text[i] == '.' && isdigit((unsigned char)text[i + 1]))
		i += 1 + strspn(text + i + 1, "0123456789");
	if (text[i] == 'e' && (isdigit((unsigned char)text[i + 1]) ||
				      ((text[i + 1] == '-' || text[i + 1] == '+') &&
					      isdigit((unsigned char)text[i + 2]))))
		i += 2 + strspn(text + i + 2, "0123456789");
	return isalnum((unsigned char)text[i]) ? 0 : i;
}

/* Text of a column of numbers: every number goes through siunitx, "x12" is twelve times. breakable:
 * lines may end between a number and its unit. */
static void add_numbers(struct text *out, const char *text, bool breakable)
{
	char before = ' ';

	while (*text) {
		bool times =
			*text == 'x' && number_length(text + 1) && !isalnum((unsigned char)before);
		size_t length = number_length(text + times);
		bool starts = !isalnum((unsigned char)before) && before != '.';
		if (!times && before != ' ' && before != '[' && (*text == '-' || *text == '+'))
			length = 0; /* "3-5" is a range */
		if (length && starts) {
			text_addf(out, "%s\\num{%.*s}", times ? "$\\times$" : "", (int)length,
				text + times);
			text += times + length;
			before = '0';
			continue;
		}
		if (*text == ' ' && before == '0' && !number_length(text + 1)) {
			text_add(out, text[1] == '%' ? "\\," : breakable ? " " : "~");
			before = *text++;
			continue;
		}
		uint32_t code;
		length = utf8_decode(text, &code);
		if (before == '0' && *text == '-') {
			text_add(out, "--");
		} else {
			cleanup_free char *one = str_printf("%.*s", (int)length, text);
			add_escaped(out, one, false);
		}
		before = length > 1 ? 'a' : *text;
		text += length;
	}
}

/* --- tables --------------------------------------------------------------------------------------
 */

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
			add_numbers(out, cell->text, is_broken(part, column));
		else
			add_escaped(out, cell->text, is_broken(part, column));
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
			add_escaped(out, group, false);
			text_add(out, "}");
		} else if (group[0]) {
			text_addf(out, "\\multicolumn{%zu}{p{%.1fmm}}{\\centering ", end - i,
				0.75 * (double)width * line_mm / LINE_CHARACTERS);
			add_escaped(out, group, true);
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
		add_escaped(out, part->table->columns[part->columns[i]].heading,
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
	add_escaped(out, table->title, false);
	text_add(out, first ? ". " : " (further targets). ");
	if (table->note)
		add_escaped(out, table->note, false);
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
 * beside each other; then a part begins at this column. */
static bool begins_part(const struct table *table, size_t column, size_t *groups)
{
	const struct column *columns = table->columns;

	if (columns[column].repeated || !columns[column].group[0] ||
		(column && strcmp(columns[column].group, columns[column - 1].group) == 0))
		return false;
	return (*groups)++ % GROUPS_PER_PART == 0 && *groups > 1;
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

/* --- figures and the document --------------------------------------------------------------------
 */

static bool is_safe_path(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && !strchr("/._-+=@: ", *path))
			return false;
	return true;
}

static void add_figures(struct text *out, const struct report_model *model)
{
	for (size_t i = 0; i < model->figure_count; i++) {
		const struct report_figure *figure = &model->figures[i];
		size_t stem = strlen(figure->svg_path) - strlen("svg");
		if (!is_safe_path(figure->svg_path)) {
			text_add(out, "% A figure is left out: TeX cannot read the name of its "
				      "directory.\n");
			continue;
		}
		text_addf(out,
			"\\begin{figure}[htbp]\n\\centering\n"
			"\\includegraphics[width=85mm]{%.*spdf}\n\\caption{",
			(int)stem, figure->svg_path);
		latex_add(out, figure->title);
		text_add(out, ". ");
		latex_add(out, figure->note);
		text_addf(out, "}\\label{fig:tare-%zu}\n\\end{figure}\n\n", i + 1);
	}
}

void latex_begin(struct text *out, const char *title)
{
	text_addf(out,
		"%% Made by tare %s; compile with pdflatex. A paper that takes a table or figure "
		"from here needs\n%% the packages below.\n"
		"\\documentclass[10pt,a4paper]{article}\n"
		"\\usepackage[T1]{fontenc}\n"
		"\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n"
		"\\usepackage{textcomp}\n"
		"\\usepackage[margin=18mm]{geometry}\n"
		"\\usepackage{array,booktabs,longtable,graphicx,siunitx}\n"
		"\\usepackage[font=footnotesize]{caption}\n"
		"\\sisetup{retain-explicit-plus,group-digits=none}\n"
		"\\setlength{\\tabcolsep}{3pt}\n"
		"\\setlength{\\LTcapwidth}{\\textwidth}\n"
		"\\setlength{\\emergencystretch}{3em}\n"
		"\\begin{document}\n\\footnotesize\n\\section*{",
		TARE_VERSION);
	latex_add(out, title);
	text_add(out, "}\n");
}

void report_write_latex(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0}, legend = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	sections_legend(model, &legend);
	latex_begin(out, model->name);
	latex_add_breakable(out, header.bytes);
	text_add(out, "\n\n");
	for (size_t i = 0; i < sections.count; i++) {
		latex_add_table(out, &sections.tables[i], i + 1);
		if (i == 0) {
			add_escaped(out, legend.bytes, false);
			text_add(out, "\n\n");
			add_figures(out, model);
		}
	}
	text_add(out, "\\end{document}\n");
	sections_free(&sections);
}
