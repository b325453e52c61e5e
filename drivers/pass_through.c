/* Plans, takes and gives back the PCI devices of one guest. */
#include "drivers/pass_through.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "drivers/local.h"

#define XEN_DRIVER "pciback"
#define KVM_DRIVER "vfio-pci"

/* Drivers whose group of the initrd is not called as they are. */
static const struct {
	const char *driver, *group;
} groups[] = {{"virtio-pci", "virtio"}, {"e1000", "emulated"}, {"8139cp", "emulated"}};

static struct pci_place place_of(const char *run)
{
	return (struct pci_place){.sys = "/sys", .proc = "/proc", .run = run, .xl = "xl"};
}

static bool is_xen(const struct libvirt_options *options)
{
	return strcmp(hypervisor_of(options)->type, "xen") == 0;
}

/* --- checking --------------------------------------------------------------------------------- */

/* Whether a campaign that was killed has it: cleaning, which comes before any start, gives it back.
 */
static bool is_left_behind(const char *address)
{
	char **ids = own_ids_to_clean("");
	bool is_left = false;

	for (char **id = ids; *id && !is_left; id++) {
		cleanup_free char *run = own_run_dir(*id);
		struct pci_place place = place_of(run);
		is_left = pci_is_taken(&place, address);
	}
	own_ids_free(ids);
	return is_left;
}

static int check_use(
	const struct pci_place *place, const struct pci_device *device, struct error *why_not)
{
	if (is_left_behind(device->address))
		return 0;
	if (pci_check_free(place, device, why_not) < 0)
		return -1;
	if (device->kind == PCI_DISK && strncmp(device->block, "nvme", 4) != 0)
		return error_set(why_not, "%s: of disks only NVMe's can be passed through, not %s",
			device->address, device->block);
	return 0;
}

static int check_one(const struct pci_place *place, const struct pci_list *list, size_t index,
	bool needs_group, size_t counts[], struct error *why_not)
{
	struct pci_device device;
	const char *address = list->addresses[index];

	if (pci_look(place, address, &device, why_not) < 0)
		return -1;
	int status = check_use(place, &device, why_not);
	if (status == 0 && needs_group)
		status = pci_check_group(place, address, list, why_not);
	if (status == 0 && ++counts[device.kind] > 1)
		status = error_set(why_not, "%s: a second %s; a guest has one of each", address,
			device.kind == PCI_DISK ? "disk" : "network card");
	pci_device_free(&device);
	return status;
}

int pass_through_check(const struct libvirt_options *options, struct error *why_not)
{
	struct pci_place place = place_of("");
	size_t counts[PCI_NET + 1] = {0};
	struct pci_list list;
	int status = pci_list_parse(options->hostdev, &list, why_not);

	for (size_t i = 0; status == 0 && i < list.count; i++)
		status = check_one(&place, &list, i, !is_xen(options), counts, why_not);
	return status < 0 ? error_prefix(why_not, "hostdev") : 0;
}

/* --- planning --------------------------------------------------------------------------------- */

static const char *group_of(const char *driver)
{
	for (size_t i = 0; i < ARRAY_COUNT(groups); i++)
		if (strcmp(groups[i].driver, driver) == 0)
			return groups[i].group;
	return driver;
}

static int plan_device(const struct pci_device *device, struct pass_through *out, bool *serves_net,
	char **disk, struct error *e)
{
	size_t used = strlen(out->modules), room = sizeof(out->modules) - used;
	const char *group = group_of(device->driver ? device->driver : "");

	if ((size_t)snprintf(out->modules + used, room, "%s%s", used ? "," : "", group) >= room)
		return error_set(e, "%s: the driver's name is too long", device->address);
	if (device->kind == PCI_DISK && !device->block)
		return error_set(e, "%s has no disk: tare clean gives it back to its own driver",
			device->address);
	*serves_net |= device->kind == PCI_NET;
	if (device->kind != PCI_DISK)
		return 0;
	*disk = str_printf("/dev/%s", device->block);
	out->scratch_node = "/dev/nvme0n1";
	return 0;
}

static int plan_address(const struct pci_place *place, const char *address,
	struct pass_through *out, bool *serves_net, char **disk, struct error *e)
{
	struct pci_device device;

	if (pci_look(place, address, &device, e) < 0)
		return -1;
	int status = plan_device(&device, out, serves_net, disk, e);
	pci_device_free(&device);
	return status;
}

int pass_through_plan(const struct pci_list *list, struct pass_through *out, bool *serves_net,
	char **disk, struct error *e)
{
	struct pci_place place = place_of("");
	size_t counts[PCI_NET + 1] = {0};
	int status = 0;

	*out = (struct pass_through){.devices = list->count ? list : NULL};
	*serves_net = false;
	*disk = NULL;
	for (size_t i = 0; status == 0 && i < list->count; i++) {
		status = check_one(&place, list, i, false, counts, e);
		if (status == 0)
			status = plan_address(&place, list->addresses[i], out, serves_net, disk, e);
	}
	return status < 0 ? error_prefix(e, "hostdev") : 0;
}

/* --- taking ----------------------------------------------------------------------------------- */

static void give_back(const struct pci_place *place, const struct pci_list *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pci_give_back(place, list->addresses[i], NULL);
}

void pass_through_give_back(const char *campaign_id, const struct pci_list *list)
{
	cleanup_free char *run = own_run_dir(campaign_id);
	struct pci_place place = place_of(run);

	give_back(&place, list, list->count);
}

static int take_one(
	const struct pci_place *place, const char *address, const char *driver, struct error *e)
{
	struct pci_device device;

	if (pci_look(place, address, &device, e) < 0)
		return -1;
	int status = pci_check_free(place, &device, e);
	if (status == 0)
		status = pci_take(place, &device, driver, e);
	pci_device_free(&device);
	return status;
}

int pass_through_take(
	const char *campaign_id, const struct pci_list *list, bool xen, struct error *e)
{
	cleanup_free char *run = own_run_dir(campaign_id);
	struct pci_place place = place_of(run);

	for (size_t i = 0; i < list->count; i++) {
		if (take_one(&place, list->addresses[i], xen ? XEN_DRIVER : KVM_DRIVER, e) == 0)
			continue;
		give_back(&place, list, i);
		return error_prefix(e, "hostdev");
	}
	return 0;
}

int pass_through_clean(const char *campaign_id, size_t *count, struct error *e)
{
	cleanup_free char *run = own_run_dir(campaign_id);
	struct pci_place place = place_of(run);

	return pci_clean(&place, count, e);
}
