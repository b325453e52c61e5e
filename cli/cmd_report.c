/* tare report: a store, or a published data set, in every format. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/units.h"
#include "cli/near.h"
#include "cli/raw.h"
#include "cli/report_formats.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "report/model/build.h"
#include "report/model/published.h"
#include "report/plot/figures.h"
#include "report/verdict/decision.h"
#include "report/write/node_effects_write.h"
#include "report/write/timing_write.h"

static int parse_confidence(const char *text, double *confidence, struct error *e)
{
	if (!text)
		return 0;
	if (fraction_parse(text, confidence, e) < 0)
		return error_prefix(e, "--confidence");
	if (!(*confidence > 0 && *confidence < 1))
		return error_set(e,
			"--confidence: expected a level above 0 and below 100%%, such as 95%%, not "
			"\"%s\"",
			text);
	return 0;
}

/* The file of a published data set: a path, or a name to be looked for beside the installed
 * program, then in the source tree it was built from. */
static char *find_published(const char *name, struct error *e)
{
	char exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (strchr(name, '/') || file_exists(name))
		return str_dup(name);
	exe[length > 0 ? length : 0] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	char *installed = str_printf("%s/../share/tare/published/%s.csv", exe, name);
	if (file_exists(installed))
		return installed;
	free(installed);
	char *source = str_printf(TARE_SOURCE_DIR "/results/published/%s.csv", name);
	if (file_exists(source))
		return source;
	free(source);
	error_set(e,
		"there is no published data set \"%s\"; results/published/README.md lists them",
		name);
	near_add_hint(name, NEAR_PUBLISHED, e);
	return NULL;
}

static int read_published(const char *name, struct store_data **data, struct error *e)
{
	cleanup_free char *path = find_published(name, e);

	return path ? report_published_read(path, data, e) : -1;
}

/* A directory with a campaign, or else a published data set. */
static int read_data(const char *name, struct store_data **data, struct error *e)
{
	cleanup_free char *published =
		file_exists(name) && !strstr(name, ".csv") ? NULL : find_published(name, NULL);
	struct store *store;

	if (published && file_exists(published))
		return report_published_read(published, data, e);
	if (store_open_readonly(name, &store, e) < 0) {
		near_add_hint(name, NEAR_CAMPAIGNS | NEAR_PUBLISHED, e);
		return -1;
	}
	int status = store_read(store, data, e);
	store_close(store);
	return status;
}

/* Whether there is anything of the group that --group asks for. */
static int check_group(const struct report_model *model, struct error *e)
{
	cleanup_text struct text names = {0};
	const char *name = model->options.area, *previous = "";

	for (size_t i = 0; i < model->area_count; i++) {
		if (model_area_matches(model, &model->areas[i], name))
			return 0;
		if (strcmp(model->areas[i].name, previous) != 0)
			text_addf(&names, "%s%s", *previous ? ", " : "", model->areas[i].name);
		previous = model->areas[i].name;
	}
	if (!name)
		return 0;
	return error_set(e, "--group: nothing is of a group or benchmark \"%s\"; the groups are %s",
		name, names.count ? names.bytes : "none");
}

/* The node as a factor: no other flag but --delta, --format and --output has a meaning for it. */
static int write_node_effects(const struct arguments *arguments, const struct report_model *model,
	const struct output_formats *formats, struct error *e)
{
	cleanup_text struct text text = {0};
	const char *name = report_formats_only(formats);
	double delta;

	if (strcmp(name, "json") != 0 && strcmp(name, "text") != 0)
		return error_set(e, "--nodes has the formats text and json only, one a call");
	if (source_parse_delta(arguments, "a report", &delta, e) < 0)
		return -1;
	if (report_node_effects(model, delta > 0 ? delta : .01, strcmp(name, "json") == 0,
		    terminal_columns(STDOUT_FILENO), &text, e) < 0)
		return error_prefix(e, "--nodes");
	return sources_write(flag_value(arguments, 'o'), &text, e);
}

/* Draws the figures and writes the report of the model. */
static int write_model(const struct arguments *arguments, struct report_model *model,
	const struct output_formats *formats, struct error *e)
{
	const char *figures = flag_value(arguments, 'g');
	size_t drawn = 0;
	/* Without figures the report is written all the same. */
	struct error undrawn = {""};

	if (check_group(model, e) < 0)
		return -1;
	int figures_status = figures ? report_figures(model, figures, &drawn, &undrawn) : 0;
	int status = report_formats_write(formats, model, flag_value(arguments, 'o'), e);
	if (status == 0 && figures_status < 0)
		status = error_set(e, "%s", undrawn.text);
	if (status == 0 && figures)
		fprintf(stderr, "%zu figure%s in %s\n", drawn, drawn == 1 ? "" : "s", figures);
	return status;
}

static int write_report(const struct arguments *arguments, const struct store_data *data,
	const struct store_data *beside, const struct output_formats *formats, struct error *e)
{
	struct report_model *model = NULL, *published = NULL;
	bool to_stdout = !flag_given(arguments, 'o');
	cleanup_free char *directory =
		report_formats_directory(formats, flag_value(arguments, 'o'));
	struct report_options options = {
		.width = to_stdout ? terminal_width(STDOUT_FILENO) : 0,
		.colour = to_stdout && terminal_has_colours(STDOUT_FILENO),
		.figures_all = flag_given(arguments, 'a'),
		.all = flag_given(arguments, 'l'),
		.area = flag_value(arguments, 'p'),
		.directory = directory,
	};

	if (parse_confidence(flag_value(arguments, 'c'), &options.confidence, e) < 0)
		return -1;
	const struct report_options plain = {.confidence = options.confidence};
	if (beside && report_model_new(beside, &plain, &published, e) < 0)
		return error_prefix(e, "--beside");
	options.published = published;
	int status = report_model_new(data, &options, &model, e);
	if (status == 0)
		status = decision_apply(model, e);
	if (status == 0)
		status = flag_given(arguments, 'N')
				 ? write_node_effects(arguments, model, formats, e)
				 : write_model(arguments, model, formats, e);
	report_model_free(model);
	report_model_free(published);
	return status;
}

static int write_timing(const struct arguments *arguments, const struct store_data *data,
	const struct output_formats *formats, struct error *e)
{
	cleanup_text struct text text = {0};
	const char *name = report_formats_only(formats);
	bool json = strcmp(name, "json") == 0;

	if (!json && strcmp(name, "text") != 0)
		return error_set(e, "--timing has the formats text and json only, one a call");
	if (report_timing(data, json, &text, e) < 0)
		return -1;
	return sources_write(flag_value(arguments, 'o'), &text, e);
}

/* Raw output is not a report: no other flag of the verb has a meaning for it. */
static int only_raw_flags(const struct arguments *arguments, struct error *e)
{
	for (const struct flag *flag = arguments->verb->flags; flag->key; flag++)
		if (flag_given(arguments, flag->key) && flag->key != 'r' && flag->key != 'k')
			return error_set(e, "--raw cannot be combined with --%s", flag->name);
	return 0;
}

static int write_raw(const struct arguments *arguments, struct error *e)
{
	const char *directory = arguments->positionals[0];
	uint64_t block = UINT64_MAX;

	if (only_raw_flags(arguments, e) < 0 ||
		flag_number(arguments, 'k', 0, UINT32_MAX, &block, e) < 0)
		return -1;
	if (arguments->count < 2 && flag_given(arguments, 'k'))
		return error_set(e, "--block needs a cell; --raw without a cell lists them");
	if ((arguments->count < 2 ? raw_list(directory, e)
				  : raw_print(directory, arguments->positionals[1], block, e)) < 0)
		return -1;
	if (fflush(stdout) || ferror(stdout))
		return error_errno(e, errno, "cannot write the raw output");
	return 0;
}

int cmd_report(const struct arguments *arguments, struct error *e)
{
	if (flag_given(arguments, 'r'))
		return write_raw(arguments, e) < 0 ? EXIT_USAGE : EXIT_OK;
	if (arguments->count > 1 || flag_given(arguments, 'k')) {
		error_set(e, "a cell and --block need --raw");
		return EXIT_USAGE;
	}
	if (flag_given(arguments, 'a') && !flag_given(arguments, 'g')) {
		error_set(e, "--figures-all needs --figures DIR");
		return EXIT_USAGE;
	}
	if (flag_given(arguments, 'd') && !flag_given(arguments, 'N')) {
		error_set(e, "--delta needs --nodes");
		return EXIT_USAGE;
	}
	const char *name = flag_value(arguments, 'f'), *beside_name = flag_value(arguments, 'b');
	struct output_formats formats;
	struct store_data *data = NULL, *beside = NULL;
	int status = report_formats_parse(arguments->verb, name ? name : "text", &formats, e);
	if (status == 0)
		status = report_formats_check(&formats, flag_value(arguments, 'o'), e);
	if (status == 0)
		status = read_data(arguments->positionals[0], &data, e);
	if (status == 0 && beside_name)
		status = read_published(beside_name, &beside, e);
	if (status == 0)
		status = flag_given(arguments, 't')
				 ? write_timing(arguments, data, &formats, e)
				 : write_report(arguments, data, beside, &formats, e);
	store_data_free(data);
	store_data_free(beside);
	return status < 0 ? EXIT_USAGE : EXIT_OK;
}
