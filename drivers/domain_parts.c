/* What follows from a domain's options and its rows of the tables, and pieces of XML that several
 * files write. */
#include <string.h>

#include "base/array.h"
#include "drivers/domain_private.h"

bool domain_is_qemu(const struct domain *domain)
{
	return strcmp(domain->hypervisor->type, "kvm") == 0;
}

bool domain_is_container(const struct domain *domain)
{
	return strcmp(domain->hypervisor->os_type, "exe") == 0;
}

const char *domain_machine(const struct domain *domain)
{
	if (domain->machine && domain->machine[0])
		return domain->machine;
	if (domain_is_qemu(domain) && domain->devices->machine)
		return domain->devices->machine;
	if (domain_disk_model(domain) && domain_disk_model(domain)->machine)
		return domain_disk_model(domain)->machine;
	return domain->hypervisor->machine;
}

const struct disk_model_row *domain_disk_model(const struct domain *domain)
{
	const struct libvirt_options *options = domain->options;
	const struct disk_model_row *row =
		options && options->disk_model ? &disk_models[options->disk_model] : NULL;

	return row && row->bus && strcmp(row->bus, domain->devices->bus) == 0 ? NULL : row;
}

const struct net_model_row *domain_net_model(const struct domain *domain)
{
	const struct libvirt_options *options = domain->options;
	const struct net_model_row *row =
		options && options->net_model ? &net_models[options->net_model] : NULL;

	return row && strcmp(row->model, domain->devices->nic) == 0 ? NULL : row;
}

const char *domain_firmware(const struct domain *domain)
{
	const char *asked = domain->options ? domain->options->firmware : NULL;
	const struct disk_model_row *disk = domain_disk_model(domain);
	const struct net_model_row *net = domain_net_model(domain);

	if (asked && strcmp(asked, "qboot") == 0)
		return DOMAIN_QBOOT;
	if (asked && asked[0])
		return strcmp(asked, "seabios") == 0 ? NULL : asked;
	if ((disk && !disk->virtio) || (net && !net->virtio) || domain->pass_through.devices)
		return NULL;
	return domain->devices->firmware;
}

char *domain_disk_name(const struct domain *domain, int number)
{
	const struct device_model *devices = domain->devices;
	const struct disk_model_row *model = number == 1 ? domain_disk_model(domain) : NULL;
	char letter = (char)((devices->first ? devices->first : 'a') + number);

	if (model && !model->bus)
		return NULL;
	if (model && strcmp(model->disk, devices->disk) != 0)
		return str_printf("%sa", model->disk);
	return str_printf("%s%c", devices->disk, letter);
}

void domain_add_quoted(struct text *xml, const char *before, const char *value, const char *after)
{
	text_add(xml, before);
	text_add_xml(xml, value);
	text_add(xml, after);
}

void domain_add_slot(struct text *xml, const struct domain *domain, int slot)
{
	if (domain_is_qemu(domain))
		text_addf(xml,
			"      <address type='pci' domain='0' bus='0' slot='%d' function='0'/>\n",
			slot);
}
