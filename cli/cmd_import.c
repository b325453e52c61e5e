/* tare import: a store of measurements from elsewhere. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "cli/import.h"
#include "cli/verbs.h"

enum { MISTAKES_SHOWN = 20 };

static void print_some(const struct yaml_mistakes *mistakes, size_t count)
{
	for (size_t i = 0; i < mistakes->count && i < MISTAKES_SHOWN; i++)
		fprintf(stderr, "%s\n", mistakes->lines[i]);
	if (count > MISTAKES_SHOWN)
		fprintf(stderr, "… and %zu more\n", count - MISTAKES_SHOWN);
	fprintf(stderr, "tare: %zu mistake%s; nothing was written\n", count, count == 1 ? "" : "s");
}

/* The file's name without its folder and suffix. */
static char *default_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = str_dup(slash ? slash + 1 : path);
	char *dot = strrchr(name, '.');

	if (dot && dot != name)
		*dot = '\0';
	return name;
}

/* Years whose every second fits into 64 bits of nanoseconds since 1970, whose first stands for an
 * unknown time. */
enum { FIRST_YEAR = 1971, LAST_YEAR = 2261 };

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Whether text is of that form, in which digits stand for "9"; their values into parts, those of
 * each group. */
static bool is_form(const char *text, const char *form, int *parts)
{
	for (; *form; form++, text++) {
		if (*form != '9') {
			if (*text != *form)
				return false;
			parts++;
		} else if (isdigit((unsigned char)*text)) {
			*parts = *parts * 10 + (*text - '0');
		} else {
			return false;
		}
	}
	return text[strspn(text, "Z")] == '\0' && strlen(text) <= 1;
}

static int check_date(const char *text, const int parts[6], struct error *e)
{
	if (parts[0] < FIRST_YEAR || parts[0] > LAST_YEAR)
		return error_set(
			e, "--date: %s is outside the years %d to %d", text, FIRST_YEAR, LAST_YEAR);
	if (parts[1] < 1 || parts[1] > 12)
		return error_set(e, "--date: %s: there is no month %d", text, parts[1]);
	int days = days_of_month(parts[0], parts[1]);
	if (parts[2] < 1 || parts[2] > days)
		return error_set(e, "--date: %s: that month has %d days", text, days);
	if (parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
		return error_set(e, "--date: %s: the last time of a day is 23:59:59", text);
	return 0;
}

static int parse_date(const char *text, int64_t *started_ns, struct error *e)
{
	static const char *const forms[] = {
		"9999-99-99T99:99:99", "9999-99-99T99:99", "9999-99-99"};

	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		int parts[6] = {0};
		if (!is_form(text, forms[i], parts))
			continue;
		if (check_date(text, parts, e) < 0)
			return -1;
		struct tm tm = {.tm_year = parts[0] - 1900,
			.tm_mon = parts[1] - 1,
			.tm_mday = parts[2],
			.tm_hour = parts[3],
			.tm_min = parts[4],
			.tm_sec = parts[5]};
		*started_ns = timegm(&tm) * INT64_C(1000000000);
		return 0;
	}
	return error_set(e,
		"--date: expected a date (UTC) such as 2026-03-01 or 2026-03-01T12:00, not \"%s\"",
		text);
}

/* When it was measured: flag 'd', else the file's own time. */
static int read_start(const struct arguments *arguments, int64_t *started_ns, struct error *e)
{
	const char *text = flag_value(arguments, 'd'), *path = arguments->positionals[0];
	struct stat status;
	struct tm tm;

	if (text)
		return parse_date(text, started_ns, e);
	if (stat(path, &status) < 0)
		return error_errno(e, errno, "cannot read the time of %s", path);
	if (!gmtime_r(&status.st_mtim.tv_sec, &tm) || tm.tm_year + 1900 < FIRST_YEAR ||
		tm.tm_year + 1900 > LAST_YEAR)
		return error_set(e,
			"the time of %s is outside the years %d to %d; give --date when it was "
			"measured",
			path, FIRST_YEAR, LAST_YEAR);
	*started_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
	return 0;
}

static int check_baseline(const struct import *import, const char *baseline, struct error *e)
{
	for (size_t i = 0; baseline && i < import->count; i++)
		if (strcmp(import->rows[i].text[IMPORT_TARGET], baseline) == 0)
			return 0;
	if (!baseline)
		return 0;
	cleanup_free const char **names = mem_new(import->count + 1, sizeof(*names));
	for (size_t i = 0; i < import->count; i++)
		names[i] = import->rows[i].text[IMPORT_TARGET];
	cleanup_free char *hint = nearest_hint(baseline, names, import->count);
	return error_set(e, "--baseline: no line has the target \"%s\"%s", baseline, hint);
}

int cmd_import(const struct arguments *arguments, struct error *e)
{
	const char *path = arguments->positionals[0], *out = flag_value(arguments, 'o');
	cleanup_free char *name = default_name(path);
	struct import_options options = {.name = flag_value(arguments, 'n'),
		.baseline = flag_value(arguments, 'b'),
		.path = path};
	struct yaml_mistakes mistakes = {0};
	struct import import;
	int status = EXIT_USAGE;

	if (!out) {
		error_set(e, "--out DIR is missing: the directory for the new store");
		return EXIT_USAGE;
	}
	if (!options.name)
		options.name = name;
	import_read(path, &import, &mistakes);
	if (import.mistake_count) {
		print_some(&mistakes, import.mistake_count);
	} else if (check_baseline(&import, options.baseline, e) == 0 &&
		   read_start(arguments, &options.started_ns, e) == 0 &&
		   import_write(&import, &options, out, e) == 0) {
		printf("%zu values imported to %s\n", import.count, out);
		status = EXIT_OK;
	}
	import_free(&import);
	yaml_mistakes_free(&mistakes);
	return status;
}
