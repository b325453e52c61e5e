/* Looks at PCI devices by sysfs, and whether the host uses them. */
#include "drivers/pci.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"

enum { MOUNTS_MAX = 16 << 20 };

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_address(const char *text)
{
	static const char shape[] = "xxxx:xx:xx.o";

	for (size_t i = 0; i < strlen(shape); i++) {
		const char *allowed = shape[i] == 'x'   ? "0123456789abcdef"
				      : shape[i] == 'o' ? "01234567"
				      : shape[i] == ':' ? ":"
							: ".";
		if (!text[i] || !strchr(allowed, text[i]))
			return false;
	}
	return !text[strlen(shape)];
}

static bool has_address(const struct pci_list *list, const char *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->addresses[i], address) == 0)
			return true;
	return false;
}

int pci_list_parse(const char *text, struct pci_list *out, struct error *e)
{
	cleanup_free char *copy = str_dup(text ? text : "");

	*out = (struct pci_list){.count = 0};
	for (char *rest = copy, *word; (word = strsep(&rest, ", "));) {
		if (!*word)
			continue;
		if (!is_address(word))
			return error_set(e,
				"expected addresses such as 0000:01:00.0, with commas between, not "
				"\"%s\"",
				word);
		if (has_address(out, word))
			return error_set(e, "%s stands there twice", word);
		if (out->count == PCI_DEVICES_MAX)
			return error_set(e, "more than %d devices", PCI_DEVICES_MAX);
		memcpy(out->addresses[out->count++], word, PCI_ADDRESS_BYTES);
	}
	return 0;
}

/* --- devices ---------------------------------------------------------------------------------- */

static char *device_path(const struct pci_place *place, const char *address, const char *member)
{
	return str_printf("%s/bus/pci/devices/%s%s", place->sys, address, member);
}

/* The last part of what a link of the device leads to; NULL: there is none. Caller frees. */
static char *link_name(const struct pci_place *place, const char *address, const char *member)
{
	cleanup_free char *path = device_path(place, address, member);
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length <= 0)
		return NULL;
	target[length] = '\0';
	const char *slash = strrchr(target, '/');
	return str_dup(slash ? slash + 1 : target);
}

static unsigned long class_of(const struct pci_place *place, const char *address)
{
	cleanup_free char *path = device_path(place, address, "/class");
	cleanup_free char *line = file_read_line(path);

	return line ? strtoul(line, NULL, 16) : 0;
}

/* PCI's base classes, without their subclasses. */
static enum pci_kind kind_of(unsigned long class_code)
{
	switch (class_code >> 16) {
	case 1:
		return PCI_DISK;
	case 2:
		return PCI_NET;
	default:
		return PCI_OTHER;
	}
}

typedef int visit_function(const struct pci_place *place, const char *name, void *context);

/* An NVMe disk that several controllers can serve belongs to none of them: the controller has a
 * hidden path to it, "nvme0c1n1" to "nvme0n1" (nvme_mpath_set_disk_name of Linux). NULL: the name
 * is not that of a path. Caller frees. */
static char *disk_of_path(const char *name)
{
	unsigned subsystem, number;
	int used = 0;

	if (sscanf(name, "nvme%9uc%*9un%9u%n", &subsystem, &number, &used) != 2 || name[used])
		return NULL;
	return str_printf("nvme%un%u", subsystem, number);
}

/* Calls visit for the disk and its partitions, until it does not return 0. */
static int each_of_disk(
	const struct pci_place *place, const char *disk, visit_function *visit, void *context)
{
	cleanup_free char *class_path = str_printf("%s/class/block", place->sys);
	cleanup_dir DIR *dir = opendir(class_path);
	size_t length = strlen(disk);
	struct dirent *entry;
	int status = 0;

	while (dir && status == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strncmp(name, disk, length) == 0 && (!name[length] || name[length] == 'p'))
			status = visit(place, name, context);
	}
	return status;
}

/* Calls visit for each member of a class ("net", "block") that belongs to the device, until it does
 * not return 0. */
static int each_member(const struct pci_place *place, const char *address, const char *class_name,
	visit_function *visit, void *context)
{
	cleanup_free char *path = device_path(place, address, "");
	cleanup_free char *device = realpath(path, NULL);
	cleanup_free char *class_path = str_printf("%s/class/%s", place->sys, class_name);
	cleanup_dir DIR *dir = opendir(class_path);
	struct dirent *entry;
	int status = 0;

	while (device && dir && status == 0 && (entry = readdir(dir))) {
		cleanup_free char *link = str_printf("%s/%s", class_path, entry->d_name);
		cleanup_free char *member = realpath(link, NULL);
		size_t length = strlen(device);
		if (entry->d_name[0] == '.' || !member || strncmp(member, device, length) != 0 ||
			member[length] != '/')
			continue;
		cleanup_free char *disk = disk_of_path(entry->d_name);
		status = disk ? each_of_disk(place, disk, visit, context)
			      : visit(place, entry->d_name, context);
	}
	return status;
}

static bool is_partition(const struct pci_place *place, const char *block)
{
	cleanup_free char *path = str_printf("%s/class/block/%s/partition", place->sys, block);

	return file_exists(path);
}

static int keep_disk(const struct pci_place *place, const char *name, void *context)
{
	char **block = context;

	if (is_partition(place, name))
		return 0;
	*block = str_dup(name);
	return 1;
}

int pci_look(
	const struct pci_place *place, const char *address, struct pci_device *out, struct error *e)
{
	cleanup_free char *path = device_path(place, address, "");

	*out = (struct pci_device){.kind = PCI_OTHER};
	if (!file_exists(path))
		return error_set(e, "this host has no PCI device %s", address);
	snprintf(out->address, sizeof(out->address), "%s", address);
	out->kind = kind_of(class_of(place, address));
	out->driver = link_name(place, address, "/driver");
	if (out->kind == PCI_DISK)
		each_member(place, address, "block", keep_disk, &out->block);
	return 0;
}

void pci_device_free(struct pci_device *device)
{
	free(device->driver);
	free(device->block);
	*device = (struct pci_device){.kind = PCI_OTHER};
}

/* --- use by the host -------------------------------------------------------------------------- */

/* What the host does with one of the device's members. */
struct use {
	const char *address;
	struct error *why_not;
};

static bool text_has(const char *path, const char *words)
{
	cleanup_free char *text = NULL;
	size_t count;

	return file_read(path, MOUNTS_MAX, &text, &count, NULL) == 0 && strstr(text, words);
}

static bool is_empty(const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return false;
	return true;
}

static int refuse_disk(const struct pci_place *place, const char *name, void *context)
{
	const struct use *use = context;
	cleanup_free char *dev_path = str_printf("%s/class/block/%s/dev", place->sys, name);
	cleanup_free char *holders = str_printf("%s/class/block/%s/holders", place->sys, name);
	cleanup_free char *mounts = str_printf("%s/self/mountinfo", place->proc);
	cleanup_free char *swaps = str_printf("%s/swaps", place->proc);
	cleanup_free char *number = file_read_line(dev_path);
	cleanup_free char *mounted = str_printf(" %s ", number ? number : "none");
	cleanup_free char *swapped = str_printf("/dev/%s ", name);
	const char *what = text_has(mounts, mounted)  ? "is mounted"
			   : text_has(swaps, swapped) ? "is swapped to"
			   : !is_empty(holders)       ? "is part of another device"
						      : NULL;

	return what ? error_set(use->why_not, "%s: the host uses it: /dev/%s %s", use->address,
			      name, what)
		    : 0;
}

static bool interface_has_address(const char *name)
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (struct ifaddrs *at = all; at; at = at->ifa_next)
		found |=
			at->ifa_addr && strcmp(at->ifa_name, name) == 0 &&
			(at->ifa_addr->sa_family == AF_INET || at->ifa_addr->sa_family == AF_INET6);
	freeifaddrs(all);
	return found;
}

static int refuse_interface(const struct pci_place *place, const char *name, void *context)
{
	const struct use *use = context;
	cleanup_free char *flags_path = str_printf("%s/class/net/%s/flags", place->sys, name);
	cleanup_free char *master = str_printf("%s/class/net/%s/master", place->sys, name);
	cleanup_free char *flags = file_read_line(flags_path);
	bool is_up = flags && (strtoul(flags, NULL, 16) & IFF_UP);
	const char *what = is_up                         ? "is up"
			   : interface_has_address(name) ? "has an address"
			   : file_exists(master)         ? "is part of another interface"
							 : NULL;

	return what ? error_set(use->why_not, "%s: the host uses it: interface %s %s", use->address,
			      name, what)
		    : 0;
}

static bool is_pass_through(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "pciback") == 0;
}

int pci_check_free(
	const struct pci_place *place, const struct pci_device *device, struct error *why_not)
{
	struct use use = {device->address, why_not};

	if (device->kind == PCI_OTHER)
		return error_set(why_not, "%s is neither a disk nor a network card (class %06lx)",
			device->address, class_of(place, device->address));
	if (!device->driver)
		return error_set(why_not,
			"%s has no driver: write its address to %s/bus/pci/drivers_probe",
			device->address, place->sys);
	if (is_pass_through(device->driver))
		return error_set(why_not,
			"%s belongs to %s: another guest has it, or it was bound by hand: give it "
			"back to its own driver",
			device->address, device->driver);
	if (device->kind == PCI_DISK && !device->block)
		return error_set(why_not, "%s has no disk", device->address);
	if (each_member(place, device->address, "block", refuse_disk, &use) < 0)
		return -1;
	return each_member(place, device->address, "net", refuse_interface, &use);
}

/* --- IOMMU ------------------------------------------------------------------------------------ */

/* Bridges stay with the host, and so do devices that nothing drives. */
static bool may_share(
	const struct pci_place *place, const char *address, const struct pci_list *list)
{
	cleanup_free char *driver = link_name(place, address, "/driver");
	bool is_bridge = class_of(place, address) >> 16 == 6;

	return has_address(list, address) || is_bridge || !driver || is_pass_through(driver);
}

int pci_check_group(const struct pci_place *place, const char *address, const struct pci_list *list,
	struct error *why_not)
{
	cleanup_free char *group = link_name(place, address, "/iommu_group");
	cleanup_free char *path = device_path(place, address, "/iommu_group/devices");
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!group || !dir)
		return error_set(why_not,
			"%s has no IOMMU group: switch the IOMMU on in the firmware, and "
			"intel_iommu=on on the kernel's command line",
			address);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || may_share(place, entry->d_name, list))
			continue;
		return error_set(why_not,
			"%s shares IOMMU group %s with %s, which the host uses: name both, or use "
			"another slot",
			address, group, entry->d_name);
	}
	return 0;
}
