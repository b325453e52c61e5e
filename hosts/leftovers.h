/* What services that were killed left on this host. */
#ifndef TARE_HOSTS_LEFTOVERS_H
#define TARE_HOSTS_LEFTOVERS_H

#include "base/error.h"

/* Makes the directory WORK_DIR/ID with the mark by which leftovers_clean knows it for one of ours.
 */
int leftovers_make_root(const char *work_root, struct error *e);
/* Cleans after every campaign that does not live any more: what drivers made, work directories that
 * are noted in run directories, and marked ones in work_dir, where a boot has taken the note away.
 * -1 with the first thing that could not be removed; the rest is removed all the same. */
int leftovers_clean(const char *work_dir, struct error *e);

#endif
