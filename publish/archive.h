/* A directory as one file, NAME.tar.zst. */
#ifndef TARE_PUBLISH_ARCHIVE_H
#define TARE_PUBLISH_ARCHIVE_H

#include <time.h>

#include "base/error.h"

/* Writes the directory, which the archive calls name, into the file path. All its files have the
 * time given and no owner's name. */
int archive_make(
	const char *directory, const char *name, time_t time, const char *path, struct error *e);

#endif
