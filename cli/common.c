/* What several verbs do: load a campaign, find the image, run with a progress display. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/file/campaign.h"
#include "campaign/run.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "drivers/privileges.h"

int common_print_mistakes(struct yaml_mistakes *mistakes)
{
	size_t count = mistakes->count;

	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s\n", mistakes->lines[i]);
	if (count > 0)
		fprintf(stderr, "tare: %zu mistake%s; nothing was started\n", count,
			count == 1 ? "" : "s");
	yaml_mistakes_free(mistakes);
	return count > 0 ? -1 : 0;
}

/* The campaign with what --set says; deciding: as by --until-decided, which with --delta is short
 * for a setting. */
static struct campaign *load_with_settings(const struct arguments *arguments, const char *path,
	bool deciding, const struct site *site, struct yaml_mistakes *mistakes)
{
	const char *settings = flag_value(arguments, 'S'), *delta = flag_value(arguments, 'd');
	struct campaign *campaign = campaign_load(path, settings, site, mistakes);

	if (!campaign || !deciding || (campaign->decide.delta && !delta))
		return campaign;
	campaign_free(campaign);
	cleanup_free char *all = str_printf("%s%sdecide.delta=%s", settings ? settings : "",
		settings ? " " : "", delta ? delta : "1%");
	return campaign_load(path, all, site, mistakes);
}

static int load(const struct arguments *arguments, const char *path, bool deciding,
	struct site **site, struct campaign **campaign)
{
	struct yaml_mistakes mistakes = {0};

	*campaign = NULL;
	*site = site_load(flag_value(arguments, 's'), &mistakes);
	if (*site)
		*campaign = load_with_settings(arguments, path, deciding, *site, &mistakes);
	if (*campaign && flag_given(arguments, 'x')) {
		free((*campaign)->decide.expect);
		(*campaign)->decide.expect = str_dup(flag_value(arguments, 'x'));
	}
	if (common_print_mistakes(&mistakes) == 0)
		return 0;
	site_free(*site);
	*site = NULL;
	return -1;
}

int common_load_campaign(
	const struct arguments *arguments, struct site **site, struct campaign **campaign)
{
	return load(
		arguments, arguments->positionals[0], flag_given(arguments, 'u'), site, campaign);
}

int common_load_deciding(const struct arguments *arguments, const char *path, struct site **site,
	struct campaign **campaign)
{
	return load(arguments, path, true, site, campaign);
}

struct image *common_image(struct error *why_not)
{
	struct image *image = NULL;

	return image_open(NULL, &image, why_not) < 0 ? NULL : image;
}

char *common_result_directory(const struct arguments *arguments, const char *campaign_name)
{
	const char *out = flag_value(arguments, 'o');

	return out ? str_dup(out) : str_printf("results/%s", campaign_name);
}

int common_need_root(const char *why, struct error *e)
{
	struct error why_not;

	if (privileges_check(&why_not) < 0)
		return error_set(e, "cannot %s: %s", why, why_not.text);
	return 0;
}

/* A signal that was ignored when tare started (by nohup, or by a shell for its background jobs)
 * stays ignored. */
int common_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool needs_image(const struct campaign *campaign)
{
	for (size_t t = 0; t < campaign->target_count; t++)
		if (campaign->targets[t].driver->caps & CAP_NEEDS_IMAGE)
			return true;
	return false;
}

static const int exit_codes[] = {
	[RUN_ALL_MEASURED] = EXIT_OK,
	[RUN_SOME_FAILED] = EXIT_SOME_FAILED,
	[RUN_REFUSED] = EXIT_USAGE,
	[RUN_INTERRUPTED] = EXIT_INTERRUPTED,
};

int common_run_campaign(struct run_setup *setup, bool quiet, struct error *e)
{
	struct error why_not = {""};
	struct image *image = common_image(&why_not);
	bool needs = needs_image(setup->campaign);

	if (!image && needs) {
		*e = why_not;
		return EXIT_USAGE;
	}
	cleanup_free char *agent = program_own("tare-agent", e);
	cleanup_fd int signals = common_signals();
	setup->image = image;
	setup->agent_path = agent;
	setup->interrupt_fd = signals;
	enum run_result result = RUN_REFUSED;
	bool here = setup->site->reach.count == 0;
	if (agent && (!here || common_need_root("start machines", e) == 0)) {
		struct progress *progress = progress_new(setup->campaign, setup->site, quiet);
		setup->observer = (struct run_observer){progress_event, progress};
		result = run_campaign(setup, e);
		progress_free(progress);
	}
	image_free(image);
	setup->image = NULL;
	return exit_codes[result];
}

int common_run_file(const char *site_path, const char *campaign_path, const char *directory,
	bool quiet, struct error *e)
{
	struct run_setup setup = {.directory = directory};
	struct yaml_mistakes mistakes = {0};
	struct campaign *campaign = NULL;
	struct site *site = site_load(site_path, &mistakes);
	int status = EXIT_USAGE;

	if (site)
		campaign = campaign_load(campaign_path, NULL, site, &mistakes);
	if (common_print_mistakes(&mistakes) == 0 && campaign) {
		setup.campaign = campaign;
		setup.site = site;
		status = common_run_campaign(&setup, quiet, e);
	}
	campaign_free(campaign);
	site_free(site);
	return status;
}
