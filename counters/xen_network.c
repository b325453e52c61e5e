/* Source "xen_network": what the network interfaces of Xen's guests carried, by the counts of
 * dom0's xen-netback (the kernel's Documentation/ABI/testing/sysfs-class-net-statistics). What
 * dom0's end receives a guest has sent. The run's guests together, and other ones. */
#include "base/array.h"
#include "counters/xen_devices.h"

static const struct xen_device_row rows[] = {
	{"received", "bytes", "tx_bytes", 1},
	{"packets_received", "1", "tx_packets", 1},
	{"packets_not_received", "1", "tx_dropped", 1},
	{"sent", "bytes", "rx_bytes", 1},
	{"packets_sent", "1", "rx_packets", 1},
	{"packets_not_sent", "1", "rx_dropped", 1},
};

static int xen_network_read(struct reading *reading, struct error *why)
{
	static const struct xen_device_kind kind = {
		.prefix = "vif",
		.inside = "net",
		.otherwise = "they have no network interface that dom0's kernel serves",
		.rows = rows,
		.row_count = ARRAY_COUNT(rows),
	};

	return xen_devices_read(reading, &kind, why);
}

const struct counter_source source_xen_network = {
	.name = "xen_network",
	.where = "Xen hosts; of interfaces that dom0's kernel serves (xen-netback)",
	.read = xen_network_read,
};
