/* tare bisect: which of a row of revisions made it worse. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "bisect/figure.h"
#include "bisect/search.h"
#include "campaign/file/campaign.h"
#include "cli/verbs.h"

static const double usual_build_limit_s = 3600, shown_from = .01;

/* --- what the campaigns' runs need ------------------------------------------------------------ */

struct context {
	bool quiet;
};

static enum run_result run(void *context, struct run_setup *setup, bool quiet, struct error *e)
{
	static const enum run_result results[] = {
		[EXIT_OK] = RUN_ALL_MEASURED,
		[EXIT_SOME_FAILED] = RUN_SOME_FAILED,
		[EXIT_USAGE] = RUN_REFUSED,
		[EXIT_INTERRUPTED] = RUN_INTERRUPTED,
	};
	const struct context *own = context;

	return results[common_run_campaign(setup, quiet || own->quiet, e)];
}

static void say(void *context, const char *line)
{
	const struct context *own = context;

	if (!own->quiet)
		fprintf(stderr, "%s\n", line);
}

/* --- the revisions ---------------------------------------------------------------------------- */

/* Whether the words after the campaign are a build command, and not the values themselves. */
static bool has_command(const struct arguments *arguments)
{
	return flag_given(arguments, 'R') || flag_given(arguments, 'g') ||
	       flag_given(arguments, 'b') || flag_given(arguments, 'r');
}

static int check_flags(const struct arguments *arguments, struct error *e)
{
	bool names = flag_given(arguments, 'g') || flag_given(arguments, 'b');

	if (!flag_given(arguments, 'O'))
		return error_set(e,
			"--option: missing; it names the target's option that differs, such as "
			"emulator");
	if (flag_given(arguments, 'g') != flag_given(arguments, 'b'))
		return error_set(e, "--good and --bad belong together");
	if (names && flag_given(arguments, 'R'))
		return error_set(e, "--good and --bad, or --revisions: not both");
	if (flag_given(arguments, 'r') && !names && !flag_given(arguments, 'R'))
		return error_set(e, "--repository: name revisions in it with --good and --bad");
	if (has_command(arguments) && arguments->count < 2)
		return error_set(e, "the build command is missing: -- COMMAND {rev} {out}");
	return 0;
}

static int read_revisions(
	const struct arguments *arguments, struct revisions *revisions, struct error *e)
{
	const char *repository = flag_value(arguments, 'r'), *list = flag_value(arguments, 'R');

	if (list)
		return revisions_from_file(list, revisions, e);
	if (has_command(arguments))
		return revisions_from_git(repository ? repository : ".", flag_value(arguments, 'g'),
			flag_value(arguments, 'b'), revisions, e);
	return revisions_from_values(
		arguments->positionals + 1, arguments->count - 1, revisions, e);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void print_group(const struct revisions *revisions, const struct bisect_group *group)
{
	for (size_t k = group->first; k <= group->last; k++) {
		cleanup_free char *label = revisions_label(revisions, k);

		printf("%s%s", k == group->first ? "" : ", or ", label);
	}
}

static void print_posterior(const struct revisions *revisions, const struct search_answer *answer)
{
	for (size_t k = 1; k < revisions->count; k++) {
		cleanup_free char *label = revisions_label(revisions, k);
		double chance = answer->chances[k - 1];

		if (chance >= shown_from)
			printf("%6.1f %%  %s\n", 100 * chance, label);
	}
}

static void print_answer(const struct revisions *revisions, const struct search_answer *answer,
	enum search_result result)
{
	cleanup_free char *metric = measured_metric_text(&answer->metric);

	printf("%s, slowdown %s\n", metric, answer->metric.change);
	print_posterior(revisions, answer);
	printf("after %zu blocks of good and bad, and %zu with others\n",
		answer->block_count - answer->searched, answer->searched);
	if (answer->steps_p < .01)
		printf("remark: the revisions have more than two levels (p %.2g): there may be "
		       "several changes\n",
			answer->steps_p);
	printf("%s ", result == SEARCH_FOUND ? "the first bad one is" : "the likeliest is");
	print_group(revisions, &answer->group);
	printf("\n");
}

/* --- the verb --------------------------------------------------------------------------------- */

static const int exit_codes[] = {
	[SEARCH_FOUND] = EXIT_OK,
	[SEARCH_OPEN] = EXIT_INCONCLUSIVE,
	[SEARCH_REFUSED] = EXIT_USAGE,
	[SEARCH_INTERRUPTED] = EXIT_INTERRUPTED,
};

static int search(const struct search_setup *setup, struct error *e)
{
	struct search_answer answer;
	struct error undrawn = {""};
	enum search_result result = search_run(setup, &answer, e);

	if (answer.chances && result != SEARCH_REFUSED) {
		print_answer(setup->revisions, &answer, result);
		if (figure_draw(setup, &answer, &undrawn) < 0)
			fprintf(stderr, "tare bisect: no figure: %s\n", undrawn.text);
	}
	if (result == SEARCH_INTERRUPTED)
		fprintf(stderr, "interrupted; the same command continues\n");
	search_answer_free(&answer);
	return exit_codes[result];
}

static int search_with(const struct arguments *arguments, const struct site *site,
	const struct revisions *revisions, struct error *e)
{
	struct context context = {flag_given(arguments, 'q')};
	cleanup_free char *directory = common_result_directory(arguments, "bisect");
	cleanup_fd int signals = common_signals();
	cleanup_argv struct argv command = {0};
	const char *limit = flag_value(arguments, 'l');
	struct search_setup setup = {
		.campaign_path = arguments->positionals[0],
		.settings = flag_value(arguments, 'S'),
		.site = site,
		.directory = directory,
		.target = flag_value(arguments, 't'),
		.option = flag_value(arguments, 'O'),
		.delta = flag_value(arguments, 'd'),
		.value = flag_value(arguments, 'v'),
		.revisions = revisions,
		.repository = flag_value(arguments, 'r'),
		.build_limit_s = usual_build_limit_s,
		.interrupt_fd = signals,
		.run = run,
		.say = say,
		.context = &context,
	};

	for (size_t i = 1; has_command(arguments) && i < arguments->count; i++)
		argv_add(&command, arguments->positionals[i]);
	if (command.count)
		setup.command = &command;
	if (limit && duration_parse(limit, &setup.build_limit_s, e) < 0) {
		error_prefix(e, "--build-limit");
		return EXIT_USAGE;
	}
	return search(&setup, e);
}

int cmd_bisect(const struct arguments *arguments, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct revisions revisions = {0};
	struct site *site = NULL;
	int status = EXIT_USAGE;

	if (check_flags(arguments, e) == 0 && read_revisions(arguments, &revisions, e) == 0) {
		site = site_load(flag_value(arguments, 's'), &mistakes);
		if (common_print_mistakes(&mistakes) == 0)
			status = search_with(arguments, site, &revisions, e);
	}
	site_free(site);
	revisions_free(&revisions);
	return status;
}
