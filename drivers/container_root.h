/* The image's tree under a temporary overlay, mounted where a daemon of the host can see it. */
#ifndef TARE_DRIVERS_CONTAINER_ROOT_H
#define TARE_DRIVERS_CONTAINER_ROOT_H

#include <stddef.h>

#include "base/error.h"

/* Mounts below directory, which exists, and gives the root's path; name is the mounts' source, by
 * which leftovers are found. Caller frees. */
int container_root_add(
	const char *tree, const char *directory, const char *name, char **root, struct error *e);
/* Unmounts it lazily: processes that still run in it keep it. */
void container_root_remove(const char *root);
/* Unmounts every such mount whose name begins with the prefix; returns how many. */
size_t container_roots_clean(const char *prefix);

#endif
