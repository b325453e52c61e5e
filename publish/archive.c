/* See archive.h. By libarchive: no user's name, one time, one order. */
#include "publish/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "publish/folders.h"

enum { PIECE_BYTES = 1 << 16 };

static int fail(struct archive *archive, const char *path, struct error *e)
{
	const char *why = archive_error_string(archive);

	return error_set(e, "cannot write %s: %s", path, why ? why : "out of memory");
}

static int write_content(
	struct archive *archive, const char *file, const char *path, struct error *e)
{
	cleanup_fd int fd = open(file, O_RDONLY | O_CLOEXEC);
	cleanup_free char *piece = mem_new(1, PIECE_BYTES);
	ssize_t got;

	if (fd < 0)
		return error_errno(e, errno, "cannot read %s", file);
	while ((got = read(fd, piece, PIECE_BYTES)) > 0)
		if (archive_write_data(archive, piece, (size_t)got) != got)
			return fail(archive, path, e);
	return got < 0 ? error_errno(e, errno, "cannot read %s", file) : 0;
}

static int write_entry(struct archive *archive, const FTSENT *found, const char *name, time_t time,
	const char *path, struct error *e)
{
	enum { FOLDER = 0755, PLAIN = 0644 };
	bool folder = found->fts_info == FTS_D;
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, folder ? S_IFDIR : S_IFREG);
	archive_entry_set_perm(entry, folder ? FOLDER : PLAIN);
	archive_entry_set_mtime(entry, time, 0);
	archive_entry_set_size(entry, folder ? 0 : found->fts_statp->st_size);
	int status =
		archive_write_header(archive, entry) == ARCHIVE_OK ? 0 : fail(archive, path, e);
	archive_entry_free(entry);
	if (status == 0 && !folder)
		status = write_content(archive, found->fts_accpath, path, e);
	return status;
}

static int write_tree(struct archive *archive, const char *directory, const char *name, time_t time,
	const char *path, struct error *e)
{
	char *const roots[] = {(char *)directory, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, folders_compare);
	const FTSENT *entry;
	int status = 0;

	if (!tree)
		return error_errno(e, errno, "cannot read %s", directory);
	while (status == 0 && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_D && entry->fts_info != FTS_F)
			continue;
		cleanup_free char *inside =
			str_printf("%s%s", name, entry->fts_path + strlen(directory));
		status = write_entry(archive, entry, inside, time, path, e);
	}
	fts_close(tree);
	return status;
}

int archive_make(
	const char *directory, const char *name, time_t time, const char *path, struct error *e)
{
	struct archive *archive = archive_write_new();
	int status = 0;

	if (!archive || archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
		archive_write_add_filter_zstd(archive) != ARCHIVE_OK ||
		archive_write_open_filename(archive, path) != ARCHIVE_OK)
		status = fail(archive, path, e);
	if (status == 0)
		status = write_tree(archive, directory, name, time, path, e);
	if (status == 0 && archive_write_close(archive) != ARCHIVE_OK)
		status = fail(archive, path, e);
	archive_write_free(archive);
	return status;
}
