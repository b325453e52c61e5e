/* PCI devices of the host that a guest gets for itself: what they are, whether the host uses them,
 * and which driver they are bound to. All of it by sysfs. */
#ifndef TARE_DRIVERS_PCI_H
#define TARE_DRIVERS_PCI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Where the kernel shows its devices and mounts, where the names of drivers are kept that devices
 * are to be given back to, and Xen's tool. */
struct pci_place {
	const char *sys, *proc, *run; /* "/sys", "/proc", the campaign's run directory */
	const char *xl; /* a program by its path or its name */
};

enum pci_kind { PCI_OTHER, PCI_DISK, PCI_NET };

enum { PCI_ADDRESS_BYTES = 13, PCI_DEVICES_MAX = 4 };

/* "0000:01:00.0" */
struct pci_list {
	char addresses[PCI_DEVICES_MAX][PCI_ADDRESS_BYTES];
	size_t count;
};

struct pci_device {
	char address[PCI_ADDRESS_BYTES];
	enum pci_kind kind;
	char *driver; /* that it is bound to; NULL: none */
	char *block; /* of a disk: the host's name, such as "nvme0n1"; or NULL */
};

/* "0000:01:00.0,0000:02:00.0", each once; NULL and "" are none. The error names the text. */
int pci_list_parse(const char *text, struct pci_list *out, struct error *e);

/* What the device is. The error says that there is none. */
int pci_look(const struct pci_place *place, const char *address, struct pci_device *out,
	struct error *e);
void pci_device_free(struct pci_device *device);

/* Whether the host can do without the device: it serves net or disk, no disk of it is mounted,
 * swapped to or part of another, no interface of it is up, has an address or a master, and it has a
 * driver of its own to be given back to. */
int pci_check_free(
	const struct pci_place *place, const struct pci_device *device, struct error *why_not);
/* Whether all that shares an IOMMU group with the device is in the list, a bridge, or without a
 * driver of the host's. */
int pci_check_group(const struct pci_place *place, const char *address, const struct pci_list *list,
	struct error *why_not);

/* Binds the device to the driver of pass-through ("vfio-pci", "pciback"), which is loaded where it
 * is not there, and keeps the name of its own driver in the run directory. */
int pci_take(const struct pci_place *place, const struct pci_device *device, const char *driver,
	struct error *e);
/* Binds the device to its own driver again, unless that was done, and waits for its disk. On a Xen
 * host it waits before for the back end of the guest that ended, half a minute at most, and ends
 * the quarantine that Xen puts devices of ended guests into. */
int pci_give_back(const struct pci_place *place, const char *address, struct error *e);
/* Whether it was taken and not given back yet, as the run directory says. */
bool pci_is_taken(const struct pci_place *place, const char *address);
/* Gives back all that a killed campaign took; *count: how many were given back. Tries all before
 * it fails. */
int pci_clean(const struct pci_place *place, size_t *count, struct error *e);

#endif
