/* The tree of an image on this host: DIRECTORY/root. Whoever calls holds the image's lock, and its
 * files are verified. */
#ifndef TARE_HOSTS_IMAGE_ROOT_H
#define TARE_HOSTS_IMAGE_ROOT_H

#include "base/error.h"

/* Makes the tree accessible, of the very root.img that is there: a mount of it, or the tree that
 * scripts/image made on this machine, if the programs in it are those that the manifest names. Any
 * other mount is taken away, and any other tree mounted over. Nothing to do without root.img. */
int image_root_open(const char *directory, struct error *e);
/* Takes away mounts of anything but the root.img that is there; machines that use such a tree keep
 * it. */
int image_root_close(const char *directory, struct error *e);

#endif
