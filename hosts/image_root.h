/* The root tree of an image on this host: DIRECTORY/root. The caller holds the image's lock and has
 * verified its files. */
#ifndef TARE_HOSTS_IMAGE_ROOT_H
#define TARE_HOSTS_IMAGE_ROOT_H

#include "base/error.h"

/* Makes the tree of the present root.img accessible: a mount of it, or the tree that scripts/image
 * built on this machine, if its programs are those of the manifest. Any other mount is removed, and
 * any other tree is mounted over. In a user namespace, where nothing can be mounted, the tree is
 * extracted by fsck.erofs. Does nothing without root.img. */
int image_root_open(const char *directory, struct error *e);
/* Removes mounts of anything but the present root.img; machines that use such a tree keep it. */
int image_root_close(const char *directory, struct error *e);

#endif
