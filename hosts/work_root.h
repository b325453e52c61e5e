/* WORK_DIR/ID, below which a campaign's machines have their scratch files on a host. */
#ifndef TARE_HOSTS_WORK_ROOT_H
#define TARE_HOSTS_WORK_ROOT_H

#include <stdbool.h>

#include "base/error.h"

/* Makes the directory with the mark file by which work_root_is_own recognises it, and is its user
 * until work_root_remove or the end of the process; does nothing where that was done. An error
 * where the directory is there and holds something else. */
int work_root_make(const char *path, struct error *e);
/* Removes the directory with all that is in it; this process no longer uses it, on failure, too. */
int work_root_remove(const char *path, struct error *e);
/* Whether a process, this one or another, uses it. Campaigns in another user namespace have run
 * directories that cannot be seen from here. Never where the file system has no locks. */
bool work_root_is_used(const char *path);
/* Whether the directory is one that tare made on this host. Other data may have a name that looks
 * like a campaign's id, and on a shared file system the directory may be in use by another host. */
bool work_root_is_own(const char *path);
/* Removes directories whose making was cut off on this host, but for those of living campaigns. */
int work_roots_remove_unfinished(const char *work_dir, struct error *e);

#endif
