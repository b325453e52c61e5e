/* See check.h: digests, completeness, metadata; check_numbers.c makes the numbers again. */
#include "publish/check_private.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "publish/digests.h"
#include "publish/folders.h"
#include "publish/rocrate.h"

static void digest_found(void *context, const char *name, const char *what)
{
	check_report(context, name, "%s", what);
}

/* --- metadata -----------------------------------------------------------------------------------
 */

static const json_t *entity(const json_t *graph, const char *id)
{
	const json_t *item;
	size_t i;

	json_array_foreach(graph, i, item)
	{
		const char *found = json_string_value(json_object_get(item, "@id"));
		if (found && strcmp(found, id) == 0)
			return item;
	}
	return NULL;
}

static json_t *load(struct check *check, const char *name)
{
	cleanup_free char *path = str_printf("%s/%s", check->directory, name), *bytes = NULL;
	struct error e = {""};
	json_error_t error;
	json_t *root;
	size_t count;

	if (!check_is_plain(check, name))
		return NULL;
	if (file_read(path, ROCRATE_MOST_BYTES, &bytes, &count, &e) < 0) {
		check_report(check, name, "%s", e.text);
		return NULL;
	}
	root = json_loadb(bytes, count, 0, &error);
	if (!root)
		check_report(check, name, "is no JSON: %s", error.text);
	return root;
}

/* %XX of an identifier back to the path. */
static char *path_of(const char *id)
{
	char *path = str_dup(id), *to = path;

	for (const char *from = path; *from; from++) {
		unsigned byte;
		int length = 0;
		if (sscanf(from, "%%%2x%n", &byte, &length) == 1 && length == 3) {
			*to++ = (char)byte;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return path;
}

/* Every file that the metadata names is there, and the root says what it has to. */
static void check_metadata(struct check *check)
{
	static const char *const needed[] = {
		"name", "description", "datePublished", "license", "hasPart"};
	json_t *document = load(check, ROCRATE_NAME);
	const json_t *graph = json_object_get(document, "@graph"), *root = entity(graph, "./");
	const json_t *part, *publisher = entity(graph, ROCRATE_PUBLISHER);
	const char *version = json_string_value(json_object_get(publisher, "softwareVersion"));
	size_t i;

	for (i = 0; document && i < ARRAY_COUNT(needed); i++)
		if (!json_object_get(root, needed[i]))
			check_report(check, ROCRATE_NAME, "has no %s of \"./\"", needed[i]);
	json_array_foreach(json_object_get(root, "hasPart"), i, part)
	{
		const char *id = json_string_value(json_object_get(part, "@id"));
		cleanup_free char *name = path_of(id ? id : "");
		cleanup_free char *path = str_printf("%s/%s", check->directory, name);
		if (!file_exists(path))
			check_report(check, ROCRATE_NAME, "names %s, which is missing", name);
	}
	snprintf(check->result->version_text, sizeof(check->result->version_text), "%s",
		version ? version : "");
	check->result->version = check->result->version_text;
	json_decref(document);
}

static void check_campaigns(struct check *check)
{
	cleanup_argv struct argv folders = {0};
	struct error e = {""};

	if (folders_list(check->directory, &folders, &e) < 0)
		check_report(check, "campaigns", "%s", e.text);
	for (size_t i = 0; i < folders.count; i++) {
		check->result->campaigns++;
		check_numbers(check, folders.words[i]);
	}
}

/* Without one of the two a crate was changed; without both it is something else. */
static int require_crate(const char *directory, struct error *e)
{
	static const char *const names[] = {DIGESTS_NAME, ROCRATE_NAME};
	struct stat status;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cleanup_free char *path = str_printf("%s/%s", directory, names[i]);
		if (lstat(path, &status) == 0)
			return 0;
	}
	if (stat(directory, &status) == 0 && !S_ISDIR(status.st_mode))
		return error_set(e,
			"%s is no directory; of an archive: tar --zstd -xf it, and name what is in "
			"it",
			directory);
	return error_set(e, "%s is no crate of tare publish: it has no " DIGESTS_NAME, directory);
}

int check_crate(const char *directory, check_found *found, void *context,
	struct check_result *result, struct error *e)
{
	struct check check = {directory, found, context, result};

	*result = (struct check_result){0};
	if (require_crate(directory, e) < 0 ||
		digests_check(directory, digest_found, &check, e) < 0)
		return -1;
	check_metadata(&check);
	check_campaigns(&check);
	return 0;
}
