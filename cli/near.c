/* See near.h. */
#include "cli/near.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/option.h"
#include "store/store.h"

/* What may have been meant: its last part, and the whole as it has to be written. */
struct candidates {
	char **names, **paths; /* owned */
	size_t count, name_capacity, path_capacity;
};

static void add(struct candidates *c, char *name, char *path)
{
	array_reserve(&c->names, &c->name_capacity, c->count + 1);
	array_reserve(&c->paths, &c->path_capacity, c->count + 1);
	c->names[c->count] = name;
	c->paths[c->count++] = path;
}

static void free_candidates(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->names[i]);
		free(c->paths[i]);
	}
	free(c->names);
	free(c->paths);
}

/* The campaigns in a directory; prefix: how its entries are written. */
static void add_campaigns(struct candidates *c, const char *directory, const char *prefix)
{
	cleanup_dir DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		char *path = str_printf("%s%s", prefix, entry->d_name);
		if (entry->d_name[0] != '.' && store_exists(path))
			add(c, str_dup(entry->d_name), path);
		else
			free(path);
	}
}

static void add_published(struct candidates *c, const char *directory)
{
	static const char ending[] = ".csv";
	cleanup_dir DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		size_t length = strlen(entry->d_name);
		if (length <= strlen(ending) ||
			strcmp(entry->d_name + length - strlen(ending), ending) != 0)
			continue;
		int kept = (int)(length - strlen(ending));
		add(c, str_printf("%.*s", kept, entry->d_name),
			str_printf("%.*s", kept, entry->d_name));
	}
}

static void add_all_published(struct candidates *c)
{
	char exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[length > 0 ? length : 0] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	cleanup_free char *installed = str_printf("%s/../share/tare/published", exe);
	size_t before = c->count;
	add_published(c, installed);
	if (c->count == before)
		add_published(c, TARE_SOURCE_DIR "/results/published");
}

static void add_hint(const struct candidates *c, const char *name, struct error *e)
{
	const char *nearest = nearest_name(name, (const char *const *)c->names, c->count);
	cleanup_free char *hint =
		nearest ? NULL : nearest_hint(name, (const char *const *)c->paths, c->count);

	for (size_t i = 0; !hint && i < c->count; i++)
		if (c->names[i] == nearest)
			hint = str_printf("; did you mean \"%s\"?", c->paths[i]);
	size_t used = strlen(e->text);
	snprintf(e->text + used, sizeof(e->text) - used, "%s", hint ? hint : "");
}

void near_add_hint(const char *name, unsigned kinds, struct error *e)
{
	struct candidates c = {0};
	cleanup_free char *trimmed = str_dup(name);

	while (strlen(trimmed) > 1 && trimmed[strlen(trimmed) - 1] == '/')
		trimmed[strlen(trimmed) - 1] = '\0';
	const char *slash = strrchr(trimmed, '/');
	cleanup_free char *parent =
		slash ? str_printf("%.*s", (int)(slash - trimmed + 1), trimmed) : str_dup("");
	if (!e || file_exists(trimmed))
		return;
	if (kinds & NEAR_CAMPAIGNS)
		add_campaigns(&c, parent[0] ? parent : ".", parent);
	if ((kinds & NEAR_CAMPAIGNS) && !slash)
		add_campaigns(&c, "results", "results/");
	if ((kinds & NEAR_PUBLISHED) && !slash)
		add_all_published(&c);
	add_hint(&c, slash ? slash + 1 : trimmed, e);
	free_candidates(&c);
}
