/* Removing what killed services left on this host. */
#ifndef TARE_HOSTS_LEFTOVERS_H
#define TARE_HOSTS_LEFTOVERS_H

#include "base/error.h"

/* Cleans up after every campaign that is no longer alive: what drivers made, the work directories
 * noted in run directories, and the marked ones in work_dir, whose note was lost with a boot. -1
 * with the first thing that could not be removed; the rest is removed all the same. */
int leftovers_clean(const char *work_dir, struct error *e);
/* Removes everything of an id that this process owns, and releases it; its machines must be stopped
 * before. */
void leftovers_remove_id(const char *id, const char *work_root);

#endif
