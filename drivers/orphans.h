/* Ends of processes whose parent is gone, above all of QEMUs that the embedded driver of libvirt
 * made: it waits until such a one has vanished, and the parent of orphans, process 1, may take
 * seconds to note that, or in a container never does. */
#ifndef TARE_DRIVERS_ORPHANS_H
#define TARE_DRIVERS_ORPHANS_H

#include "base/error.h"

/* From now on orphans among this process's descendants are its children, and a thread that sleeps
 * until one of them ends notes its end. What this process started itself is not waited for. Again:
 * nothing. */
int orphans_adopt(struct error *e);

#endif
