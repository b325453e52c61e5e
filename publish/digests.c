/* See digests.h. */
#include "publish/digests.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "publish/folders.h"

enum { HEX_BYTES = SHA256_DIGEST_STRING_LENGTH, LIST_LIMIT = 64 << 20 };

static const char head[] = "# SHA-256 of the lines below: ";

/* --- the files of a directory -------------------------------------------------------------------
 */

struct name {
	char *path; /* owned; relative */
	bool plain; /* a regular file */
	bool listed; /* in the list of digests */
};

struct names {
	struct name *list;
	size_t count, capacity;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].path);
	free(names->list);
}

/* With the list itself; only the directory may be a link, and may end in slashes. */
static int names_read(const char *directory, struct names *names, struct error *e)
{
	char *const roots[] = {(char *)directory, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, folders_compare);
	size_t skipped = strlen(directory);
	const FTSENT *entry;

	if (!tree)
		return error_errno(e, errno, "cannot read %s", directory);
	while ((entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
			continue;
		const char *name = entry->fts_path + skipped;
		name += strspn(name, "/");
		if (entry->fts_pathlen <= skipped)
			continue;
		array_reserve(&names->list, &names->capacity, names->count + 1);
		names->list[names->count++] =
			(struct name){str_dup(name), entry->fts_info == FTS_F, false};
	}
	fts_close(tree);
	return 0;
}

/* --- writing ------------------------------------------------------------------------------------
 */

int digests_write(const char *directory, struct error *e)
{
	struct names names = {0};
	cleanup_text struct text lines = {0}, whole = {0};
	cleanup_free char *path = str_printf("%s/" DIGESTS_NAME, directory);
	char hex[HEX_BYTES];
	int status = names_read(directory, &names, e);

	for (size_t i = 0; status == 0 && i < names.count; i++) {
		if (strcmp(names.list[i].path, DIGESTS_NAME) == 0)
			continue;
		cleanup_free char *file = str_printf("%s/%s", directory, names.list[i].path);
		if (!SHA256File(file, hex))
			status = error_errno(e, errno, "cannot read %s", file);
		text_addf(&lines, "%s  %s\n", hex, names.list[i].path);
	}
	names_free(&names);
	SHA256Data((const uint8_t *)lines.bytes, lines.count, hex);
	text_addf(&whole, "%s%s\n", head, hex);
	text_add_bytes(&whole, lines.bytes, lines.count);
	return status < 0 ? -1 : file_write(path, whole.bytes, whole.count, e);
}

/* --- checking -----------------------------------------------------------------------------------
 */

struct checking {
	const char *directory;
	void (*found)(void *context, const char *name, const char *what);
	void *context;
	struct names names;
	int problems;
};

static void report(struct checking *checking, const char *name, const char *what)
{
	checking->found(checking->context, name, what);
	checking->problems++;
}

static struct name *find_name(const struct names *names, const char *path)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i].path, path) == 0)
			return &names->list[i];
	return NULL;
}

/* "HEX  NAME": names are looked up among the files that are there, so that none leads elsewhere. */
static void check_line(struct checking *checking, char *line)
{
	size_t digits = strspn(line, "0123456789abcdef");
	char hex[HEX_BYTES];

	if (digits != HEX_BYTES - 1 || strncmp(line + digits, "  ", 2) != 0) {
		report(checking, DIGESTS_NAME, "has a line that is no digest and name");
		return;
	}
	const char *name = line + digits + 2;
	struct name *found = find_name(&checking->names, name);
	if (!found) {
		report(checking, name, "is missing");
		return;
	}
	found->listed = true;
	if (!found->plain)
		return;
	cleanup_free char *path = str_printf("%s/%s", checking->directory, name);
	if (!SHA256File(path, hex))
		report(checking, name, "cannot be read");
	else if (strncmp(hex, line, digits) != 0)
		report(checking, name, "was changed");
}

/* The first line. Returns where the others begin. */
static char *check_head(struct checking *checking, char *list, size_t count)
{
	char *lines = strchr(list, '\n'), hex[HEX_BYTES];

	if (!lines || strncmp(list, head, strlen(head)) != 0) {
		report(checking, DIGESTS_NAME, "does not begin with a digest of its lines");
		return list;
	}
	*lines++ = '\0';
	SHA256Data((const uint8_t *)lines, count - (size_t)(lines - list), hex);
	if (strcmp(hex, list + strlen(head)) != 0)
		report(checking, DIGESTS_NAME, "was changed");
	return lines;
}

static void check_listed(struct checking *checking, char *list, size_t count)
{
	char *line;

	for (char *rest = check_head(checking, list, count); (line = strsep(&rest, "\n"));)
		if (*line)
			check_line(checking, line);
	for (size_t i = 0; i < checking->names.count; i++) {
		const struct name *name = &checking->names.list[i];
		if (!name->plain)
			report(checking, name->path, "is no plain file");
		else if (!name->listed)
			report(checking, name->path, "is not listed");
	}
}

int digests_check(const char *directory,
	void (*found)(void *context, const char *name, const char *what), void *context,
	struct error *e)
{
	struct checking checking = {directory, found, context, {0}, 0};
	cleanup_free char *path = str_printf("%s/" DIGESTS_NAME, directory), *list = NULL;
	size_t count;
	int status = names_read(directory, &checking.names, e);
	struct name *own = find_name(&checking.names, DIGESTS_NAME);

	if (status == 0 && !own) {
		report(&checking, DIGESTS_NAME, "is missing");
	} else if (status == 0 && !own->plain) {
		report(&checking, DIGESTS_NAME, "is no plain file");
	} else if (status == 0) {
		own->listed = true;
		status = file_read(path, LIST_LIMIT, &list, &count, e);
		if (status == 0)
			check_listed(&checking, list, count);
	}
	names_free(&checking.names);
	return status < 0 ? -1 : checking.problems;
}
