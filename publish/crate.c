/* See crate.h. */
#include "publish/crate.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "publish/folders.h"

const char *crate_type_of(const char *path)
{
	static const struct {
		const char *end, *type;
	} types[] = {{".csv", "text/csv"}, {".json", "application/json"}, {".txt", "text/plain"},
		{".html", "text/html"}, {".md", "text/markdown"}, {".tex", "application/x-tex"},
		{".yaml", "application/yaml"}, {".svg", "image/svg+xml"}, {".png", "image/png"},
		{".pdf", "application/pdf"}, {".sqlite", "application/vnd.sqlite3"},
		{".gp", "text/x-gnuplot"}, {".dat", "text/plain"}};
	size_t length = strlen(path);

	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		size_t end = strlen(types[i].end);
		if (length > end && strcmp(path + length - end, types[i].end) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

void crate_record(struct crate *crate, const char *path, const char *type, char *description,
	long campaign, bool input)
{
	array_reserve(&crate->files, &crate->capacity, crate->count + 1);
	crate->files[crate->count++] =
		(struct crate_file){str_dup(path), type, description, campaign, input};
}

int crate_add(struct crate *crate, const char *path, const char *type, char *description,
	long campaign, const struct text *content, struct error *e)
{
	cleanup_free char *whole = str_printf("%s/%s", crate->directory, path);
	cleanup_free char *folder = str_dup(whole);

	*strrchr(folder, '/') = '\0';
	crate_record(crate, path, type, description, campaign, false);
	if (dir_make(folder, e) < 0)
		return -1;
	return file_write(whole, content->count ? content->bytes : "", content->count, e);
}

int crate_record_folder(struct crate *crate, const char *folder, const char *description,
	long campaign, struct error *e)
{
	cleanup_free char *whole = str_printf("%s/%s", crate->directory, folder);
	struct dirent **entries;
	int count = scandir(whole, &entries, folders_is_visible, alphasort);

	if (count < 0)
		return error_set(e, "cannot read %s", whole);
	for (int i = 0; i < count; i++) {
		cleanup_free char *path = str_printf("%s/%s", folder, entries[i]->d_name);
		crate_record(crate, path, crate_type_of(path),
			str_printf("%s: %s", description, entries[i]->d_name), campaign, false);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

const char *crate_licence(const struct crate *crate)
{
	return crate->options->licence ? crate->options->licence : "CC-BY-4.0";
}

char *crate_licence_address(const char *licence)
{
	return strstr(licence, "://") ? str_dup(licence)
				      : str_printf("https://spdx.org/licenses/%s", licence);
}

char *crate_title(const struct crate *crate)
{
	cleanup_text struct text title = {0};

	if (crate->options->title)
		return str_dup(crate->options->title);
	text_add(&title, "Measurements of ");
	for (size_t i = 0; i < crate->campaign_count; i++)
		text_addf(&title, "%s%s", i ? ", " : "", crate->campaigns[i].model->name);
	return text_take(&title);
}
