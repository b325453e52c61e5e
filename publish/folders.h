/* The folders of a crate: which campaigns it has, and in which order files are read. */
#ifndef TARE_PUBLISH_FOLDERS_H
#define TARE_PUBLISH_FOLDERS_H

#include <dirent.h>
#include <fts.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/process.h"

/* Adds "campaigns/NAME" for each, in the order of names. Refused: a directory without any. */
int folders_list(const char *crate, struct argv *folders, struct error *e);
/* For scandir: all but names that begin with a dot. */
int folders_is_visible(const struct dirent *entry);
/* For fts_open: by name. */
int folders_compare(const FTSENT **a, const FTSENT **b);

#endif
