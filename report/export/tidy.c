/* Tidy CSV: the columns of its tables, once for the files and for their dictionary, a Data Package
 * 2.0 with Table Schemas. */
#include "report/export/tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/export/export.h"
#include "report/write/json.h"

#define PROFILES "https://datapackage.org/profiles/2.0/"

#define CELL_COLUMNS \
	{"campaign", "string", "the campaign's id, 8 hexadecimal digits"}, \
		{"target", "string", "the named way of running"}, \
		{"placement", "string", "hosts x machines per host (x CPUs per machine)"}, \
		{"benchmark", "string", "the benchmark"}, \
	{ \
		"parameters", "string", "its options that vary, as key=value" \
	}
#define RUN_COLUMNS \
	{"block", "integer", "the fresh start that it belongs to, from 0"}, \
	{ \
		"run", "integer", "number of the run within the block, from 0" \
	}
#define EMULATED_COLUMN \
	{ \
		"emulated", "boolean", \
			"the target's CPU was emulated: says nothing about hardware " \
			"virtualization" \
	}

static const struct tidy_column sample_columns[] = {
	CELL_COLUMNS,
	EMULATED_COLUMN,
	{"metric", "string", "the metric; metrics.csv describes it"},
	{"unit", "string", "the unit of value"},
	{"x", "number", "the place on the metric's axis (x_name, x_unit in metrics.csv)"},
	RUN_COLUMNS,
	{"machine", "integer", "which of the run's machines, from 0"},
	{"clock_flagged", "boolean", "a clock went wrong during the run"},
	{"index", "integer", "number of the sample within the run, from 0"},
	{"value", "number", "the sample, in unit, with all its digits"},
	{NULL, NULL, NULL},
};

static const struct tidy_column run_columns[] = {
	CELL_COLUMNS,
	RUN_COLUMNS,
	{"order", "integer", "position within the campaign, as executed"},
	{"status", "string", "measured or failed"},
	{"failure", "string", "why it failed"},
	{"started", "datetime", "by the orchestrator's clock (UTC)"},
	{"ended", "datetime", "by the orchestrator's clock (UTC)"},
	{"host_s", "number", "duration of its job by the orchestrator's clock, in seconds"},
	{"guest_s", "number", "the same by the machine's clock, in seconds"},
	{"user_s", "number", "CPU time in user mode, in seconds"},
	{"system_s", "number", "CPU time in the kernel, in seconds"},
	{"steal_s", "number", "time that the hypervisor took away, in seconds"},
	{"max_rss_bytes", "number", "largest resident set, in bytes"},
	{"exit_status", "number", "of the job; empty: it did not exit by itself"},
	{NULL, NULL, NULL},
};

static const struct tidy_column cell_columns[] = {
	CELL_COLUMNS,
	EMULATED_COLUMN,
	{"status", "string", "measured, failed, skipped or not measured"},
	{"reason", "string", "why it is not measured"},
	{"planned_runs", "integer", "over all blocks"},
	{"measured_runs", "integer", "over all blocks"},
	{"failed_runs", "integer", "over all blocks"},
	{"kernel_differs", "boolean", "the target ran a different kernel than the baseline"},
	{"network_differs", "boolean",
		"its machines communicate over a network, the baseline inside one machine"},
	{"refused", "string", "why it may not be compared with the baseline"},
	{NULL, NULL, NULL},
};

static const struct tidy_column metric_columns[] = {
	{"benchmark", "string", "the benchmark that measures it"},
	{"metric", "string", "its name"},
	{"unit", "string", "of its values; 1: a number without a unit"},
	{"better", "string", "which direction is better: higher, lower or none"},
	{"statistic", "string", "how the samples of a run become its one number"},
	{"scale", "string", "compared as a ratio, or as a difference in the unit"},
	{"x_name", "string", "the axis that it is a curve over"},
	{"x_unit", "string", "the unit of x"},
	{"kind", "string", "headline, detail or validity, as declared before the data"},
	{"rank", "integer", "of a headline among its benchmark's, from 1; 0: none"},
	{"headline_at", "string", "of a curve: which ends are headlines"},
	{"headline_unless", "string", "not a headline where this metric was measured"},
	{"help", "string", "what it is"},
	{NULL, NULL, NULL},
};

static const char *const sample_key[] = {"campaign", "target", "placement", "benchmark",
	"parameters", "metric", "x", "block", "run", "machine", "index", NULL};
static const char *const run_key[] = {
	"campaign", "target", "placement", "benchmark", "parameters", "block", "run", NULL};
static const char *const cell_key[] = {
	"campaign", "target", "placement", "benchmark", "parameters", NULL};
static const char *const metric_key[] = {"benchmark", "metric", NULL};

const struct tidy_table tidy_tables[] = {
	{"samples", "one row a sample, as the benchmark printed it", sample_columns, sample_key,
		tidy_write_samples},
	{"runs", "one row a run, measured or failed", run_columns, run_key, tidy_write_runs},
	{"cells", "one row a target, placement, benchmark and parameters, also what was skipped",
		cell_columns, cell_key, tidy_write_cells},
	{"metrics", "one row a metric: the dictionary of what was measured", metric_columns,
		metric_key, tidy_write_metrics},
	{NULL, NULL, NULL, NULL, NULL},
};

static json_t *fields_of(const struct tidy_column *column)
{
	json_t *fields = json_array();

	for (; column->name; column++)
		json_array_append_new(
			fields, json_pack("{s:s, s:s, s:s}", "name", column->name, "type",
					column->type, "description", column->help));
	return fields;
}

/* Columns of a key may be empty (x of a metric without an axis), which a primary key forbids. */
static json_t *unique_key(const char *const *names)
{
	json_t *key = json_array();

	for (; *names; names++)
		json_array_append_new(key, json_string(*names));
	return json_pack("[o]", key);
}

static json_t *resource_of(const struct tidy_table *table)
{
	char path[64];

	snprintf(path, sizeof(path), "%s.csv", table->name);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "$schema",
		PROFILES "dataresource.json", "name", table->name, "path", path, "type", "table",
		"format", "csv", "mediatype", "text/csv", "encoding", "utf-8", "description",
		table->help, "schema",
		json_pack("{s:s, s:o, s:[s], s:o}", "$schema", PROFILES "tableschema.json",
			"fields", fields_of(table->columns), "missingValues", "", "uniqueKeys",
			unique_key(table->key)));
}

/* A package's name has lower-case letters, digits, "-", "_" and "." only. */
static char *package_name(const struct report_model *model)
{
	struct text name = {0};

	text_addf(&name, "tare-%s-%s", model->name, model->campaign_id);
	for (char *c = name.bytes; *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (!isascii(*c) || (!isalnum((unsigned char)*c) && !strchr("-_.", *c)))
			*c = '-';
	}
	return text_take(&name);
}

json_t *export_tidy_package(const struct report_model *model)
{
	json_t *resources = json_array();
	cleanup_free char *name = package_name(model);
	cleanup_text struct text title = {0};

	for (const struct tidy_table *table = tidy_tables; table->name; table++)
		json_array_append_new(resources, resource_of(table));
	text_addf(&title, "Samples of the campaign %s", model->name);
	json_t *package = json_pack("{s:s, s:s, s:s, s:s, s:o}", "$schema",
		PROFILES "datapackage.json", "name", name, "title", title.bytes, "description",
		"Raw measurements by tare; docs/exports.md of tare describes the tables.",
		"resources", resources);
	if (strcmp(model->tare_version, "") != 0)
		json_object_set_new(package, "tare_version", json_string(model->tare_version));
	return package;
}

void export_tidy(const struct report_model *model, struct export_files *files)
{
	for (const struct tidy_table *table = tidy_tables; table->name; table++) {
		char name[64];
		snprintf(name, sizeof(name), "%s.csv", table->name);
		struct text *out = export_add_file(files, name);
		for (const struct tidy_column *column = table->columns; column->name; column++)
			text_addf(out, "%s%s", column == table->columns ? "" : ",", column->name);
		text_add(out, "\n");
		table->write(model, out);
	}
	json_add(export_add_file(files, "datapackage.json"), export_tidy_package(model));
}
