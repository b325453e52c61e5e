/* A guest's disks, as files in its work directory. */
#ifndef TARE_DRIVERS_DISKS_H
#define TARE_DRIVERS_DISKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Makes a sparse raw file of size_bytes with an empty ext4 in it. */
int scratch_make(const char *path, uint64_t size_bytes, struct error *e);
/* Whether files there can be opened past the page cache (O_DIRECT). */
bool file_takes_direct(const char *path);
/* Makes a qcow2 file that reads from the raw base and takes all writes. */
int overlay_make(const char *path, const char *base, struct error *e);

#endif
