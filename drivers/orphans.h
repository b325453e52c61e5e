/* Reaps processes whose parent is gone, above all QEMUs that the embedded driver of libvirt made:
 * it waits until such a process is no longer a zombie. Process 1, the usual parent of orphans, may
 * take seconds to reap it, and in a container without an init never does. */
#ifndef TARE_DRIVERS_ORPHANS_H
#define TARE_DRIVERS_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* From now on orphans among this process's descendants become its children, and a thread of its own
 * reaps each when it ends. Children that this process or a library in it started are left to those
 * who wait for them. A second call changes nothing. */
int orphans_adopt(struct error *e);
/* Reaps this one now, if it is an orphan that was adopted and has ended. Whether it was. */
bool orphans_reap(pid_t pid);

#endif
