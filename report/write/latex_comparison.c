/* The comparison of an area as a LaTeX float: rows are headlines, columns the baseline's value and,
 * per target, the slowdown with its interval below; bold where decided. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/latex.h"
#include "report/write/words.h"

/* The columns of a TABLE_COMPARISON: label, baseline, then two per target. */
enum { LABEL, BASELINE, FIRST_TARGET, PER_TARGET = 2 };
/* Up to so many targets stand in a column of text; more than the second in several tables. */
enum { NARROW_TARGETS = 5, PART_TARGETS = 7 };

/* A number taken apart for a siunitx column. */
struct number {
	bool known, times, per_cent, undecided;
	char digits[32]; /* with a sign, without thousands' commas */
	size_t before, after; /* digits around the point */
	const char *rest; /* the marks behind it */
};

static size_t take_digits(const char **at, char *digits, size_t size)
{
	size_t count = 0;

	for (; isdigit((unsigned char)**at) || **at == ','; (*at)++)
		if (**at != ',' && strlen(digits) + 1 < size) {
			strncat(digits, *at, 1);
			count++;
		}
	return count;
}

/* "+18.5 % ~²", "×1,092", "11,013 Mop/s". */
static struct number read_number(const char *text)
{
	static const char times[] = "×";
	struct number n = {.known = false};

	if (strncmp(text, times, strlen(times)) == 0) {
		n.times = true;
		text += strlen(times);
	}
	if (*text == '+' || *text == '-')
		strncat(n.digits, text++, 1);
	n.before = take_digits(&text, n.digits, sizeof(n.digits));
	if (*text == '.') {
		strcat(n.digits, ".");
		text++;
		n.after = take_digits(&text, n.digits, sizeof(n.digits));
	}
	n.known = n.before && *text != 'e';
	if (strncmp(text, " %", 2) == 0) {
		n.per_cent = true;
		text += 2;
	}
	if (strncmp(text, " ~", 2) == 0) {
		n.undecided = true;
		text += 2;
	}
	n.rest = text;
	return n;
}

static const char *const mark_digits[] = {"¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

static size_t count_marks(const char *marks)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mark_digits); i++)
		count += strstr(marks, mark_digits[i]) != NULL;
	return count;
}

static void add_marks(struct text *out, const char *marks)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mark_digits); i++)
		if (strstr(marks, mark_digits[i]))
			text_addf(out, "%s%zu", count++ ? "," : "\\tnote{", i + 1);
	text_add(out, count ? "}" : "");
}

/* A baseline's number, whose unit stands in the label, or a slowdown: not a value in its unit where
 * a target has no slowdown. */
static bool is_number(const struct table *table, size_t index, const struct number *number)
{
	bool is_baseline = index % table->column_count == BASELINE;

	return number->known && (is_baseline || table->cells[index].value);
}

/* A cell of a siunitx column; its text in braces where it is no plain number. */
static void add_number(struct text *out, const struct table *table, size_t index)
{
	const struct cell_text *cell = &table->cells[index];
	struct number n = read_number(cell->text);
	bool strong = cell->value && cell->value->decided;

	if (!is_number(table, index, &n)) {
		text_add(out, "{");
		latex_add_numbers(out, cell->text, false);
		text_add(out, "}");
		return;
	}
	text_addf(
		out, "%s%s%s", strong ? "\\bfseries " : "", n.times ? "{$\\times$}" : "", n.digits);
	text_addf(out, "{%s%s", n.per_cent ? "\\,\\%" : "", n.undecided ? "\\,$\\sim$" : "");
	add_marks(out, n.rest);
	text_add(out, "}");
}

/* How wide the numbers of a column are. */
static void add_format(struct text *out, const struct table *table, size_t column)
{
	size_t before = 1, after = 0, marks = 0;
	bool sign = false, times = false, per_cent = false, undecided = false;

	for (size_t r = 0; r < table_rows(table); r++) {
		size_t index = r * table->column_count + column;
		struct number n = read_number(table->cells[index].text);
		if (!is_number(table, index, &n))
			continue;
		before = n.before > before ? n.before : before;
		after = n.after > after ? n.after : after;
		sign = sign || n.digits[0] == '+' || n.digits[0] == '-';
		times = times || n.times;
		per_cent = per_cent || n.per_cent;
		undecided = undecided || n.undecided;
		marks = count_marks(n.rest) > marks ? count_marks(n.rest) : marks;
	}
	text_addf(out, "S[table-format=%s%zu.%zu", sign ? "+" : "", before, after);
	text_addf(out, ",table-space-text-pre={%s}", times ? "$\\times$" : "");
	text_addf(out, ",table-space-text-post={%s%s", per_cent ? "\\,\\%" : "",
		undecided ? "\\,$\\sim$" : "");
	for (size_t i = 0; i < marks; i++)
		text_add(out, i ? ",1" : "\\textsuperscript{1");
	text_addf(out, "%s}]", marks ? "}" : "");
}

/* The unit behind the baseline's value, or "". */
static char *unit_of(const struct cell_text *cell)
{
	struct number n = read_number(cell->text);
	const char *unit = n.known ? n.rest + strspn(n.rest, " ") : "";
	size_t length = 0;

	while (unit[length] && (unsigned char)unit[length] < 0x80)
		length++;
	return str_printf("%.*s", (int)length, unit);
}

/* A target's name in at most so many millimetres. */
static void add_head(struct text *out, const char *name, double mm)
{
	size_t plain = 0;

	while (name[plain] && (unsigned char)name[plain] < 0x80)
		plain++;
	cleanup_free char *words = str_printf("%.*s", (int)plain, name);
	bool marked = strstr(name, "¹") || strstr(name, "²") || strstr(name, "³");
	text_addf(out, "\\multicolumn{1}{>{\\centering\\arraybackslash}p{%.0fmm}}{", mm);
	latex_add_breakable(out, marked ? words : name);
	if (marked)
		add_marks(out, name + plain);
	text_add(out, "}");
}

static void add_heads(struct text *out, const struct table *table, size_t from, size_t to)
{
	double mm = to - from > PER_TARGET * 4 ? 16 : 22;

	text_add(out, "\\toprule\n & ");
	add_head(out, table->columns[BASELINE].heading, mm);
	for (size_t c = from; c < to; c += PER_TARGET) {
		text_add(out, " & ");
		add_head(out, table->columns[c].group, mm);
	}
	text_add(out, " \\\\\n\\midrule\n");
}

static void add_row(struct text *out, const struct table *table, size_t row, size_t from, size_t to)
{
	size_t first = row * table->column_count;
	const struct cell_text *cells = &table->cells[first];
	cleanup_free char *unit = unit_of(&cells[BASELINE]);

	latex_add_breakable(out, cells[LABEL].text);
	if (unit[0]) {
		text_add(out, " (");
		latex_add(out, unit);
		text_add(out, ")");
	}
	text_add(out, " & ");
	add_number(out, table, first + BASELINE);
	for (size_t c = from; c < to; c += PER_TARGET) {
		text_add(out, " & ");
		add_number(out, table, first + c);
	}
	text_add(out, " \\\\\n & ");
	for (size_t c = from; c < to; c += PER_TARGET) {
		text_add(out, " & {\\scriptsize ");
		latex_add_numbers(out, cells[c + 1].text, false);
		text_add(out, "}");
	}
	text_add(out, " \\\\\n");
}

static void add_notes(struct text *out, const char *notes)
{
	if (!notes || !notes[0])
		return;
	text_add(out, "\\begin{tablenotes}\\scriptsize\n");
	while (*notes) {
		size_t length = strcspn(notes, "\n"), mark = strcspn(notes, " ");
		cleanup_free char *words =
			str_printf("%.*s", (int)(length - mark - 1), notes + mark + 1);
		cleanup_free char *sign = str_printf("%.*s", (int)mark, notes);
		struct text number = {0};
		add_marks(&number, sign);
		if (number.count)
			text_addf(out, "\\item[%c] ", number.bytes[strlen("\\tnote{")]);
		else
			text_addf(out, "\\item[%s] ", sign[0] == '~' ? "$\\sim$" : sign);
		latex_add(out, words);
		text_add(out, "\n");
		text_free(&number);
		notes += length + (notes[length] == '\n');
	}
	text_add(out, "\\end{tablenotes}\n");
}

static void add_part(
	struct text *out, const struct table *table, size_t number, size_t from, size_t to)
{
	bool wide = (to - from) / PER_TARGET > NARROW_TARGETS;
	const char *star = wide ? "*" : "";

	text_addf(out, "\\begin{table%s}[htbp]\n\\centering\n\\begin{threeparttable}\n\\caption{",
		star);
	latex_add(out, table->title);
	text_add(out, from > FIRST_TARGET ? " (further targets): slowdown. " : ": slowdown. ");
	latex_add_breakable(out, table->note);
	text_add(out, "}");
	if (from == FIRST_TARGET)
		text_addf(out, "\\label{tab:tare-%zu}", number);
	text_add(out, "\n\\begin{tabularx}{\\linewidth}{@{}>{\\raggedright\\arraybackslash}X");
	add_format(out, table, BASELINE);
	for (size_t c = from; c < to; c += PER_TARGET)
		add_format(out, table, c);
	text_add(out, "@{}}\n");
	add_heads(out, table, from, to);
	for (size_t r = 0; r < table_rows(table); r++)
		add_row(out, table, r, from, to);
	text_add(out, "\\bottomrule\n\\end{tabularx}\n");
	add_notes(out, table->footnotes);
	text_addf(out, "\\end{threeparttable}\n\\end{table%s}\n\n", star);
}

void latex_add_comparison(struct text *out, const struct table *table, size_t number)
{
	enum { STEP = PER_TARGET * PART_TARGETS };

	text_add(out, "% ---- ");
	latex_add(out, table->title);
	text_add(out, "\n");
	for (size_t c = FIRST_TARGET; c < table->column_count; c += STEP) {
		size_t end = c + STEP;
		add_part(out, table, number, c,
			end < table->column_count ? end : table->column_count);
	}
}
