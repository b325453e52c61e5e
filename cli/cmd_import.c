/* tare import: a store of measurements from elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/import.h"
#include "cli/verbs.h"

enum { MISTAKES_SHOWN = 20 };

static void print_some(const struct yaml_mistakes *mistakes)
{
	size_t count = mistakes->count;

	for (size_t i = 0; i < count && i < MISTAKES_SHOWN; i++)
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

/* When it was measured: flag 'd', else the file's own time. */
static int parse_date(const struct arguments *arguments, int64_t *started_ns, struct error *e)
{
	static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
	const char *text = flag_value(arguments, 'd');
	struct stat status;

	if (!text) {
		*started_ns = stat(arguments->positionals[0], &status) == 0
				      ? status.st_mtim.tv_sec * INT64_C(1000000000) +
						status.st_mtim.tv_nsec
				      : clock_realtime_ns();
		return 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, formats[i], &tm);
		if (!end || strcmp(end, end[0] == 'Z' ? "Z" : "") != 0)
			continue;
		*started_ns = timegm(&tm) * INT64_C(1000000000);
		return 0;
	}
	return error_set(e,
		"--date: expected a date (UTC) such as 2026-03-01 or "
		"2026-03-01T12:00, not \"%s\"",
		text);
}

static int check_baseline(const struct import *import, const char *baseline, struct error *e)
{
	for (size_t i = 0; baseline && i < import->count; i++)
		if (strcmp(import->rows[i].text[IMPORT_TARGET], baseline) == 0)
			return 0;
	return baseline ? error_set(e, "--baseline: no line has the target \"%s\"", baseline) : 0;
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
		error_set(e, "--out DIR is missing: where the store is to be made");
		return EXIT_USAGE;
	}
	if (!options.name)
		options.name = name;
	import_read(path, &import, &mistakes);
	if (mistakes.count) {
		print_some(&mistakes);
	} else if (check_baseline(&import, options.baseline, e) == 0 &&
		   parse_date(arguments, &options.started_ns, e) == 0 &&
		   import_write(&import, &options, out, e) == 0) {
		printf("%zu values imported to %s\n", import.count, out);
		status = EXIT_OK;
	}
	import_free(&import);
	yaml_mistakes_free(&mistakes);
	return status;
}
