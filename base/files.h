/* Files and directories. */
#ifndef TARE_BASE_FILES_H
#define TARE_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

bool file_exists(const char *path);
/* The whole file, NUL-terminated; at most limit bytes (an error beyond). Caller frees. */
int file_read(const char *path, size_t limit, char **bytes, size_t *count, struct error *e);
/* The first line of a file such as /sys/…, without its newline, or NULL. Caller frees. */
char *file_read_line(const char *path);
/* Writes a temporary file in the same directory, syncs it and renames it: afterwards the file has
 * the new content or, on an error, the old one. A link is followed; owner and permissions stay.
 * Where a rename is impossible, as on a bind mount, and where the file is none (a pipe), it is
 * written in place; what standard output or standard error write to is appended to. */
int file_write(const char *path, const void *bytes, size_t count, struct error *e);
/* The path as it is written in a file that lies in the directory, both of which exist; where one
 * does not, the path as it is. Caller frees. */
char *file_path_from(const char *directory, const char *path);
/* Like mkdir -p, with mode 0755. */
int dir_make(const char *path, struct error *e);
/* Like rm -r, but never crosses a mount point. A path that does not exist is not an error. */
int dir_remove(const char *path, struct error *e);

#endif
