#include <stdio.h>

#include "cli/verbs.h"
#include "drivers/driver.h"

static void print_removed(void *context, const char *line)
{
	(*(unsigned *)context)++;
	printf("%s\n", line);
}

int cmd_clean(const struct arguments *arguments, struct error *e)
{
	unsigned removed = 0;
	(void)arguments;
	if (need_root("to remove guests, networks and mounts", e) < 0 ||
		drivers_clean("", print_removed, &removed, e) < 0)
		return EXIT_USAGE;
	if (removed == 0)
		printf("nothing to clean\n");
	return EXIT_OK;
}
