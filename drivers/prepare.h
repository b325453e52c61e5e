/* Preparing a guest: the driver's options, and everything that is decided and made before the
 * domain is created. */
#ifndef TARE_DRIVERS_PREPARE_H
#define TARE_DRIVERS_PREPARE_H

#include <stdbool.h>

#include <libvirt/libvirt.h>

#include "drivers/domain.h"
#include "drivers/driver.h"
#include "drivers/libvirt_options.h"
#include "drivers/storage.h"

/* Zero except for options and spec before prepare; the strings are owned. */
struct preparation {
	const struct libvirt_options *options; /* own_options where a template gave some */
	struct libvirt_options *own_options; /* owned */
	const struct machine_spec *spec;
	struct domain domain;
	bool emulated; /* by TCG */
	struct error kvm_why_not; /* "" if KVM was not probed or works */
	struct error pin_why_not; /* "" if pinning was not requested or is done */
	bool has_network, has_scratch;
	bool takes_direct; /* the work directory's files can bypass the host's page cache */
	bool serves_net; /* a device of the host's is the guest's network card */
	/* Taken over by the guest when it is started: */
	struct storage *storage;
	char *container_root, *netns;
	struct pci_list hostdevs; /* of the host that the guest has for itself */
	bool has_hostdevs; /* they are bound to the driver of pass-through */
	char *share_dir; /* what a guest shares, on the host; or NULL */
	char *scratch_dir; /* of a container, on the host */
	char *uri, *name, *emulator, *root, *mac, *tap, *log, *socket, *xml, *template_xml;
	virConnectPtr connection;
};

/* The QEMU that guests use; NULL if there is none. Caller frees. */
char *prepare_emulator(const struct libvirt_options *options);
/* Decides between KVM and emulation. With accelerator kvm, what does not work is an error. */
int prepare_accelerator(const struct libvirt_options *options, const struct image *image,
	bool *emulated, struct error *why_not_kvm, struct error *e);
/* The XML of the template that the options name, or NULL without an error where they name none.
 * Caller frees. */
char *prepare_template(const struct libvirt_options *options, struct error *e);
/* The connection to use; network NULL: as on a private data network. Caller frees. */
char *prepare_uri(
	const struct libvirt_options *options, const struct network *network, struct error *e);
/* The libvirt URI of a migration's destination, with {address} for its host. Caller frees. */
char *prepare_migrate_uri(const struct libvirt_options *options);

/* Whether a host with machine_cpus CPUs has all CPUs of the list; -1 naming the first that it
 * lacks. */
int prepare_check_pins(
	const unsigned *cpus, size_t count, unsigned machine_cpus, struct error *why_not);
/* Decides everything, connects to libvirt and makes the disks. preparation_free is the caller's,
 * also after an error. */
int prepare(struct preparation *preparation, struct error *e);
/* The domain's XML as the target has it without options of the user's, by the names of this
 * machine. Caller frees. */
char *prepare_usual_xml(const struct preparation *preparation);
void preparation_free(struct preparation *preparation);

#endif
