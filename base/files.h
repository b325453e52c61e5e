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
/* Writes a temporary beside it, syncs, renames: the file is whole or as before. */
int file_write(const char *path, const void *bytes, size_t count, struct error *e);
/* mkdir -p, mode 0755. */
int dir_make(const char *path, struct error *e);
/* rm -r, never crossing a mount point. A path that does not exist is no error. */
int dir_remove(const char *path, struct error *e);

#endif
