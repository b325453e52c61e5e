/* See publish.h: the order in which a crate is made. It is made beside its place, and renamed. */
#include "base/utf8.h"
#include "publish/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "publish/archive.h"
#include "publish/crate.h"
#include "publish/digests.h"

static int make_content(struct crate *crate, struct error *e)
{
	/* The last but one describes all others; the last has the digests of all. */
	if (campaign_files_add(crate, e) < 0 || datapackage_add(crate, e) < 0 ||
		description_add(crate, e) < 0 || citation_add(crate, e) < 0 ||
		rocrate_add(crate, e) < 0)
		return -1;
	return digests_write(crate->directory, e);
}

/* The archive first: where the directory is, both are. */
static int put_in_place(const struct crate *crate, time_t now, struct error *e)
{
	cleanup_free char *part = str_printf("%s.tar.zst", crate->directory);
	cleanup_free char *archive = str_printf("%s.tar.zst", crate->out);
	const char *name = strrchr(crate->out, '/');

	if (archive_make(crate->directory, name ? name + 1 : crate->out, now, part, e) < 0) {
		unlink(part);
		return -1;
	}
	if (rename(part, archive) < 0) {
		error_errno(e, errno, "cannot rename to %s", archive);
		unlink(part);
		return -1;
	}
	if (rename(crate->directory, crate->out) < 0) {
		error_errno(e, errno, "cannot rename to %s", crate->out);
		unlink(archive);
		return -1;
	}
	return 0;
}

/* An empty directory is taken; rename replaces it. */
static int check_directory(const char *out, struct error *e)
{
	cleanup_dir DIR *directory = opendir(out);
	const struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? 0 : error_errno(e, errno, "cannot use %s", out);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return error_set(e, "%s is not empty; name a new directory", out);
	return 0;
}

/* An archive that is there may be all that is left of another crate. */
static int check_archive(const char *out, struct error *e)
{
	cleanup_free char *archive = str_printf("%s.tar.zst", out);

	if (faccessat(AT_FDCWD, archive, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return error_set(e, "%s is already there; move it away, or name another crate", archive);
}

static void free_campaigns(struct crate *crate)
{
	for (size_t i = 0; i < crate->campaign_count; i++) {
		struct crate_campaign *campaign = &crate->campaigns[i];
		free(campaign->folder);
		free(campaign->name);
		report_model_free(campaign->model);
		store_data_free(campaign->data);
	}
	free(crate->campaigns);
}

static void crate_free(struct crate *crate)
{
	free_campaigns(crate);
	for (size_t i = 0; i < crate->count; i++) {
		free(crate->files[i].path);
		free(crate->files[i].description);
	}
	free(crate->files);
	free(crate->directory);
	free(crate->date);
}

/* Without the slashes at its end. */
static char *place_of(const char *out)
{
	size_t length = strlen(out);

	while (length > 1 && out[length - 1] == '/')
		length--;
	return str_printf("%.*s", (int)length, out);
}

/* Text of one line in UTF-8: it goes into JSON, YAML and Markdown. */
static int check_line(const char *option, const char *text, struct error *e)
{
	uint32_t point;

	for (const char *at = text; at && *at;) {
		size_t length = utf8_decode(at, &point);
		if (!length || utf8_is_control(point))
			return error_set(e, "%s: expected one line of UTF-8 text", option);
		at += length;
	}
	return 0;
}

static int check_options(const struct publish_options *options, struct error *e)
{
	static const char licence_characters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789.+-_~:/?&=%";
	const char *licence = options->licence, *authors = options->authors;

	if (check_line("--title", options->title, e) < 0 || check_line("--authors", authors, e) < 0)
		return -1;
	if (authors && !authors[strspn(authors, " ;")])
		return error_set(e, "--authors: expected at least one name");
	if (licence && (!*licence || licence[strspn(licence, licence_characters)]))
		return error_set(e,
			"--licence: expected an SPDX identifier, such as CC-BY-4.0, or an address");
	return 0;
}

int publish_crate(const struct publish_source *sources, size_t count,
	const struct publish_options *options, const char *out, struct error *e)
{
	cleanup_free char *place = place_of(out);
	struct crate crate = {.options = options,
		.out = place,
		.directory = str_printf("%s.part", place),
		.campaigns = mem_new(count, sizeof(*crate.campaigns)),
		.campaign_count = count};
	time_t now = time(NULL);
	char date[CLOCK_TEXT_BYTES];

	clock_utc_text(clock_realtime_ns(), date)[CLOCK_DATE_BYTES] = '\0';
	crate.date = str_dup(date);
	for (size_t i = 0; i < count; i++)
		crate.campaigns[i].source = &sources[i];
	int status = check_options(options, e);
	if (status == 0)
		status = check_directory(place, e);
	if (status == 0)
		status = check_archive(place, e);
	if (status == 0) {
		/* What a killed one left. */
		status = dir_remove(crate.directory, e);
		if (status == 0)
			status = make_content(&crate, e);
		if (status == 0)
			status = put_in_place(&crate, now, e);
		if (status < 0)
			dir_remove(crate.directory, NULL);
	}
	crate_free(&crate);
	return status;
}
