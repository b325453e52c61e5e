/* An initrd for kernels that the image's own initrd has no modules for. */
#ifndef TARE_DRIVERS_INITRD_H
#define TARE_DRIVERS_INITRD_H

#include "base/error.h"

/* Writes a cpio archive (format newc, which kernels unpack) with the program agent as /init, the
 * given kernel modules, a NULL-terminated list of paths, as module group `group`, and an empty
 * group "scratch": the kernel is expected to have ext4 built in. */
int initrd_make(const char *path, const char *agent, const char *group, const char *const *modules,
	struct error *e);

#endif
