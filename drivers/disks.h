/* A guest's disks, as files in its work directory. */
#ifndef TARE_DRIVERS_DISKS_H
#define TARE_DRIVERS_DISKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Of the file systems that are made here. */
#define SCRATCH_LABEL "tare-scratch"

/* Makes a sparse file. */
int disk_make_sparse(const char *path, uint64_t size_bytes, struct error *e);
/* Makes an empty ext4 of size_bytes on a file or device. */
int disk_format_scratch(const char *path, uint64_t size_bytes, struct error *e);
/* Makes a sparse raw file of size_bytes with an empty ext4 in it. */
int disk_make_scratch(const char *path, uint64_t size_bytes, struct error *e);
/* Whether the file can be opened with O_DIRECT, bypassing the page cache. */
bool disk_takes_direct(const char *path);
/* Whether files of the directory can. */
bool disk_directory_takes_direct(const char *directory);
/* Makes a qcow2 file that reads from the raw base and takes all writes. */
int disk_make_overlay(const char *path, const char *base, struct error *e);

#endif
