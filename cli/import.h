/* Import: a CSV file with measurements of other tools is checked strictly and becomes a store. */
#ifndef TARE_CLI_IMPORT_H
#define TARE_CLI_IMPORT_H

#include <stdint.h>

#include "base/yaml.h"
#include "cli/csv.h"

enum import_column {
	IMPORT_TARGET,
	IMPORT_BENCHMARK,
	IMPORT_METRIC,
	IMPORT_UNIT,
	IMPORT_BETTER,
	IMPORT_BLOCK,
	IMPORT_RUN,
	IMPORT_VALUE,
	IMPORT_REQUIRED, /* those above have to be there, in this order without a header */
	IMPORT_PLACEMENT = IMPORT_REQUIRED,
	IMPORT_PARAMETERS,
	IMPORT_X,
	IMPORT_SCALE,
	IMPORT_STATISTIC,
	IMPORT_EMULATED, /* "yes", "no", or "": unknown */
	IMPORT_COLUMNS
};

struct import_row {
	unsigned line;
	const char *text[IMPORT_COLUMNS]; /* "" where the file has no such column */
	unsigned block, run;
	double x, value;
};

struct import {
	struct csv csv;
	struct import_row *rows;
	size_t count;
	size_t mistake_count; /* of all mistakes, also of those whose text is not kept */
};

/* Reads and checks the file. The first 100 mistakes are added, as "path:line: message"; the others
 * are counted. */
void import_read(const char *path, struct import *import, struct yaml_mistakes *mistakes);
void import_free(struct import *import);

struct import_options {
	const char *name, *baseline; /* of the campaign; baseline NULL: the first target */
	const char *path; /* for the record */
	int64_t started_ns;
};

/* Writes a new store in dir; on failure nothing is left there. */
int import_write(const struct import *import, const struct import_options *options, const char *dir,
	struct error *e);

#endif
