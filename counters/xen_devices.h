/* What dom0's kernel counts of the disks and network interfaces of Xen's guests, for the sources
 * xen_disks and xen_network. */
#ifndef TARE_COUNTERS_XEN_DEVICES_H
#define TARE_COUNTERS_XEN_DEVICES_H

#include "counters/source.h"

/* One count of a device. */
struct xen_device_row {
	const char *name, *unit;
	const char *file; /* in the device's directory "statistics" */
	double scale; /* from the file's unit to the row's */
};

struct xen_device_kind {
	const char *prefix; /* of the devices' names: "vbd", "vif" */
	const char *inside; /* whose only entry has the statistics; NULL: the device itself */
	const char *otherwise; /* where guests have devices that are not among them: why */
	const struct xen_device_row *rows;
	size_t row_count; /* at most XEN_DEVICE_ROWS */
};

enum { XEN_DEVICE_ROWS = 8 };

/* Adds each row twice: "guests_NAME", the sum over the run's guests, and "others_NAME", over other
 * ones. After source xen, which tells the domains. -1 with the reason why there are none. */
int xen_devices_read(
	struct reading *reading, const struct xen_device_kind *kind, struct error *why);

#endif
