/* See folders.h. */
#include "publish/folders.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int folders_list(const char *crate, struct argv *folders, struct error *e)
{
	cleanup_free char *path = str_printf("%s/campaigns", crate);
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, visible, alphasort);

	for (int i = 0; i < count; i++) {
		argv_addf(folders, "campaigns/%s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (count <= 0)
		return error_set(e, "%s has no campaigns: it is no crate of tare publish", crate);
	return 0;
}
