/* A running guest of libvirt's, through all that may happen to it: it is created, saved, restored
 * and destroyed, also when the daemon behind the connection was restarted meanwhile. */
#ifndef TARE_DRIVERS_GUEST_H
#define TARE_DRIVERS_GUEST_H

#include <libvirt/libvirt.h>

#include "drivers/domain.h"
#include "drivers/driver.h"
#include "drivers/storage.h"

struct guest {
	virDomainPtr domain; /* NULL: not created yet, or saved */
	enum domain_channel channel;
	char *uri, *name;
	char *migrate_uri; /* of a destination's libvirt, with {address} in it */
	char *socket; /* of the channel, where it is one */
	char *namespace_path; /* of the data network, or NULL */
	char *disk; /* target name of the scratch disk; NULL: none */
	char *save_path; /* where save writes */
	char *xen_log; /* written by Xen's console daemon; NULL: the console is no affair of its */
	char *overlay; /* mount of a container's root; or NULL */
	char *netns; /* a container's own network namespace; or NULL */
	struct storage *storage; /* NULL: no scratch disk */
	bool has_moved; /* to another host: nothing of it is here any more */
	struct storage_counts before; /* what was counted before the last restore */
};

/* Creates the domain. A connection that turns out to be dead is opened anew, once; what may have
 * been created before it died is destroyed first. */
int guest_create(struct guest *guest, const char *xml, struct error *e);
/* Opens the host's end of the control channel. Returns the descriptor or -1. */
int guest_channel(struct guest *guest, struct error *e);
int guest_save(struct guest *guest, struct error *e);
/* Restores the guest and returns its new channel's descriptor, or -1. */
int guest_restore(struct guest *guest, struct error *e);
/* Moves the guest to another libvirt daemon, disks included. */
int guest_migrate(struct guest *guest, const struct migration *migration, struct error *e);
/* Finds the guest that comes from elsewhere and opens its channel, waiting for a second. Returns
 * the descriptor or -1. */
int guest_arrive(struct guest *guest, struct error *e);
int guest_counters(struct guest *guest, struct storage_counters *out, struct error *e);
/* Destroys the domain; where libvirt cannot (its daemon does not come back, QEMU hangs in the
 * kernel), the process is killed by the name that it carries. Safe with NULL. */
void guest_free(struct guest *guest);

#endif
