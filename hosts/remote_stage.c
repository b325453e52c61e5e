/* Copying an image to a host: only missing files, resuming interrupted copies. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "hosts/digest.h"
#include "hosts/private.h"
#include "hosts/receive.h"
#include "hosts/wire.h"

#define MANIFEST "manifest.json"
#define REBUILD "rebuild the image with tare image"

enum { PIECE_BYTES = 256 * 1024, GREETING_LIMIT_BYTES = 64 * 1024 };

/* Hashing an image takes a minute where the CPU is emulated. */
static const double check_timeout_s = 900;

static int add_file(json_t *files, const struct image *image, const char *name, const char *sha256,
	struct error *e)
{
	cleanup_free char *path = str_printf("%s/%s", image->directory, name);
	struct stat st;

	if (!sha256 || !wire_image_word_valid(name) || !wire_image_word_valid(sha256))
		return error_set(e, "the image's manifest is invalid (file %s); " REBUILD, name);
	if (stat(path, &st) < 0)
		return error_errno(e, errno, "%s", path);
	return json_array_append_new(files, json_pack("{s:s, s:s, s:I}", "name", name, "sha256",
						    sha256, "size", (json_int_t)st.st_size));
}

/* The files listed in the manifest, and last the manifest itself. NULL: an error. */
static json_t *image_files(const struct image *image, struct error *e)
{
	json_t *manifest = json_loads(image->manifest, 0, NULL), *files = json_array(), *sha256;
	cleanup_free char *path = str_printf("%s/" MANIFEST, image->directory);
	char hex[DIGEST_TEXT_BYTES];
	int status = digest_file(path, hex, e);
	const char *name;

	json_object_foreach(json_object_get(manifest, "files"), name, sha256)
	{
		if (status == 0)
			status = add_file(files, image, name, json_string_value(sha256), e);
	}
	if (status == 0 && json_array_size(files) == 0)
		status = error_set(e, "the image's manifest names no files; " REBUILD);
	if (status == 0)
		status = add_file(files, image, MANIFEST, hex, e);
	json_decref(manifest);
	if (status == 0)
		return files;
	json_decref(files);
	return NULL;
}

/* --- one file --------------------------------------------------------------------------------- */

struct sending {
	struct host *host;
	const char *name;
	struct reached reached;
	struct lines lines;
	long long offset; /* where the transfer began: the length of the partial file there */
};

/* The next line of the receiver; other output is skipped, up to a limit. */
static const char *receiver_says(struct sending *sending, struct error *e)
{
	const struct host *host = sending->host;
	double heard_s = clock_monotonic_s();
	size_t skipped = 0;

	for (;;) {
		const char *line;
		while ((line = lines_next(&sending->lines))) {
			if (strncmp(line, "tare-receive ", 13) == 0)
				return line;
			skipped += strlen(line);
		}
		if (skipped + sending->lines.end > GREETING_LIMIT_BYTES) {
			error_set(e,
				"unexpected output before tare-host's answer; the reach may "
				"print at most 64 KiB of its own, such as a message of the day");
			return NULL;
		}
		int ready = lines_await(sending->lines.fd, host->spec.interrupt_fd,
			heard_s + SILENCE_S - clock_monotonic_s());
		if (ready <= 0) {
			if (ready < 0)
				error_set(e, "interrupted");
			else
				error_set(e, "no answer for %d s; check the host and its network",
					SILENCE_S);
			return NULL;
		}
		int got = lines_receive(&sending->lines);
		if (got < 0) {
			error_set(e, "the stream ended; the next attempt resumes from there");
			return NULL;
		}
		heard_s = clock_monotonic_s();
	}
}

static int send_from(struct sending *sending, int fd, off_t offset, struct error *e)
{
	cleanup_free char *piece = mem_new(1, PIECE_BYTES);

	for (;;) {
		ssize_t got = pread(fd, piece, PIECE_BYTES, offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(e, errno, "%s", sending->name);
		if (got == 0)
			break;
		offset += got;
		if (lines_write_by(sending->reached.to, piece, (size_t)got, SILENCE_S,
			    sending->host->spec.interrupt_fd) < 0) {
			if (errno == EPIPE)
				break; /* it says why */
			return error_errno(e, errno, "cannot send");
		}
	}
	close(take_fd(&sending->reached.to));
	return 0;
}

static int converse(struct sending *sending, int fd, struct error *e)
{
	const char *line = receiver_says(sending, e);

	if (!line)
		return -1;
	if (strncmp(line, RECEIVE_AT, strlen(RECEIVE_AT)) == 0) {
		sending->offset = strtoll(line + strlen(RECEIVE_AT), NULL, 10);
		if (send_from(sending, fd, sending->offset, e) < 0)
			return -1;
		line = receiver_says(sending, e);
		if (!line)
			return -1;
	}
	if (strcmp(line, RECEIVE_COMPLETE) == 0)
		return 0;
	return error_set(e, "%.200s", line + strlen("tare-receive "));
}

/* *offset: where it began. */
static int send_once(struct host *host, const char *digest, const json_t *file, int fd,
	long long *offset, struct error *e)
{
	const char *name = json_string_value(json_object_get(file, "name"));
	const char *sha256 = json_string_value(json_object_get(file, "sha256"));
	cleanup_free char *size =
		str_printf("%lld", (long long)json_integer_value(json_object_get(file, "size")));
	cleanup_argv struct argv argv = {0};
	struct sending sending = {.host = host, .name = name};
	struct error last = {""};

	reach_argv(&host->reach, &argv, host->program, "receive", digest, name, sha256, size, NULL);
	if (reach_start(&host->reach, &argv, &sending.reached, e) < 0)
		return -1;
	sending.lines.fd = sending.reached.from;
	int status = converse(&sending, fd, e);
	reach_stop(&host->reach, &sending.reached, status < 0 ? 0 : 5, &last);
	lines_free(&sending.lines);
	*offset = sending.offset;
	if (status < 0 && error_is_set(&last))
		error_prefix(e, "%s", last.text);
	return status;
}

static int send_file(struct host *host, const char *digest, const json_t *file, struct error *e)
{
	const char *name = json_string_value(json_object_get(file, "name"));
	cleanup_free char *path = str_printf("%s/%s", host->spec.image->directory, name);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error why = {""};
	long long offset = 0;

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	int status = send_once(host, digest, file, fd, &offset, &why);
	/* The partial file may have been wrong; the receiver has removed it in that case. */
	if (status < 0 && offset > 0 && lines_await(-1, host->spec.interrupt_fd, 0) == 0)
		status = send_once(host, digest, file, fd, &offset, &why);
	return status < 0 ? error_set(e, "%s: %s: %s", host->spec.name, name, why.text) : 0;
}

/* --- the image -------------------------------------------------------------------------------- */

static const json_t *file_named(const json_t *files, const char *name)
{
	for (size_t i = 0; name && i < json_array_size(files); i++) {
		const json_t *file = json_array_get(files, i);
		const char *is = json_string_value(json_object_get(file, "name"));
		if (is && strcmp(is, name) == 0)
			return file;
	}
	return NULL;
}

static int send_missing(struct host *host, const char *digest, json_t *files, const json_t *missing,
	struct error *e)
{
	for (size_t i = 0; i < json_array_size(missing); i++) {
		const json_t *file =
			file_named(files, json_string_value(json_array_get(missing, i)));
		if (!file)
			return error_set(
				e, "%s reported unknown files as missing", host->spec.name);
		if (send_file(host, digest, file, e) < 0)
			return -1;
	}
	return 0;
}

int remote_stage(struct host *host, struct error *e)
{
	const char *digest = host->spec.image->digest;
	json_t *files = wire_image_word_valid(digest) ? image_files(host->spec.image, e) : NULL;
	int status = files ? 0 : -1;
	bool complete = false;

	/* The second request, after the copy, verifies the files and opens the image. */
	for (int round = 0; round < 2 && status == 0 && !complete; round++) {
		json_t *result = NULL;
		status = call_do(host, "image",
			json_pack("{s:s, s:O}", "digest", digest, "files", files), check_timeout_s,
			&result, e);
		const json_t *missing = json_object_get(result, "missing");
		complete = status == 0 && json_array_size(missing) == 0;
		if (status == 0 && !complete && round == 0)
			status = send_missing(host, digest, files, missing, e);
		json_decref(result);
	}
	json_decref(files);
	if (status == 0 && !complete)
		return error_set(e,
			"%s: the copied image is incomplete; check whether something on the host "
			"removes files from the image cache (/var/cache/tare/images)",
			host->spec.name);
	return status;
}
