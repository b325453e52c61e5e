/* See delegation.h. Part of tare-room, which links nothing but base. */
#include "drivers/delegation.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 256 };

static bool join(char out[DELEGATION_PATH_BYTES], const char *directory, const char *name)
{
	int length = snprintf(out, DELEGATION_PATH_BYTES, "%s/%s", directory, name);

	return length < DELEGATION_PATH_BYTES;
}

static bool write_in(const char *group, const char *name, const char *text)
{
	char path[DELEGATION_PATH_BYTES];
	int fd = join(path, group, name) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Whether the group can give its children the controller. */
static bool has_controller(const char *group, const char *controller)
{
	char path[DELEGATION_PATH_BYTES], line[LINE_BYTES] = "";
	FILE *file = join(path, group, "cgroup.controllers") ? fopen(path, "re") : NULL;
	bool found = false;

	if (file && fgets(line, sizeof(line), file))
		for (char *rest = line, *word; (word = strsep(&rest, " \n"));)
			found = found || strcmp(word, controller) == 0;
	if (file)
		fclose(file);
	return found;
}

/* This process's group in the hierarchy of version 2: the line that begins with "0::". */
static bool find_group(char group[DELEGATION_PATH_BYTES])
{
	char line[DELEGATION_PATH_BYTES];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "0::/", 4) == 0 && join(group, CONTROL_GROUPS, &line[4]);
	}
	if (file)
		fclose(file);
	return found;
}

static bool is_writable(const char *group, const char *name)
{
	char path[DELEGATION_PATH_BYTES];

	return join(path, group, name) && access(path, W_OK) == 0;
}

bool delegation_take(struct delegation *delegation)
{
	const char *group = delegation->group;
	char name[32];

	snprintf(name, sizeof(name), "tare-room-%d", (int)getpid());
	if (!find_group(delegation->group) || !has_controller(group, "memory") ||
		!is_writable(group, "cgroup.procs") ||
		!is_writable(group, "cgroup.subtree_control") ||
		!join(delegation->leaf, group, name) || mkdir(delegation->leaf, 0755) < 0)
		return false;
	if (write_in(delegation->leaf, "cgroup.procs", "0") &&
		write_in(group, "cgroup.subtree_control",
			has_controller(group, "cpuset") ? "+memory +cpuset" : "+memory"))
		return true;
	delegation_return(delegation);
	return false;
}

void delegation_return(const struct delegation *delegation)
{
	write_in(delegation->group, "cgroup.subtree_control", "-memory");
	write_in(delegation->group, "cgroup.subtree_control", "-cpuset");
	write_in(delegation->group, "cgroup.procs", "0");
	rmdir(delegation->leaf);
}

const char *delegation_path(const struct delegation *delegation)
{
	const char *path = delegation->group + strlen(CONTROL_GROUPS);

	return path[1] ? path : "";
}
