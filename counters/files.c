/* Reads the kernel's small files below the root, and the numbers and lists in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/source.h"

enum { FILE_MOST_BYTES = 4 << 20, PIECE_BYTES = 16 << 10, LIST_MOST = 1 << 16 };

static int read_all(int fd, struct text *text)
{
	text->count = 0;
	for (;;) {
		array_reserve(&text->bytes, &text->capacity, text->count + PIECE_BYTES + 1);
		ssize_t got = read(fd, text->bytes + text->count, PIECE_BYTES);
		if (got < 0)
			return -1;
		text->count += (size_t)got;
		text->bytes[text->count] = '\0';
		if (got == 0)
			return 0;
		if (text->count > FILE_MOST_BYTES) {
			errno = EFBIG;
			return -1;
		}
	}
}

static const struct captured_file *find_captured(const struct counters *counters, const char *path)
{
	for (size_t i = 0; i < counters->captured_count; i++)
		if (strcmp(counters->captured[i].path, path) == 0)
			return &counters->captured[i];
	return NULL;
}

static const char *captured_text(
	const struct counters *counters, const char *path, struct error *why)
{
	const struct captured_file *file = find_captured(counters, path);

	if (file && file->found)
		return file->text;
	error_set(why, "/%s: %s", path, file ? file->text : "the machine's agent does not read it");
	return NULL;
}

bool counters_exists(const struct counters *counters, const char *path)
{
	if (counters->captured)
		return find_captured(counters, path) != NULL;
	return faccessat(counters->root_fd, path, F_OK, 0) == 0;
}

const char *counters_file(struct counters *counters, const char *path, struct error *why)
{
	if (counters->captured)
		return captured_text(counters, path, why);
	cleanup_fd int fd = openat(counters->root_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && read_all(fd, &counters->bytes) == 0)
		return counters->bytes.bytes;
	error_errno(why, errno, "/%s", path);
	return NULL;
}

const char *counters_filef(struct counters *counters, struct error *why, const char *format, ...)
{
	char path[512];
	va_list args;

	va_start(args, format);
	int length = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		error_set(why, "a path is too long");
		return NULL;
	}
	return counters_file(counters, path, why);
}

int counters_number(const char *text, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno || end[strspn(end, " \n")] ? -1 : 0;
}

int counters_list(const char *text, void (*number)(void *context, unsigned n), void *context)
{
	while (*text && *text != '\n') {
		unsigned first, last;
		int used = 0;
		if (sscanf(text, "%9u%n", &first, &used) != 1 || used == 0)
			return -1;
		text += used;
		last = first;
		if (*text == '-') {
			if (sscanf(text + 1, "%9u%n", &last, &used) != 1)
				return -1;
			text += 1 + used;
		}
		if (last < first || last >= LIST_MOST)
			return -1;
		for (unsigned n = first; n <= last; n++)
			number(context, n);
		if (*text == ',')
			text++;
		else if (*text && *text != '\n')
			return -1;
	}
	return 0;
}
