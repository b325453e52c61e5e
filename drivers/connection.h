/* Connections to libvirt: one per URI for the whole process, opened when first asked for. */
#ifndef TARE_DRIVERS_CONNECTION_H
#define TARE_DRIVERS_CONNECTION_H

#include <libvirt/libvirt.h>

#include "base/error.h"

/* Whether a libvirt daemon for this kind of hypervisor ("qemu", "xen") listens here. */
bool libvirtd_listens(const char *kind);
/* The URI of the library's own QEMU driver with its state below /run/tare/ID/embed: no daemon is
 * needed. The directory is made ready. A process can have one such driver, so a second campaign
 * in it is given the first one's. Caller frees. */
char *embed_uri(const char *campaign_id, struct error *e);
/* The connection stays the process's; never closed by the caller. */
int connection_get(const char *uri, virConnectPtr *out, struct error *e);
/* Closes the embedded driver if its state lies in that campaign's run directory. */
void connection_drop(const char *campaign_id);
/* libvirt's last error of this thread as ours. Returns -1. */
int libvirt_error(struct error *e, const char *what);

#endif
