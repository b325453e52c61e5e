/* Formats that other programs read: their list, and the files that each consists of. The schemas
 * are docs/exports.md. */
#ifndef TARE_REPORT_EXPORT_H
#define TARE_REPORT_EXPORT_H

#include <jansson.h>

#include "report/model/model.h"

struct export_file {
	char *name; /* owned; without a directory */
	struct text text;
};

/* What an export consists of, in order. Zero-initialised is empty. */
struct export_files {
	struct export_file *list;
	size_t count, capacity;
};

struct export_format {
	const char *name; /* as --format has it; NULL ends */
	const char *file; /* what it, or its directory, is called beside other formats */
	const char *summary;
	/* Whether it is several files, and --output a directory. */
	bool directory;
	void (*write)(const struct report_model *model, struct export_files *files);
};
extern const struct export_format export_formats[];
const struct export_format *export_format_find(const char *name); /* NULL if there is none */

void export_files_free(struct export_files *files);
/* Writes all of them into dir, which is made if it is missing. */
int export_files_write(const struct export_files *files, const char *dir, struct error *e);

/* --- the writers --------------------------------------------------------------------------------
 */

void export_openmetrics(const struct report_model *model, struct export_files *files);
void export_bencher(const struct report_model *model, struct export_files *files);
void export_benchmark_action(const struct report_model *model, struct export_files *files);
void export_pgfplots(const struct report_model *model, struct export_files *files);
void export_tidy(const struct report_model *model, struct export_files *files);
/* The Data Package descriptor of the tables that export_tidy writes: an object that the caller
 * may add to, and frees by json_decref. */
json_t *export_tidy_package(const struct report_model *model);

/* --- for the writers ----------------------------------------------------------------------------
 */

/* The text of a new, empty file. Valid until the next one is added. */
struct text *export_add_file(struct export_files *files, const char *name);
/* What a value is of, in one line: "container/1x1/disk pattern=randread", and where it is emulated
 * " (emulated)"; with the metric "… bandwidth at 4 KiB". Owned by the caller. */
char *export_place(
	const struct report_model *model, const struct report_group *group, size_t target);
char *export_value_name(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target);

/* A measured value of the model. */
struct export_value {
	const struct report_group *group;
	const struct report_row *row;
	const struct report_value *value;
	size_t target;
};
/* Calls visit for every measured value, in the model's order; headlines: only for those. */
void export_values(const struct report_model *model, bool headlines,
	void (*visit)(const struct export_value *value, void *context), void *context);

#endif
