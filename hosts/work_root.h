/* WORK_DIR/ID, below which a campaign's machines have their scratch files on a host. */
#ifndef TARE_HOSTS_WORK_ROOT_H
#define TARE_HOSTS_WORK_ROOT_H

#include <stdbool.h>

#include "base/error.h"

/* Makes the directory with the mark file by which work_root_is_own recognises it; does nothing
 * where that was done. An error where the directory is there and holds something else. */
int work_root_make(const char *path, struct error *e);
/* Whether the directory is one that tare made on this host. Other data may have a name that looks
 * like a campaign's id, and on a shared file system the directory may be in use by another host. */
bool work_root_is_own(const char *path);
/* Removes directories whose making was cut off on this host, but for those of living campaigns. */
int work_roots_remove_unfinished(const char *work_dir, struct error *e);

#endif
