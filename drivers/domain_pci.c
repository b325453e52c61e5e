/* The part of a domain's XML that is about PCI devices of the host. */
#include <string.h>

#include "drivers/domain_private.h"

/* tare binds the devices and gives them back itself (pci_bind.c), so that cleaning can, too. */
void domain_add_hostdevs(struct text *xml, const struct domain *domain)
{
	const struct pci_list *devices = domain->pass_through.devices;
	bool is_xen = strcmp(domain->hypervisor->type, "xen") == 0;

	for (size_t i = 0; devices && i < devices->count; i++) {
		const char *address = devices->addresses[i];
		text_add(xml, "    <hostdev mode='subsystem' type='pci' managed='no'>\n");
		if (!is_xen)
			text_add(xml, "      <driver name='vfio'/>\n");
		text_addf(xml,
			"      <source>\n        <address domain='0x%.4s' bus='0x%.2s' "
			"slot='0x%.2s' "
			"function='0x%.1s'/>\n      </source>\n    </hostdev>\n",
			address, address + 5, address + 8, address + 11);
	}
}
