/* tare run: runs a campaign. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "campaign/run.h"
#include "cli/deadline.h"
#include "cli/verbs.h"

/* The flags of campaigns that run until they are decided. */
static int read_flags(const struct arguments *arguments, const struct campaign *campaign,
	struct run_setup *setup, struct error *e)
{
	const char *deadline = flag_value(arguments, 'D');
	bool decides = campaign->decide.delta;
	setup->complete = flag_given(arguments, 'C');
	if (flag_given(arguments, 'd') && !flag_given(arguments, 'u'))
		return error_set(e, "--delta is for campaigns that run --until-decided");
	if (setup->complete && !decides)
		return error_set(e, "--complete is for campaigns that run --until-decided");
	if (deadline && deadline_parse(deadline, &setup->deadline_s, e) < 0)
		return -1;
	return flag_number(arguments, 'e', 0, UINT64_MAX, &setup->seed, e);
}

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
	if (read_flags(arguments, campaign, &setup, e) == 0)
		status = common_run_campaign(&setup, flag_given(arguments, 'q'), e);
	if (status != EXIT_USAGE)
		fprintf(stderr, "results in %s; `tare report %s` shows them\n", directory,
			directory);
	campaign_free(campaign);
	site_free(site);
	return status;
}
