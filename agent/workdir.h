/* Files for jobs: work directories and the files in them, and files anywhere. A job's files
 * are plain names inside its directory, never reached through a symbolic link. */
#ifndef TARE_AGENT_WORKDIR_H
#define TARE_AGENT_WORKDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Opens path, an absolute directory; makes it (and its parents) if it is missing. Returns the
 * descriptor; *made says whether it was missing. */
int workdir_open(const char *path, bool *made, struct error *e);
/* Closes the descriptor and, if it was made, removes path and everything in it. */
void workdir_close(const char *path, int directory_fd, bool made);

/* Writes bytes of a file in the directory, which offset 0 truncates. */
int workdir_write(int directory_fd, const char *name, uint64_t offset, const void *bytes,
	size_t count, struct error *e);
/* Opens a regular file in it for reading. */
int workdir_read(int directory_fd, const char *name, struct error *e);

/* Writes bytes of the file path; it appears under its name, and with its mode, when the last
 * bytes were written. Missing parents are made. */
int workdir_put_file(const char *path, mode_t mode, uint64_t offset, const void *bytes,
	size_t count, bool last, struct error *e);

#endif
