/* What tare report writes in each format. */
#include "cli/report_formats.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "cli/sources.h"
#include "report/export/export.h"
#include "report/write/formats.h"
#include "report/write/latex.h"

static const char samples_format[] = "samples", samples_file[] = "samples.csv";

void report_formats_add(struct argv *names)
{
	for (const struct report_format *format = report_formats; format->name; format++)
		argv_add(names, format->name);
	for (const struct export_format *format = export_formats; format->name; format++)
		argv_add(names, format->name);
	argv_add(names, samples_format);
}

/* --- which ------------------------------------------------------------------------------------ */

static int find_format(
	const struct verb *verb, const char *name, struct output_format *format, struct error *e)
{
	format->report = report_format_find(name);
	format->export = export_format_find(name);
	if (format->report || format->export || strcmp(name, samples_format) == 0)
		return 0;
	return sources_unknown_format(verb, name, e);
}

static int add_format(
	const struct verb *verb, const char *name, struct output_formats *formats, struct error *e)
{
	struct output_format format;

	if (find_format(verb, name, &format, e) < 0)
		return -1;
	for (size_t i = 0; i < formats->count; i++)
		if (formats->list[i].report == format.report &&
			formats->list[i].export == format.export)
			return error_set(e, "--format names %s twice", name);
	formats->list[formats->count++] = format;
	return 0;
}

int report_formats_parse(
	const struct verb *verb, const char *names, struct output_formats *formats, struct error *e)
{
	formats->count = 0;
	for (const char *name = names;; name++) {
		size_t length = strcspn(name, ",");
		cleanup_free char *one = str_printf("%.*s", (int)length, name);
		if (add_format(verb, one, formats, e) < 0)
			return -1;
		name += length;
		if (!*name)
			return 0;
	}
}

const char *report_formats_only(const struct output_formats *formats)
{
	return formats->count == 1 && formats->list[0].report ? formats->list[0].report->name : "";
}

int report_formats_check(const struct output_formats *formats, const char *output, struct error *e)
{
	const struct export_format *export = formats->list[0].export;

	if (output)
		return 0;
	if (formats->count > 1)
		return error_set(e,
			"--format names %zu formats: name their directory with --output DIR",
			formats->count);
	if (export && export->directory)
		return error_set(e,
			"--format %s is several files: name their directory with --output DIR",
			export->name);
	return 0;
}

char *report_formats_directory(const struct output_formats *formats, const char *output)
{
	const char *slash = output ? strrchr(output, '/') : NULL;

	if (!output || formats->count > 1)
		return str_dup(output);
	return slash ? str_printf("%.*s/", (int)(slash - output), output) : str_dup(".");
}

/* --- LaTeX ------------------------------------------------------------------------------------ */

/* Where FILE.tex can be taken into a document by TeX: its length without the suffix; else 0. */
static size_t latex_stem(const char *output)
{
	size_t length = strlen(output);

	if (length <= 4 || strcmp(output + length - 4, ".tex") != 0)
		return 0;
	for (const char *c = output; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("/._-", *c))
			return 0;
	return length - 4;
}

/* FILE.tex, and beside it FILE-disk-1x1.tex … and FILE-appendix.tex, which it takes in. */
static int write_latex(const struct report_model *model, const char *output, struct error *e)
{
	cleanup_free char *stem = str_printf("%.*s", (int)latex_stem(output), output);
	const char *slash = strrchr(stem, '/');
	size_t count;
	struct latex_file *files = latex_files_new(model, slash ? slash + 1 : stem, &count);
	int status = 0;

	/* The document last: it is whole when it is there. */
	for (size_t i = count; status == 0 && i-- > 0;) {
		cleanup_free char *path =
			i ? str_printf("%s-%s.tex", stem, files[i].name) : str_dup(output);
		status = sources_write(path, &files[i].text, e);
	}
	latex_files_free(files, count);
	return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_report(const struct report_format *format, const struct report_model *model,
	const char *output, struct error *e)
{
	cleanup_text struct text text = {0};

	if (strcmp(format->name, "latex") == 0 && output && latex_stem(output))
		return write_latex(model, output, e);
	format->write(model, &text);
	return sources_write(output, &text, e);
}

static int write_samples(const struct report_model *model, const char *output, struct error *e)
{
	cleanup_text struct text text = {0};

	report_write_samples_csv(model, &text);
	return sources_write(output, &text, e);
}

static int write_export(const struct export_format *format, const struct report_model *model,
	const char *output, struct error *e)
{
	struct export_files files = {0};

	format->write(model, &files);
	int status = format->directory ? export_files_write(&files, output, e)
				       : sources_write(output, &files.list[0].text, e);
	export_files_free(&files);
	return status;
}

static int write_one(const struct output_format *format, const struct report_model *model,
	const char *output, struct error *e)
{
	if (format->export)
		return write_export(format->export, model, output, e);
	if (format->report)
		return write_report(format->report, model, output, e);
	return write_samples(model, output, e);
}

static const char *file_name(const struct output_format *format)
{
	if (format->export)
		return format->export->file;
	return format->report ? format->report->file : samples_file;
}

int report_formats_write(const struct output_formats *formats, const struct report_model *model,
	const char *output, struct error *e)
{
	if (formats->count == 1)
		return write_one(&formats->list[0], model, output, e);
	if (dir_make(output, e) < 0)
		return -1;
	for (size_t i = 0; i < formats->count; i++) {
		cleanup_free char *path = str_printf("%s/%s", output, file_name(&formats->list[i]));
		if (write_one(&formats->list[i], model, path, e) < 0)
			return -1;
	}
	return 0;
}
