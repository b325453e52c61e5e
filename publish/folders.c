/* See folders.h. */
#include "publish/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

int folders_compare(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int folders_is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int folders_list(const char *crate, struct argv *folders, struct error *e)
{
	cleanup_free char *path = str_printf("%s/campaigns", crate);
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, folders_is_visible, alphasort);

	for (int i = 0; i < count; i++) {
		argv_addf(folders, "campaigns/%s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (count <= 0)
		return error_set(e, "%s has no campaigns: it is no crate of tare publish", crate);
	return 0;
}
