/* A libvirt guest and its life cycle: it is created, saved, restored, migrated and destroyed, also
 * when the daemon behind the connection was restarted meanwhile. */
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
	char *xen_log; /* written by Xen's console daemon; NULL: not a console of that daemon */
	char *overlay; /* mount of a container's root; or NULL */
	char *netns; /* a container's own network namespace; or NULL */
	struct storage *storage; /* NULL: no scratch disk */
	struct pci_list hostdevs; /* of the host, to be given back */
	bool ends_itself; /* its agent powers it off, which is waited for */
	char *campaign_id; /* whose they are */
	char *settings_of; /* the campaign whose settings of the host are held for it; or NULL */
	bool has_moved; /* to another host: nothing of it is left here */
	struct storage_counts before; /* what was counted before the last restore */
};

/* Creates the domain, which libvirt checks against its schema: what that does not know would be
 * ignored otherwise. A dead connection is reopened, once; a domain that was created before it died
 * is destroyed first. */
int guest_create(struct guest *guest, const char *xml, struct error *e);
/* Opens the host's end of the control channel. Returns the descriptor or -1. */
int guest_channel(struct guest *guest, struct error *e);
int guest_save(struct guest *guest, struct error *e);
/* Restores the guest and returns its new channel's descriptor, or -1. */
int guest_restore(struct guest *guest, struct error *e);
/* Moves the guest to another libvirt daemon, disks included. */
int guest_migrate(struct guest *guest, const struct migration *migration, struct error *e);
/* Finds the guest that is being migrated to this host and opens its channel, waiting for a second.
 * Returns the descriptor or -1. */
int guest_arrive(struct guest *guest, struct error *e);
int guest_counters(struct guest *guest, struct storage_counters *out, struct error *e);
/* Destroys the domain; where libvirt cannot (its daemon does not restart, QEMU hangs in the
 * kernel), the process is found by the guest's name in its command line and killed. Safe with
 * NULL. */
void guest_free(struct guest *guest);

#endif
