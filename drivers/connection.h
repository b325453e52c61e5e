/* Connections to libvirt: one per URI for the whole process, opened when first asked for. */
#ifndef TARE_DRIVERS_CONNECTION_H
#define TARE_DRIVERS_CONNECTION_H

#include <libvirt/libvirt.h>

#include "base/error.h"

#define EMBED_URI "qemu:///embed"

/* Whether a libvirt daemon for this kind of hypervisor ("qemu", "xen") listens here. */
bool connection_daemon_listens(const char *kind);
/* The URI of the library's own QEMU driver: no daemon is needed. Its state lies in a run directory
 * of this process, owned like a campaign's. Querying QEMU's capabilities takes seconds, so the
 * answers are cached with the images (libvirt checks that they are still valid). Caller frees. */
char *connection_embedded_uri(struct error *e);
/* The connection belongs to the process; the caller never closes it. A dead one is reopened,
 * waiting some seconds for its daemon. */
int connection_get(const char *uri, virConnectPtr *out, struct error *e);
/* Closes the connection to the embedded driver; no guest of it may be in use any more. libvirt does
 * not end the driver itself, so its directory is removed when the process ends. */
void connection_close_embedded(void);
/* Sets e to "WHAT: libvirt: MESSAGE" from this thread's last libvirt error. Returns -1. */
int connection_error(struct error *e, const char *what);

#endif
