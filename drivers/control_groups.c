/* Control groups by name: what a container's runtime made and was killed before it could remove. */
#include "drivers/control_groups.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

static const double limit_s = 5, poll_s = 0.01;

static void kill_all(const char *group)
{
	cleanup_free char *path = str_printf("%s/cgroup.procs", group);
	cleanup_file FILE *file = fopen(path, "re");
	int pid;

	/* A 0 is a process that cannot be seen from here. */
	while (file && fscanf(file, "%d", &pid) == 1)
		if (pid > 1 && pid != getpid())
			kill(pid, SIGKILL);
}

/* A group cannot be removed as long as processes are in it. */
static bool remove_group(const char *group)
{
	double deadline_s = clock_monotonic_s() + limit_s;

	while (rmdir(group) < 0) {
		if (errno != EBUSY || clock_monotonic_s() > deadline_s)
			return false;
		kill_all(group);
		clock_sleep_s(poll_s);
	}
	return true;
}

static size_t remove_below(const char *directory, const char *prefix)
{
	cleanup_dir DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *group = str_printf("%s/%s", directory, entry->d_name);
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			count += remove_group(group);
	}
	return count;
}

size_t control_groups_remove(const char *root, const char *prefix)
{
	cleanup_dir DIR *dir = opendir(root);
	size_t count = remove_below(root, prefix);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *hierarchy = str_printf("%s/%s", root, entry->d_name);
		if (entry->d_name[0] != '.')
			count += remove_below(hierarchy, prefix);
	}
	return count;
}
