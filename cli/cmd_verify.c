/* tare verify: whether a crate is whole, and whether it is reproduced here or by other campaigns.
 * */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "campaign/file/campaign.h"
#include "cli/sources.h"
#include "publish/check.h"
#include "publish/digests.h"
#include "publish/folders.h"
#include "publish/reproduce.h"
#include "report/model/build.h"

/* --- --check ------------------------------------------------------------------------------------
 */

static void print_problem(void *context, const char *file, const char *what)
{
	cleanup_text struct text line = {0};

	(void)context;
	text_addf(&line, "%s: %s", file, what);
	text_one_line(line.bytes);
	puts(line.bytes);
}

static int check(const char *crate, struct error *e)
{
	struct check_result result;

	if (check_crate(crate, print_problem, NULL, &result, e) < 0)
		return EXIT_USAGE;
	if (result.layouts)
		printf("%zu reports were not compared as text: tare %s laid them out, this is %s\n",
			result.layouts, result.version, TARE_VERSION);
	printf("%s: %zu campaign%s; %zu files made again from the samples, %zu numbers of "
	       "report.json equal to the last bit; ",
		crate, result.campaigns, result.campaigns == 1 ? "" : "s", result.files,
		result.numbers);
	if (!result.problems)
		puts("all digests match");
	else
		printf("%zu problem%s\n", result.problems, result.problems == 1 ? "" : "s");
	return result.problems ? EXIT_SOME_FAILED : EXIT_OK;
}

/* --- again --------------------------------------------------------------------------------------
 */

/* What both sides of one campaign need. */
struct verifying {
	const struct arguments *arguments;
	struct compare_options options;
	bool json;
	struct text text;
	size_t same, different, unknown;
};

static int add_answer(struct verifying *verifying, const struct store_data *published,
	const struct store_data *here, struct error *e)
{
	const struct report_options plain = {0};
	struct report_model *one = NULL, *other = NULL;
	struct reproduction reproduction = {0};
	int status = report_model_new(published, &plain, &one, e);

	if (status == 0)
		status = report_model_new(here, &plain, &other, e);
	if (status == 0)
		status = reproduce(one, other, &verifying->options, &reproduction, e);
	if (status == 0) {
		if (verifying->text.count && !verifying->json)
			text_add(&verifying->text, "\n");
		(verifying->json ? reproduce_write_json : reproduce_write_text)(
			&reproduction, &verifying->text);
		verifying->same += reproduction.same;
		verifying->different += reproduction.different;
		verifying->unknown += reproduction.unknown;
	}
	reproduce_free(&reproduction);
	report_model_free(one);
	report_model_free(other);
	return status;
}

/* The store among those named that is of the same campaign; one store is, whatever its name. */
static int open_second(
	const struct arguments *arguments, const char *name, struct source *here, struct error *e)
{
	for (size_t i = 1; i < arguments->count; i++) {
		if (source_open(arguments->positionals[i], here, e) < 0)
			return -1;
		if (arguments->count == 2 || strcmp(here->data->name, name) == 0)
			return 0;
		source_close(here);
	}
	return error_set(e, "none of the stores is of the campaign \"%s\"", name);
}

static void keep_first(void *context, const char *file, const char *what)
{
	char **first = context;

	if (!*first)
		*first = str_printf("%s: %s", file, what);
}

/* Before anything of a crate is run, it is what its author made. */
static int require_whole(const char *crate, struct error *e)
{
	cleanup_free char *first = NULL;
	int problems = digests_check(crate, keep_first, &first, e);

	if (problems <= 0)
		return problems;
	return error_set(e,
		"%s, so nothing of it is run; `tare verify --check %s` shows all that differs",
		first, crate);
}

/* The commands of such a target would be run on this machine itself, and are its author's. */
static int refuse_commands(const char *site_path, const char *file, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(site_path, &mistakes);
	struct campaign *campaign = site ? campaign_load(file, NULL, site, &mistakes) : NULL;
	int status = 0;

	for (size_t i = 0; campaign && status == 0 && i < campaign->target_count; i++)
		if (strcmp(campaign->targets[i].driver->name, "command") == 0)
			status = error_set(e,
				"target %s of %s runs commands of its author on this machine: read "
				"the file, and measure it by `tare run`",
				campaign->targets[i].name, file);
	campaign_free(campaign);
	site_free(site);
	yaml_mistakes_free(&mistakes); /* common_run_file shows them */
	return status;
}

/* The second measurement of one campaign: a store that was named, or one that is made now. */
static int get_second(const struct arguments *arguments, const char *folder, const char *name,
	struct source *here, struct error *e)
{
	if (arguments->count > 1)
		return open_second(arguments, name, here, e) < 0 ? EXIT_USAGE : EXIT_OK;
	cleanup_free char *plain = str_printf("verify/%s", strrchr(folder, '/') + 1);
	cleanup_free char *base = common_result_directory(arguments, plain);
	cleanup_free char *directory = flag_given(arguments, 'o')
					       ? str_printf("%s/%s", base, strrchr(folder, '/') + 1)
					       : str_dup(base);
	cleanup_free char *file = str_printf("%s/campaign.yaml", folder);
	if (refuse_commands(flag_value(arguments, 's'), file, e) < 0)
		return EXIT_USAGE;
	int status = common_run_file(
		flag_value(arguments, 's'), file, directory, flag_given(arguments, 'q'), e);
	if (status == EXIT_USAGE || status == EXIT_INTERRUPTED)
		return status;
	return source_open(directory, here, e) < 0 ? EXIT_USAGE : EXIT_OK;
}

static int verify_campaign(struct verifying *verifying, const char *folder, struct error *e)
{
	const struct arguments *arguments = verifying->arguments;
	cleanup_free char *directory = str_printf("%s/%s", arguments->positionals[0], folder);
	struct source published = {0}, here = {0};
	int status = EXIT_USAGE;

	if (source_open(directory, &published, e) == 0)
		status = get_second(arguments, directory, published.data->name, &here, e);
	if (status == EXIT_OK && strcmp(published.data->campaign_id, here.data->campaign_id) == 0) {
		error_set(e, "%s is what was published itself: measure it again, here or elsewhere",
			arguments->positionals[arguments->count - 1]);
		status = EXIT_USAGE;
	}
	if (status == EXIT_OK && add_answer(verifying, published.data, here.data, e) < 0)
		status = EXIT_USAGE;
	source_close(&published);
	source_close(&here);
	return status;
}

static int verify(struct verifying *verifying, struct error *e)
{
	const char *crate = verifying->arguments->positionals[0];
	cleanup_argv struct argv folders = {0};
	bool measures = verifying->arguments->count == 1;
	int status =
		(measures && require_whole(crate, e) < 0) || folders_list(crate, &folders, e) < 0
			? EXIT_USAGE
			: EXIT_OK;

	for (size_t i = 0; status == EXIT_OK && i < folders.count; i++)
		status = verify_campaign(verifying, folders.words[i], e);
	if (status != EXIT_OK)
		return status;
	if (sources_write(NULL, &verifying->text, e) < 0)
		return EXIT_USAGE;
	if (verifying->different)
		return EXIT_SOME_FAILED;
	return verifying->unknown || !verifying->same ? EXIT_INCONCLUSIVE : EXIT_OK;
}

static const char text_format[] = "text", json_format[] = "json";

void cmd_verify_add_formats(struct argv *names)
{
	argv_add(names, text_format);
	argv_add(names, json_format);
}

int cmd_verify(const struct arguments *arguments, struct error *e)
{
	struct verifying verifying = {.arguments = arguments};
	const char *format = flag_value(arguments, 'f');
	struct margins margins = {0};
	int status = EXIT_USAGE;

	if (flag_given(arguments, 'c')) {
		if (arguments->count > 1) {
			error_set(e, "--check is about the crate alone: name no second store");
			return EXIT_USAGE;
		}
		return check(arguments->positionals[0], e);
	}
	verifying.json = format && strcmp(format, json_format) == 0;
	if (format && !verifying.json && strcmp(format, text_format) != 0)
		sources_unknown_format(arguments->verb, format, e);
	else if (source_parse_comparison(arguments, &verifying.options, &margins, e) == 0)
		status = verify(&verifying, e);
	margins_free(&margins);
	text_free(&verifying.text);
	return status;
}
