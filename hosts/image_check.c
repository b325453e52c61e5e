/* Whether an image's files are complete on this host, by size and SHA-256. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/directories.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/privileges.h"
#include "hosts/digest.h"
#include "hosts/image_root.h"
#include "hosts/receive.h"

enum { NOTE_LIMIT_BYTES = 64 * 1024 };

/* Identifies a version of the file: as long as the note is the same, the file is not hashed
 * again. */
static void add_note(struct text *note, const struct staged_file *file, const struct stat *st)
{
	text_addf(note, "%s %s %llu %llu %llu %lld.%09ld %lld.%09ld\n", file->name, file->sha256,
		(unsigned long long)st->st_size, (unsigned long long)st->st_dev,
		(unsigned long long)st->st_ino, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		(long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static bool is_noted(const char *note_path, const struct text *note)
{
	cleanup_free char *bytes = NULL;
	size_t count;

	return note->count > 0 &&
	       file_read(note_path, NOTE_LIMIT_BYTES, &bytes, &count, NULL) == 0 &&
	       count == note->count && memcmp(bytes, note->bytes, count) == 0;
}

/* 1: correct, 0: wrong, and removed. */
static int check_file(const char *path, const struct staged_file *file, struct error *e)
{
	char hex[DIGEST_TEXT_BYTES];
	struct stat st;

	if (stat(path, &st) < 0)
		return error_errno(e, errno, "%s", path);
	if ((uint64_t)st.st_size == file->size) {
		if (digest_file(path, hex, e) < 0)
			return -1;
		if (strcmp(hex, file->sha256) == 0)
			return 1;
	}
	if (unlink(path) < 0)
		return error_errno(
			e, errno, "%s does not match the image and cannot be removed", path);
	return 0;
}

static int check_files(const char *directory, const char *note_path,
	const struct staged_file *files, size_t count, json_t *missing, struct error *e)
{
	cleanup_text struct text note = {0};

	for (size_t i = 0; i < count; i++) {
		cleanup_free char *path = str_printf("%s/%s", directory, files[i].name);
		struct stat st;
		if (stat(path, &st) == 0)
			add_note(&note, &files[i], &st);
		else
			json_array_append_new(missing, json_string(files[i].name));
	}
	if (is_noted(note_path, &note))
		return 0;
	json_array_clear(missing);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *path = str_printf("%s/%s", directory, files[i].name);
		int right = file_exists(path) ? check_file(path, &files[i], e) : 0;
		if (right < 0)
			return -1;
		if (!right)
			json_array_append_new(missing, json_string(files[i].name));
	}
	/* If the note cannot be written, the next check hashes again. */
	if (json_array_size(missing) == 0)
		file_write(note_path, note.bytes, note.count, NULL);
	return 0;
}

/* A user without an image of this digest takes root's, where that is right. The note is the user's
 * own. */
static bool is_shared(const char *digest, const char *own, const char *note_path,
	const struct staged_file *files, size_t count)
{
	cleanup_free char *shared = str_printf(CACHE_DIR "/images/%s", digest);

	if (!privileges_in_namespace() || file_exists(own) || !file_exists(shared))
		return false;
	json_t *missing = json_array();
	bool is = check_files(shared, note_path, files, count, missing, NULL) == 0 &&
		  json_array_size(missing) == 0 && image_root_open(shared, NULL) == 0;
	json_decref(missing);
	return is;
}

int image_check(const char *digest, const struct staged_file *files, size_t count, json_t *missing,
	struct error *e)
{
	cleanup_free char *directory = receive_image_directory(digest);
	cleanup_free char *note_path = str_printf("%s.verified", directory);
	cleanup_free char *images =
		str_printf("%.*s", (int)(strrchr(directory, '/') - directory), directory);

	if (dir_make(images, e) < 0)
		return -1;
	if (is_shared(digest, directory, note_path, files, count))
		return 0;
	if (dir_make(directory, e) < 0)
		return -1;
	/* One campaign at a time. */
	cleanup_fd int lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return error_errno(e, errno, "%s", directory);
	if (check_files(directory, note_path, files, count, missing, e) < 0)
		return -1;
	/* The tree of an incomplete image must not be used. */
	return json_array_size(missing) == 0 ? image_root_open(directory, e)
					     : image_root_close(directory, e);
}
