/* PCI devices of the host for one guest: what they serve there, and who has them meanwhile. */
#ifndef TARE_DRIVERS_PASS_THROUGH_H
#define TARE_DRIVERS_PASS_THROUGH_H

#include "drivers/domain.h"

/* Whether the host has the devices and can do without them, they serve different things, and, but
 * for Xen, an IOMMU keeps them apart from the others. The error begins with "hostdev: ". */
int pass_through_check(const struct libvirt_options *options, struct error *why_not);
/* What the guest's domain needs to know of the devices. *serves_net: one is a network card. *disk:
 * the host's path of a disk among them, "/dev/nvme0n1", or NULL; caller frees. */
int pass_through_plan(const struct pci_list *list, struct pass_through *out, bool *serves_net,
	char **disk, struct error *e);
/* Binds all of them to the driver of pass-through, or none. */
int pass_through_take(
	const char *campaign_id, const struct pci_list *list, bool is_xen, struct error *e);
/* Gives them back. What cannot be is tried again by cleaning. */
void pass_through_give_back(const char *campaign_id, const struct pci_list *list);
/* Gives back what a killed campaign took; *count: how many. */
int pass_through_clean(const char *campaign_id, size_t *count, struct error *e);

#endif
