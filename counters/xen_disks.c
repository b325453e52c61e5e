/* Source "xen_disks": what the disks of Xen's guests did, by the counts of dom0's xen-blkback (the
 * kernel's Documentation/ABI/testing/sysfs-driver-xen-blkback has the directory; the files are
 * those of drivers/block/xen-blkback/xenbus.c). The run's guests together, and other ones. */
#include "base/array.h"
#include "counters/xen_devices.h"

static const double sector_bytes = 512;

static int xen_disks_read(struct reading *reading, struct error *why)
{
	const struct xen_device_row rows[] = {
		{"reads", "1", "rd_req", 1},
		{"read", "bytes", "rd_sect", sector_bytes},
		{"writes", "1", "wr_req", 1},
		{"written", "bytes", "wr_sect", sector_bytes},
		{"flushes", "1", "f_req", 1},
		{"discards", "1", "ds_req", 1},
		/* Requests that waited because all of the back end's were in use. */
		{"waits", "1", "oo_req", 1},
	};
	const struct xen_device_kind kind = {
		.prefix = "vbd",
		.otherwise = "QEMU serves the disks, not dom0's kernel",
		.rows = rows,
		.row_count = ARRAY_COUNT(rows),
	};

	return xen_devices_read(reading, &kind, why);
}

const struct counter_source source_xen_disks = {
	.name = "xen_disks",
	.where = "Xen hosts; of disks that dom0's kernel serves (xen-blkback), not QEMU",
	.read = xen_disks_read,
};
