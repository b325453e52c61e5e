/* What killed campaigns left on this host. Run directories disappear with a boot, work directories
 * on disks do not. */
#include "hosts/leftovers.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "counters/counters.h"
#include "drivers/driver.h"
#include "hosts/work_root.h"

#define RUN_ROOT "/run/tare"

enum { ID_DIGITS = 12 };

struct roots {
	char **paths;
	size_t count, capacity;
};

/* Takes the path. */
static void add(struct roots *roots, char *path)
{
	array_reserve(&roots->paths, &roots->capacity, roots->count + 1);
	roots->paths[roots->count++] = path;
}

/* Each service has noted where its work directory is. */
static void find_noted(struct roots *roots)
{
	cleanup_dir DIR *dir = opendir(RUN_ROOT);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = str_printf(RUN_ROOT "/%s/work_root", entry->d_name);
		char *root = entry->d_name[0] == '.' ? NULL : file_read_line(path);
		const char *name = root ? strrchr(root, '/') : NULL;
		if (name && root[0] == '/' && strcmp(name + 1, entry->d_name) == 0)
			add(roots, root);
		else
			free(root);
	}
}

static void find_marked(const char *work_dir, struct roots *roots)
{
	cleanup_dir DIR *dir = opendir(work_dir);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strlen(name) != ID_DIGITS || name[strspn(name, "0123456789abcdef")])
			continue;
		char *path = str_printf("%s/%s", work_dir, name);
		if (work_root_is_own(path) && !work_root_is_used(path))
			add(roots, path);
		else
			free(path);
	}
}

/* The id is owned meanwhile, so that its campaign cannot connect again during the removal. */
static int remove_root(const char *path, struct error *e)
{
	const char *id = strrchr(path, '/') + 1;
	cleanup_free char *run = str_printf(RUN_ROOT "/%s", id);

	/* If the run directory still exists, the campaign is alive, or could not be cleaned
	 * above. */
	if (file_exists(run) || !file_exists(path) || drivers_own(id, NULL) < 0)
		return 0;
	int status = dir_remove(path, e);
	drivers_clean(id, NULL, NULL, NULL);
	return status;
}

int leftovers_clean(const char *work_dir, struct error *e)
{
	struct error first = {""}, next = {""};
	struct roots roots = {0};

	find_noted(&roots);
	drivers_clean("", NULL, NULL, &first);
	counters_clean("", RUN_ROOT);
	if (work_roots_remove_unfinished(work_dir, &next) < 0 && !error_is_set(&first))
		first = next;
	find_marked(work_dir, &roots);
	for (size_t i = 0; i < roots.count; i++) {
		if (remove_root(roots.paths[i], &next) < 0 && !error_is_set(&first))
			first = next;
		free(roots.paths[i]);
	}
	free(roots.paths);
	return error_is_set(&first) ? error_set(e, "%s", first.text) : 0;
}

/* The work directory first: if it outlived the run directory, the leftovers_clean of another
 * service could take it for that of a killed campaign and own the id again. What mounts kept from
 * being removed is removed after drivers_clean has unmounted them. */
void leftovers_remove_id(const char *id, const char *work_root)
{
	work_root_remove(work_root, NULL);
	drivers_clean(id, NULL, NULL, NULL);
	work_root_remove(work_root, NULL);
}
