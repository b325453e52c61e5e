#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "campaign/run.h"
#include "cli/progress.h"
#include "cli/verbs.h"

static int parse_seed(const struct arguments *arguments, struct run_setup *setup, struct error *e)
{
	const char *text = flag_value(arguments, 'e');
	char *end;
	if (!text)
		return 0;
	errno = 0;
	setup->seed = strtoull(text, &end, 10);
	setup->has_seed = true;
	if (errno || end == text || *end || text[0] == '-')
		return error_set(e, "--seed: expected a whole number, not \"%s\"", text);
	return 0;
}

/* SIGINT and SIGTERM become a readable descriptor: whatever waits, waits for it too. */
static int signals_to_fd(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
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

static int run(const struct arguments *arguments, struct run_setup *setup, struct error *e)
{
	const struct campaign *campaign = setup->campaign;
	cleanup_free char *directory = result_directory(arguments, campaign->name);
	cleanup_free char *agent = find_agent(e);
	cleanup_fd int signals = signals_to_fd();
	setup->directory = directory;
	setup->agent_path = agent;
	setup->interrupt_fd = signals;
	if (!agent || parse_seed(arguments, setup, e) < 0)
		return EXIT_USAGE;
	if (needs_image(campaign) && need_root("to start machines", e) < 0)
		return EXIT_USAGE;
	struct progress *progress = progress_new(flag_given(arguments, 'q'));
	setup->observer = (struct run_observer){progress_event, progress};
	enum run_result result = run_campaign(setup, e);
	progress_free(progress);
	if (result != RUN_REFUSED)
		fprintf(stderr, "results in %s; `tare report %s` shows them\n", directory, directory);
	return (int)result;
}

int cmd_run(const struct arguments *arguments, struct error *e)
{
	struct run_setup setup = {0};
	struct site *site;
	struct campaign *campaign;
	struct error why_not = {""};
	int status = EXIT_USAGE;
	if (load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	struct image *image = find_image(&why_not);
	setup.campaign = campaign;
	setup.site = site;
	setup.image = needs_image(campaign) ? image : NULL;
	if (!image && needs_image(campaign))
		*e = why_not;
	else
		status = run(arguments, &setup, e);
	image_free(image);
	campaign_free(campaign);
	site_free(site);
	return status;
}
