/* tare run: runs a campaign. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "campaign/run.h"
#include "cli/verbs.h"

int cmd_run(const struct arguments *arguments, struct error *e)
{
	struct run_setup setup = {.has_seed = flag_given(arguments, 'e')};
	struct site *site;
	struct campaign *campaign;
	int status = EXIT_USAGE;
	if (common_load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	cleanup_free char *directory = common_result_directory(arguments, campaign->name);
	setup.campaign = campaign;
	setup.site = site;
	setup.directory = directory;
	if (flag_number(arguments, 'e', 0, UINT64_MAX, &setup.seed, e) == 0)
		status = common_run_campaign(&setup, flag_given(arguments, 'q'), e);
	if (status != EXIT_USAGE)
		fprintf(stderr, "results in %s; `tare report %s` shows them\n", directory,
			directory);
	campaign_free(campaign);
	site_free(site);
	return status;
}
