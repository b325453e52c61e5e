/* The formats that tare report is asked for, and the files of each. */
#ifndef TARE_CLI_REPORT_FORMATS_H
#define TARE_CLI_REPORT_FORMATS_H

#include "base/error.h"
#include "cli/verbs.h"
#include "report/model/model.h"

struct report_format;
struct export_format;

/* A report, an export, or (neither) every sample as CSV. */
struct output_format {
	const struct report_format *report;
	const struct export_format *export;
};

enum { OUTPUT_FORMATS_MAX = 16 };

/* What --format names, in its order. */
struct output_formats {
	struct output_format list[OUTPUT_FORMATS_MAX];
	size_t count;
};

/* The names of all formats: struct verb's add_formats. */
void report_formats_add(struct argv *names);
/* "html" or "html,json,latex", each once; of the verb, whose formats an error names. */
int report_formats_parse(const struct verb *verb, const char *names, struct output_formats *formats,
	struct error *e);
/* The name where only one report is asked for, else "". */
const char *report_formats_only(const struct output_formats *formats);
/* Whether output (NULL: standard output) can take them: several files need a directory. */
int report_formats_check(const struct output_formats *formats, const char *output, struct error *e);
/* The directory in which files of these formats will be; NULL for standard output. Caller frees. */
char *report_formats_directory(const struct output_formats *formats, const char *output);
/* Writes them: one to output; several into the directory output, which is made if it is missing,
 * as report.html, report.json …, an export of several files as a directory with its name. */
int report_formats_write(const struct output_formats *formats, const struct report_model *model,
	const char *output, struct error *e);

#endif
