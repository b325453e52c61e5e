#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "campaign/run.h"
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

int cmd_run(const struct arguments *arguments, struct error *e)
{
	struct run_setup setup = {0};
	struct site *site;
	struct campaign *campaign;
	int status = EXIT_USAGE;
	if (load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	cleanup_free char *directory = result_directory(arguments, campaign->name);
	setup.campaign = campaign;
	setup.site = site;
	setup.directory = directory;
	if (parse_seed(arguments, &setup, e) == 0)
		status = run_with_progress(&setup, flag_given(arguments, 'q'), e);
	if (status != EXIT_USAGE)
		fprintf(stderr, "results in %s; `tare report %s` shows them\n", directory,
			directory);
	campaign_free(campaign);
	site_free(site);
	return status;
}
