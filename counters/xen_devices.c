/* Reads /sys/bus/xen-backend/devices: "vbd-7-51712" is a disk of domain 7 that dom0's xen-blkback
 * serves, "vif-7-0" a network interface of its by xen-netback. */
#include "counters/xen_devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

#define DEVICES "sys/bus/xen-backend/devices"

struct device_sums {
	double values[XEN_DEVICE_ROWS];
	bool found[XEN_DEVICE_ROWS];
	size_t devices;
};

static bool is_own(const struct counters *counters, unsigned domain)
{
	for (size_t i = 0; i < counters->own_domain_count; i++)
		if (counters->own_domains[i] == domain)
			return true;
	return false;
}

static DIR *directory_open(const struct counters *counters, const char *path)
{
	int fd = openat(counters->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

/* The directory that has the device's statistics; NULL: there is none. Caller frees. */
static char *place_of(
	const struct counters *counters, const struct xen_device_kind *kind, const char *device)
{
	struct dirent *entry;

	if (!kind->inside)
		return str_printf(DEVICES "/%s", device);
	cleanup_free char *parent = str_printf(DEVICES "/%s/%s", device, kind->inside);
	cleanup_dir DIR *directory = directory_open(counters, parent);
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			return str_printf("%s/%s", parent, entry->d_name);
	return NULL;
}

static void add_device(struct counters *counters, const struct xen_device_kind *kind,
	const char *device, struct device_sums *sums)
{
	cleanup_free char *place = place_of(counters, kind, device);

	sums->devices++;
	for (size_t i = 0; place && i < kind->row_count; i++) {
		uint64_t number;
		const char *text = counters_filef(
			counters, NULL, "%s/statistics/%s", place, kind->rows[i].file);
		if (!text || counters_number(text, &number) < 0)
			continue;
		sums->values[i] += (double)number * kind->rows[i].scale;
		sums->found[i] = true;
	}
}

/* Guests that have devices, none of which is there, have not done nothing. */
static void add_sums(struct reading *reading, const struct xen_device_kind *kind, const char *whose,
	size_t domains, const struct device_sums *sums)
{
	char name[48];

	for (size_t i = 0; i < kind->row_count; i++) {
		const struct xen_device_row *row = &kind->rows[i];
		snprintf(name, sizeof(name), "%s_%s", whose, row->name);
		if (sums->found[i] || domains == 0)
			reading_add(reading, name, row->unit, COUNTER_TOTAL, sums->values[i]);
		else
			reading_add_gap(reading, name, row->unit, COUNTER_TOTAL,
				sums->devices ? "dom0's kernel does not count it"
					      : kind->otherwise);
	}
}

int xen_devices_read(struct reading *reading, const struct xen_device_kind *kind, struct error *why)
{
	struct counters *counters = reading->counters;
	struct device_sums own = {.devices = 0}, others = {.devices = 0};
	size_t length = strlen(kind->prefix);
	struct dirent *entry;

	if (error_is_set(&counters->no_domains))
		return error_set(why, "%s", counters->no_domains.text);
	cleanup_dir DIR *directory = directory_open(counters, DEVICES);
	if (!directory)
		return error_errno(why, errno, "/" DEVICES);
	while ((entry = readdir(directory))) {
		unsigned domain;
		if (strncmp(entry->d_name, kind->prefix, length) != 0 ||
			sscanf(entry->d_name + length, "-%9u-", &domain) != 1)
			continue;
		add_device(
			counters, kind, entry->d_name, is_own(counters, domain) ? &own : &others);
	}
	add_sums(reading, kind, "guests", counters->own_domain_count, &own);
	add_sums(reading, kind, "others", others.devices, &others);
	return 0;
}
