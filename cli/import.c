/* Reading and checking what is imported. */
#include "cli/import.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/option.h"
#include "base/text.h"

static const size_t most_bytes = (size_t)1 << 30;

/* More than anybody reads; a file of 1 GiB may have hundreds of millions of them. */
enum { MISTAKES_KEPT = 100 };

static const char *const column_names[IMPORT_COLUMNS + 1] = {
	[IMPORT_TARGET] = "target",
	[IMPORT_BENCHMARK] = "benchmark",
	[IMPORT_METRIC] = "metric",
	[IMPORT_UNIT] = "unit",
	[IMPORT_BETTER] = "better",
	[IMPORT_BLOCK] = "block",
	[IMPORT_RUN] = "run",
	[IMPORT_VALUE] = "value",
	[IMPORT_PLACEMENT] = "placement",
	[IMPORT_PARAMETERS] = "parameters",
	[IMPORT_X] = "x",
	[IMPORT_SCALE] = "scale",
	[IMPORT_STATISTIC] = "statistic",
	[IMPORT_EMULATED] = "emulated",
};

struct checker {
	const char *path;
	struct yaml_mistakes *mistakes; /* the first ones */
	size_t *mistake_count; /* of all */
	int places[IMPORT_COLUMNS]; /* field of each column, -1: not there */
	size_t fields;
};

static void mistake(const struct checker *c, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void mistake(const struct checker *c, unsigned line, const char *format, ...)
{
	struct text text = {0};
	va_list args;

	if (++*c->mistake_count > MISTAKES_KEPT)
		return;
	if (line)
		text_addf(&text, "%s:%u: ", c->path, line);
	else
		text_addf(&text, "%s: ", c->path);
	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	text_one_line(text.bytes);
	array_reserve(&c->mistakes->lines, &c->mistakes->capacity, c->mistakes->count + 1);
	c->mistakes->lines[c->mistakes->count++] = text_take(&text);
}

static int column_of(const char *name)
{
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		if (strcmp(name, column_names[i]) == 0)
			return i;
	return -1;
}

/* Whether the record names columns at all: without a header they are in their own order. */
static bool is_header(const struct csv_record *record)
{
	size_t known = 0;

	for (size_t i = 0; i < record->count; i++)
		known += column_of(record->fields[i]) >= 0;
	return known >= 2;
}

static void read_header(struct checker *c, const struct csv_record *record)
{
	c->fields = record->count;
	for (size_t i = 0; i < record->count; i++) {
		const char *name = record->fields[i];
		int column = column_of(name);
		if (column >= 0 && c->places[column] >= 0)
			mistake(c, record->line, "the column \"%s\" appears twice", name);
		if (column >= 0) {
			c->places[column] = (int)i;
			continue;
		}
		cleanup_free char *hint = nearest_hint(name, column_names, IMPORT_COLUMNS);
		mistake(c, record->line, "there is no column \"%s\"%s", name, hint);
	}
	for (int i = 0; i < IMPORT_REQUIRED; i++)
		if (c->places[i] < 0)
			mistake(c, record->line, "the column \"%s\" is missing", column_names[i]);
}

static void set_default_columns(struct checker *c)
{
	c->fields = IMPORT_REQUIRED;
	for (int i = 0; i < IMPORT_REQUIRED; i++)
		c->places[i] = i;
}

/* --- one row ------------------------------------------------------------------------------------
 */

static void check_number(const struct checker *c, const struct import_row *row,
	enum import_column column, double *out)
{
	const char *text = row->text[column];
	char *end;

	*out = strtod(text, &end);
	if (end == text || *end || text[strspn(text, "+-.0123456789eE")])
		mistake(c, row->line, "%s: expected a number, not \"%s\"", column_names[column],
			text);
	else if (!isfinite(*out))
		mistake(c, row->line, "%s: %s is out of range", column_names[column], text);
}

static void check_whole(const struct checker *c, const struct import_row *row,
	enum import_column column, unsigned *out)
{
	const char *text = row->text[column];
	unsigned long value = strtoul(text, NULL, 10);

	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 9)
		mistake(c, row->line, "%s: expected a whole number from 0 to 999999999, not \"%s\"",
			column_names[column], text);
	else
		*out = (unsigned)value;
}

static void check_word(const struct checker *c, const struct import_row *row,
	enum import_column column, const char *const *words)
{
	cleanup_text struct text list = {0};

	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], row->text[column]) == 0)
			return;
		text_addf(&list, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	mistake(c, row->line, "%s: expected %s, not \"%s\"", column_names[column], list.bytes,
		row->text[column]);
}

/* Names that differ in blanks alone would be two things that look like one. */
static void check_blanks(
	const struct checker *c, const struct import_row *row, enum import_column column)
{
	const char *text = row->text[column];
	size_t length = strlen(text);

	if (length && (isspace((unsigned char)text[0]) || isspace((unsigned char)text[length - 1])))
		mistake(c, row->line, "%s: \"%s\" begins or ends with a blank",
			column_names[column], text);
}

static void check_row(const struct checker *c, struct import_row *row)
{
	static const char *const betters[] = {"higher", "lower", "none", NULL};
	static const char *const scales[] = {"ratio", "difference", NULL};
	static const char *const statistics[] = {
		"median", "mean", "minimum", "maximum", "p99", "sum", NULL};
	static const enum import_column needed[] = {
		IMPORT_TARGET, IMPORT_BENCHMARK, IMPORT_METRIC, IMPORT_UNIT};
	static const enum import_column names[] = {IMPORT_TARGET, IMPORT_BENCHMARK, IMPORT_METRIC,
		IMPORT_UNIT, IMPORT_PLACEMENT, IMPORT_PARAMETERS};
	static const char *const answers[] = {"yes", "no", NULL};
	size_t before = *c->mistake_count;

	for (size_t i = 0; i < ARRAY_COUNT(needed); i++)
		if (!row->text[needed[i]][0])
			mistake(c, row->line, "%s is empty%s", column_names[needed[i]],
				needed[i] == IMPORT_UNIT ? "; write 1 for a plain number" : "");
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		check_blanks(c, row, names[i]);
	check_word(c, row, IMPORT_BETTER, betters);
	check_word(c, row, IMPORT_SCALE, scales);
	check_word(c, row, IMPORT_STATISTIC, statistics);
	if (row->text[IMPORT_EMULATED][0])
		check_word(c, row, IMPORT_EMULATED, answers);
	check_whole(c, row, IMPORT_BLOCK, &row->block);
	check_whole(c, row, IMPORT_RUN, &row->run);
	check_number(c, row, IMPORT_VALUE, &row->value);
	if (row->text[IMPORT_X][0])
		check_number(c, row, IMPORT_X, &row->x);
	if (*c->mistake_count == before && row->value <= 0 &&
		strcmp(row->text[IMPORT_SCALE], "ratio") == 0)
		mistake(c, row->line,
			"value: %s has no logarithm; for a metric that can be 0 or less add a "
			"column \"scale\" with \"difference\"",
			row->text[IMPORT_VALUE]);
}

static void read_row(
	const struct checker *c, const struct csv_record *record, struct import_row *row)
{
	*row = (struct import_row){.line = record->line};
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		row->text[i] = c->places[i] < 0 ? "" : record->fields[c->places[i]];
	if (!row->text[IMPORT_PLACEMENT][0])
		row->text[IMPORT_PLACEMENT] = "1x1";
	if (!row->text[IMPORT_SCALE][0])
		row->text[IMPORT_SCALE] = "ratio";
	if (!row->text[IMPORT_STATISTIC][0])
		row->text[IMPORT_STATISTIC] = "median";
	check_row(c, row);
}

/* --- all rows together --------------------------------------------------------------------------
 */

static int order_metrics(const void *left, const void *right)
{
	const struct import_row *a = *(struct import_row *const *)left;
	const struct import_row *b = *(struct import_row *const *)right;
	int order = strcmp(a->text[IMPORT_BENCHMARK], b->text[IMPORT_BENCHMARK]);

	if (!order)
		order = strcmp(a->text[IMPORT_METRIC], b->text[IMPORT_METRIC]);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* What a metric is, it is in every row; a second declaration is shown once per metric. */
static void check_metrics(const struct checker *c, struct import *import)
{
	static const enum import_column declared[] = {
		IMPORT_UNIT, IMPORT_BETTER, IMPORT_SCALE, IMPORT_STATISTIC};
	cleanup_free struct import_row **rows = mem_new(import->count + 1, sizeof(*rows));
	const struct import_row *first = NULL;
	bool reported[IMPORT_COLUMNS] = {false};

	for (size_t i = 0; i < import->count; i++)
		rows[i] = &import->rows[i];
	qsort(rows, import->count, sizeof(struct import_row *), order_metrics);
	for (size_t i = 0; i < import->count; i++) {
		const struct import_row *row = rows[i];
		if (!first || strcmp(first->text[IMPORT_BENCHMARK], row->text[IMPORT_BENCHMARK]) ||
			strcmp(first->text[IMPORT_METRIC], row->text[IMPORT_METRIC])) {
			first = row;
			memset(reported, 0, sizeof(reported));
		}
		for (size_t k = 0; k < ARRAY_COUNT(declared); k++) {
			enum import_column column = declared[k];
			if (reported[column] || strcmp(first->text[column], row->text[column]) == 0)
				continue;
			reported[column] = true;
			mistake(c, row->line, "%s of %s %s is \"%s\" here and \"%s\" in line %u",
				column_names[column], row->text[IMPORT_BENCHMARK],
				row->text[IMPORT_METRIC], row->text[column], first->text[column],
				first->line);
		}
		if (!row->text[IMPORT_X][0] != !first->text[IMPORT_X][0] && !reported[IMPORT_X]) {
			reported[IMPORT_X] = true;
			mistake(c, row->line, "x of %s %s is given in only some lines",
				row->text[IMPORT_BENCHMARK], row->text[IMPORT_METRIC]);
		}
	}
}

static int order_machines(const void *left, const void *right)
{
	const struct import_row *a = *(struct import_row *const *)left;
	const struct import_row *b = *(struct import_row *const *)right;
	int order = strcmp(a->text[IMPORT_TARGET], b->text[IMPORT_TARGET]);

	if (!order)
		order = strcmp(a->text[IMPORT_PLACEMENT], b->text[IMPORT_PLACEMENT]);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* The machines of a target in a placement are emulated or not in all lines. */
static void check_emulation(const struct checker *c, struct import *import)
{
	cleanup_free struct import_row **rows = mem_new(import->count + 1, sizeof(*rows));
	const struct import_row *first = NULL;
	bool reported = false;

	for (size_t i = 0; i < import->count; i++)
		rows[i] = &import->rows[i];
	qsort(rows, import->count, sizeof(struct import_row *), order_machines);
	for (size_t i = 0; i < import->count; i++) {
		const struct import_row *row = rows[i];
		if (!first || strcmp(first->text[IMPORT_TARGET], row->text[IMPORT_TARGET]) != 0 ||
			strcmp(first->text[IMPORT_PLACEMENT], row->text[IMPORT_PLACEMENT]) != 0) {
			first = row;
			reported = false;
		}
		if (reported ||
			strcmp(first->text[IMPORT_EMULATED], row->text[IMPORT_EMULATED]) == 0)
			continue;
		reported = true;
		mistake(c, row->line, "emulated of %s %s is \"%s\" here and \"%s\" in line %u",
			row->text[IMPORT_TARGET], row->text[IMPORT_PLACEMENT],
			row->text[IMPORT_EMULATED], first->text[IMPORT_EMULATED], first->line);
	}
}

static void read_records(struct checker *c, struct import *import)
{
	const struct csv *csv = &import->csv;
	bool header = csv->count && is_header(&csv->records[0]);

	if (csv->bad_line)
		mistake(c, csv->bad_line, "a quoted field is not closed, or is followed by text");
	if (header)
		read_header(c, &csv->records[0]);
	else
		set_default_columns(c);
	if (*c->mistake_count)
		return;
	if (csv->count <= header)
		mistake(c, 0, "contains no measurements");
	import->rows = mem_new(csv->count + 1, sizeof(*import->rows));
	for (size_t i = header; i < csv->count; i++) {
		const struct csv_record *record = &csv->records[i];
		if (record->count == c->fields)
			read_row(c, record, &import->rows[import->count++]);
		else
			mistake(c, record->line, "has %zu fields instead of %zu%s", record->count,
				c->fields, header ? "" : " (and there is no header line)");
	}
	if (*c->mistake_count)
		return;
	check_metrics(c, import);
	check_emulation(c, import);
}

void import_read(const char *path, struct import *import, struct yaml_mistakes *mistakes)
{
	struct checker c = {
		.path = path, .mistakes = mistakes, .mistake_count = &import->mistake_count};
	struct error e = {""};
	char *bytes;
	size_t count;

	*import = (struct import){0};
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		c.places[i] = -1;
	if (file_read(path, most_bytes, &bytes, &count, &e) < 0) {
		array_reserve(&mistakes->lines, &mistakes->capacity, mistakes->count + 1);
		mistakes->lines[mistakes->count++] = str_dup(e.text);
		import->mistake_count++;
		return;
	}
	if (strlen(bytes) != count) {
		mistake(&c, 0, "contains zero bytes, so it is not a text file");
		free(bytes);
		return;
	}
	csv_parse(bytes, &import->csv);
	read_records(&c, import);
}

void import_free(struct import *import)
{
	csv_free(&import->csv);
	free(import->rows);
	*import = (struct import){0};
}
