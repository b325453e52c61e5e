/* Options by their rows: parses text into members, and writes members as text. */
#include "base/option.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

static void *member(const struct option_row *row, void *options)
{
	return (char *)options + row->offset;
}

static const void *const_member(const struct option_row *row, const void *options)
{
	return (const char *)options + row->offset;
}

/* ---- ranges ---- */

static char *bound_text(const struct option_row *row, double bound)
{
	char buffer[UNIT_TEXT_BYTES];

	if (row->type == OPTION_SIZE || row->type == OPTION_SIZE_LIST)
		return str_dup(size_format((int64_t)bound, buffer));
	if (row->type == OPTION_DURATION)
		return str_printf("%.9gs", bound);
	return str_printf("%.15g", bound);
}

static int check_range(
	const struct option_row *row, double value, const char *text, struct error *e)
{
	/* A bound that is the limit of int64_t means that there is none on that side. */
	bool open_above = row->maximum >= 0x1p63;
	bool open_below = row->minimum <= -0x1p63;
	cleanup_free char *minimum = NULL, *maximum = NULL;

	if (!(row->minimum < row->maximum) || (value >= row->minimum && value <= row->maximum))
		return 0;
	minimum = open_below ? NULL : bound_text(row, row->minimum);
	maximum = open_above ? NULL : bound_text(row, row->maximum);
	if (open_above)
		return error_set(e, "must be at least %s, not %s", minimum, text);
	if (open_below)
		return error_set(e, "must be at most %s, not %s", maximum, text);
	return error_set(e, "must be between %s and %s, not %s", minimum, maximum, text);
}

/* ---- one parser for each type; each sets the member only on success ---- */

static int parse_bool(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true},
		{"off", false}};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			*(bool *)member(row, options) = words[i].value;
			return 0;
		}
	}
	return error_set(e, "expected true or false, not \"%s\"", text);
}

static int whole_number(const char *text, int64_t *value, struct error *e)
{
	size_t sign = *text == '-' || *text == '+';
	char *end;
	long long number;

	if (!isdigit((unsigned char)text[sign]))
		return error_set(e, "expected a whole number, not \"%s\"", text);
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end)
		return error_set(e, "expected a whole number, not \"%s\"", text);
	if (errno == ERANGE)
		return error_set(e, "the number %s is too large", text);
	*value = number;
	return 0;
}

/* A number or, for the two types of sizes, a size; in range. */
static int parse_integer(
	const struct option_row *row, const char *text, int64_t *value, struct error *e)
{
	bool is_size = row->type == OPTION_SIZE || row->type == OPTION_SIZE_LIST;
	int64_t parsed;

	if ((is_size ? size_parse(text, &parsed, e) : whole_number(text, &parsed, e)) < 0)
		return -1;
	if (check_range(row, (double)parsed, text, e) < 0)
		return -1;
	*value = parsed;
	return 0;
}

static int parse_int(const struct option_row *row, void *options, const char *text, struct error *e)
{
	return parse_integer(row, text, member(row, options), e);
}

static int parse_real(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	static const char of_numbers[] = "+-.0123456789eE";
	char *end;
	double value = strtod(text, &end);

	/* The set keeps out inf, nan and hexadecimal, which strtod would take. */
	if (end == text || *end || text[strspn(text, of_numbers)] || !isfinite(value))
		return error_set(e, "expected a number, not \"%s\"", text);
	if (check_range(row, value, text, e) < 0)
		return -1;
	*(double *)member(row, options) = value;
	return 0;
}

static int parse_duration(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	double seconds;

	if (duration_parse(text, &seconds, e) < 0 || check_range(row, seconds, text, e) < 0)
		return -1;
	*(double *)member(row, options) = seconds;
	return 0;
}

static int parse_string(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	char **string = member(row, options);
	char *copy = str_dup(text); /* before the free: text may be the old value */

	(void)e;
	free(*string);
	*string = copy;
	return 0;
}

static size_t choice_count(const struct option_row *row)
{
	size_t count = 0;

	while (row->choices[count])
		count++;
	return count;
}

static int parse_choice(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	size_t count = choice_count(row);
	cleanup_text struct text all = {0};
	const char *near;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(row->choices[i], text) == 0) {
			*(int *)member(row, options) = (int)i;
			return 0;
		}
		text_addf(&all, "%s%s",
			i == 0          ? ""
			: i + 1 < count ? ", "
					: " or ",
			row->choices[i]);
	}
	near = nearest_name(text, row->choices, count);
	if (near)
		return error_set(
			e, "expected %s, not \"%s\"; did you mean %s?", all.bytes, text, near);
	return error_set(e, "expected %s, not \"%s\"", all.bytes, text);
}

/* The item without the blanks around it, cut in place. */
static char *trimmed(char *item)
{
	size_t count;

	item += strspn(item, " \t");
	count = strlen(item);
	while (count > 0 && (item[count - 1] == ' ' || item[count - 1] == '\t'))
		count--;
	item[count] = '\0';
	return item;
}

static int parse_list(
	const struct option_row *row, void *options, const char *text, struct error *e)
{
	struct number_list *list = member(row, options);
	cleanup_free char *items = str_dup(text);
	cleanup_free int64_t *values = NULL;
	size_t count = 0, capacity = 0;
	char *rest = items, *item;

	while ((item = strsep(&rest, ","))) {
		array_reserve(&values, &capacity, count + 1);
		if (parse_integer(row, trimmed(item), &values[count], e) < 0)
			return -1;
		count++;
	}
	free(list->values);
	list->values = take_ptr(values);
	list->count = count;
	return 0;
}

/* ---- one writer for each type ---- */

/* The shortest text that reads back as the same double; without an exponent where that is
 * readable. */
static void add_real(struct text *out, double value)
{
	bool plain = value == 0 || (fabs(value) >= 1e-9 && fabs(value) < 1e15);
	char buffer[64];

	value = value == 0 ? 0 : value; /* no "-0" */
	for (int digits = 0; digits <= 25; digits++) {
		snprintf(buffer, sizeof(buffer), plain ? "%.*f" : "%.*g", digits, value);
		if (strtod(buffer, NULL) == value)
			break;
	}
	text_add(out, buffer);
}

static void write_bool(const struct option_row *row, const void *options, struct text *out)
{
	text_add(out, *(const bool *)const_member(row, options) ? "true" : "false");
}

static void add_integer(const struct option_row *row, int64_t value, struct text *out)
{
	char buffer[UNIT_TEXT_BYTES];

	if (row->type == OPTION_SIZE || row->type == OPTION_SIZE_LIST)
		text_add(out, size_format(value, buffer));
	else
		text_addf(out, "%lld", (long long)value);
}

static void write_int(const struct option_row *row, const void *options, struct text *out)
{
	add_integer(row, *(const int64_t *)const_member(row, options), out);
}

static void write_real(const struct option_row *row, const void *options, struct text *out)
{
	add_real(out, *(const double *)const_member(row, options));
}

static void write_duration(const struct option_row *row, const void *options, struct text *out)
{
	add_real(out, *(const double *)const_member(row, options));
	text_add(out, "s");
}

static void write_string(const struct option_row *row, const void *options, struct text *out)
{
	const char *const *string = const_member(row, options);

	if (*string)
		text_add(out, *string);
}

static void write_choice(const struct option_row *row, const void *options, struct text *out)
{
	text_add(out, row->choices[*(const int *)const_member(row, options)]);
}

static void write_list(const struct option_row *row, const void *options, struct text *out)
{
	const struct number_list *list = const_member(row, options);

	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			text_add(out, ",");
		add_integer(row, list->values[i], out);
	}
}

static const struct {
	int (*parse)(const struct option_row *, void *, const char *, struct error *);
	void (*write)(const struct option_row *, const void *, struct text *);
} types[] = {
	[OPTION_BOOL] = {parse_bool, write_bool},
	[OPTION_INT] = {parse_int, write_int},
	[OPTION_REAL] = {parse_real, write_real},
	[OPTION_SIZE] = {parse_int, write_int},
	[OPTION_DURATION] = {parse_duration, write_duration},
	[OPTION_STRING] = {parse_string, write_string},
	[OPTION_CHOICE] = {parse_choice, write_choice},
	[OPTION_INT_LIST] = {parse_list, write_list},
	[OPTION_SIZE_LIST] = {parse_list, write_list},
};

/* ---- tables ---- */

void *options_new(const struct option_row *rows, size_t size)
{
	void *options = mem_new(1, size);
	struct error e;

	for (const struct option_row *row = rows; row && row->name; row++) {
		if (row->default_text && option_set(row, options, row->default_text, &e) < 0) {
			fprintf(stderr, "tare: bad default in an option table: %s\n", e.text);
			abort();
		}
	}
	return options;
}

void options_free(const struct option_row *rows, void *options)
{
	for (const struct option_row *row = rows; options && row && row->name; row++) {
		if (row->type == OPTION_STRING)
			free(*(char **)member(row, options));
		else if (option_is_list(row))
			free(((struct number_list *)member(row, options))->values);
	}
	free(options);
}

const struct option_row *option_find(const struct option_row *rows, const char *name)
{
	for (const struct option_row *row = rows; row && row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

int option_set(const struct option_row *row, void *options, const char *text, struct error *e)
{
	if (types[row->type].parse(row, options, text, e) < 0)
		return error_prefix(e, "%s", row->name);
	return 0;
}

char *option_text(const struct option_row *row, const void *options)
{
	struct text text = {0};

	types[row->type].write(row, options, &text);
	return text_take(&text);
}

bool option_is_list(const struct option_row *row)
{
	return row->type == OPTION_INT_LIST || row->type == OPTION_SIZE_LIST;
}
