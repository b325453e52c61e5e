/* "tare-host receive": writes stdin to a file of an image. Two receivers of one file take turns:
 * the second finds the file complete, or resumes where the first stopped. */
#include "hosts/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/directories.h"
#include "base/files.h"
#include "hosts/digest.h"
#include "hosts/lines.h"
#include "hosts/wire.h"

enum { PIECE_BYTES = 256 * 1024 };

static const double lock_again_s = 0.2;

struct receiving {
	const struct staged_file *file;
	char *final, *part;
	int fd; /* of the part, locked */
	uint64_t offset;
};

char *receive_image_directory(const char *digest)
{
	cleanup_free char *cache = directories_cache();

	return str_printf("%s/images/%s", cache, digest);
}

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

/* Opens and locks the partial file; sends a heartbeat while it waits. 1: the file has become
 * complete meanwhile. */
static int lock_part(struct receiving *r, struct error *e)
{
	double heartbeat_s = clock_monotonic_s() + HEARTBEAT_S;

	for (;;) {
		struct stat opened, named;
		cleanup_fd int fd = open(r->part, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return error_errno(e, errno, "%s", r->part);
		while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno != EWOULDBLOCK && errno != EINTR)
				return error_errno(e, errno, "lock %s", r->part);
			if (clock_monotonic_s() >= heartbeat_s) {
				say("");
				heartbeat_s = clock_monotonic_s() + HEARTBEAT_S;
			}
			clock_sleep_s(lock_again_s);
		}
		if (file_exists(r->final)) {
			unlink(r->part);
			return 1;
		}
		/* The previous holder may have renamed or removed it. */
		if (fstat(fd, &opened) < 0 || stat(r->part, &named) < 0 ||
			opened.st_ino != named.st_ino)
			continue;
		r->offset = (uint64_t)opened.st_size;
		if (r->offset > r->file->size) {
			r->offset = 0;
			if (ftruncate(fd, 0) < 0)
				return error_errno(e, errno, "%s", r->part);
		}
		r->fd = take_fd(&fd);
		return 0;
	}
}

static int write_piece(struct receiving *r, const char *piece, size_t count, struct error *e)
{
	while (count > 0) {
		ssize_t put = pwrite(r->fd, piece, count, (off_t)r->offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_errno(e, errno, "%s", r->part);
		r->offset += (uint64_t)put;
		piece += put;
		count -= (size_t)put;
	}
	return 0;
}

static int take_input(struct receiving *r, struct error *e)
{
	cleanup_free char *piece = mem_new(1, PIECE_BYTES);

	for (;;) {
		if (lines_await(STDIN_FILENO, -1, SILENCE_S) == 0)
			return error_set(e, "no data for %d s", SILENCE_S);
		ssize_t got = read(STDIN_FILENO, piece, PIECE_BYTES);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return error_errno(e, errno, "read");
		if (got == 0)
			break;
		if (r->offset + (uint64_t)got > r->file->size)
			return error_set(e, "received more than the file's %llu bytes",
				(unsigned long long)r->file->size);
		if (write_piece(r, piece, (size_t)got, e) < 0)
			return -1;
	}
	if (r->offset == r->file->size)
		return 0;
	return error_set(e, "the stream ended after %llu of %llu bytes",
		(unsigned long long)r->offset, (unsigned long long)r->file->size);
}

/* The file gets its final name only after its SHA-256 has been verified. */
static int finish(struct receiving *r, struct error *e)
{
	char hex[DIGEST_TEXT_BYTES];

	if (fsync(r->fd) < 0)
		return error_errno(e, errno, "%s", r->part);
	if (digest_file(r->part, hex, e) < 0)
		return -1;
	if (strcmp(hex, r->file->sha256) != 0) {
		unlink(r->part);
		return error_set(
			e, "SHA-256 is %s, expected %s; file removed", hex, r->file->sha256);
	}
	if (rename(r->part, r->final) < 0)
		return error_errno(e, errno, "%s", r->final);
	return 0;
}

static int receive(const char *directory, struct receiving *r, struct error *e)
{
	if (dir_make(directory, e) < 0)
		return -1;
	int status = lock_part(r, e);
	if (status != 0)
		return status;
	cleanup_free char *greeting = str_printf(RECEIVE_AT "%llu", (unsigned long long)r->offset);
	say(greeting);
	if (take_input(r, e) < 0)
		return -1;
	return finish(r, e);
}

int receive_main(const char *digest, const struct staged_file *file)
{
	struct receiving r = {.file = file, .fd = -1};
	struct error e = {""};

	if (!wire_image_word_valid(digest) || !wire_image_word_valid(file->name)) {
		say(RECEIVE_FAILED "invalid name of an image or file");
		return 2;
	}
	cleanup_free char *directory = receive_image_directory(digest);
	r.final = str_printf("%s/%s", directory, file->name);
	r.part = str_printf("%s.part", r.final);
	int status = receive(directory, &r, &e);
	cleanup_free char *failure = str_printf(RECEIVE_FAILED "%s", e.text);
	say(status < 0 ? failure : RECEIVE_COMPLETE);
	if (r.fd >= 0)
		close(r.fd);
	free(r.final);
	free(r.part);
	return status < 0;
}
