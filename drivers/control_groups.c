/* Control groups: where those with limits may be made; and by name what a container's runtime made
 * and was killed before it could remove. */
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
#include "base/files.h"
#include "drivers/delegation.h"
#include "drivers/privileges.h"

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

/* Whether the group gives its children the controller. */
static bool gives(const char *path, const char *controller)
{
	cleanup_free char *file = str_printf(CONTROL_GROUPS "%s/cgroup.subtree_control", path);
	cleanup_free char *line = file_read_line(file);
	bool found = false;

	for (char *rest = line, *word; (word = strsep(&rest, " "));)
		found = found || strcmp(word, controller) == 0;
	return found;
}

int control_parent_find(struct control_parent *parent, struct error *why_not)
{
	*parent = (struct control_parent){.path = "", .has_cpus = true};
	if (!privileges_in_namespace())
		return 0;
	parent->path = getenv(DELEGATION_VARIABLE);
	if (parent->path) {
		parent->has_cpus = gives(parent->path, "cpuset");
		return 0;
	}
	if (!file_exists(CONTROL_GROUPS "/cgroup.controllers"))
		return error_set(why_not,
			"the memory of this host is limited by control groups of version 1, which "
			"users cannot have; an administrator boots it with "
			"systemd.unified_cgroup_hierarchy=1");
	return error_set(why_not,
		"no control group with a memory limit is delegated to this process alone; "
		"systemd-run --user --scope -p Delegate=yes starts tare in one");
}
