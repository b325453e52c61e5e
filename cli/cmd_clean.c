/* tare clean: removes what killed campaigns left. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/directories.h"
#include "campaign/clean.h"
#include "cli/verbs.h"

static void print_removed(void *context, const char *line)
{
	(*(unsigned *)context)++;
	printf("%s\n", line);
}

int cmd_clean(const struct arguments *arguments, struct error *e)
{
	cleanup_free char *usual = directories_work();
	const char *work_dir = flag_value(arguments, 'w');
	unsigned removed = 0;

	if (flag_given(arguments, 's'))
		return site_clean(arguments, e);
	if (common_need_root("remove guests, networks and mounts", e) < 0 ||
		campaign_clean(work_dir ? work_dir : usual, "", print_removed, &removed, e) < 0)
		return EXIT_USAGE;
	if (removed == 0)
		printf("nothing to clean\n");
	return EXIT_OK;
}
