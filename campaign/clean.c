/* Removes what killed campaigns left on this host. */
#include "campaign/clean.h"

#include <dirent.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/array.h"
#include "base/files.h"
#include "drivers/driver.h"
#include "hosts/work_root.h"

/* Scratch directories are named by campaign ids: eight hex digits, and four more that stand for the
 * host where this machine was one that is reached. */
static bool is_id(const char *name)
{
	size_t length = strlen(name);

	return (length == 8 || length == 12) && strspn(name, "0123456789abcdef") == length;
}

/* A campaign that lives, or that could not be cleaned, still has its run directory. */
static bool is_alive(const char *id)
{
	cleanup_free char *path = str_printf("/run/tare/%s", id);

	return file_exists(path);
}

int campaign_clean(const char *work_dir, const char *campaign_id,
	void (*report)(void *context, const char *line), void *context, struct error *e)
{
	if (drivers_clean(campaign_id, report, context, e) < 0 ||
		work_roots_remove_unfinished(work_dir, e) < 0)
		return -1;
	cleanup_dir DIR *dir = opendir(work_dir);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		if (!is_id(entry->d_name) || is_alive(entry->d_name) ||
			(campaign_id[0] && strcmp(campaign_id, entry->d_name)))
			continue;
		cleanup_free char *path = str_printf("%s/%s", work_dir, entry->d_name);
		if (!work_root_is_own(path) || work_root_is_used(path))
			continue;
		if (dir_remove(path, e) < 0)
			return -1;
		cleanup_free char *line = str_printf("scratch directory %s", path);
		if (report)
			report(context, line);
	}
	return 0;
}
