/* The options of the libvirt driver. */
#ifndef TARE_DRIVERS_LIBVIRT_OPTIONS_H
#define TARE_DRIVERS_LIBVIRT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

enum accelerator { ACCELERATOR_AUTO, ACCELERATOR_KVM, ACCELERATOR_TCG };

/* Of options that leave a property as it is, switch it on or switch it off. */
enum tristate { TRISTATE_AUTO, TRISTATE_ON, TRISTATE_OFF };

enum disk_model { DISK_AUTO, DISK_VIRTIO_BLK, DISK_VIRTIO_SCSI, DISK_NVME, DISK_SATA, DISK_IDE };
enum net_model { NET_AUTO, NET_VIRTIO, NET_E1000, NET_E1000E, NET_RTL8139 };
enum disk_cache {
	CACHE_AUTO,
	CACHE_NONE,
	CACHE_WRITETHROUGH,
	CACHE_WRITEBACK,
	CACHE_DIRECTSYNC,
	CACHE_UNSAFE
};
enum share { SHARE_NONE, SHARE_VIRTIOFS, SHARE_9P };
enum share_cache { SHARE_CACHE_AUTO, SHARE_CACHE_NONE, SHARE_CACHE_ALWAYS };
enum disk_io { IO_AUTO, IO_NATIVE, IO_THREADS, IO_URING };

struct libvirt_options {
	char *uri, *migrate_uri, *cpu, *machine, *cmdline, *device;
	int hypervisor, devices, accelerator, storage;
	int64_t memory_node, partition_offset;
	bool pin, device_overwrite;
	/* Below: drivers/tuning.c says what each sets. */
	char *emulator, *firmware, *kernel, *initrd;
	char *features, *topology;
	char *domain, *xslt, *hostdev;
	struct number_list numa;
	int cache, io, discard, disk_model, net_model;
	int vhost, nested, ksm, thp, balloon, mitigations;
	int64_t iothreads, disk_queues, net_queues, hugepages, halt_poll_ns;
	bool packed, lock_memory;
	int share, share_cache;
	int64_t share_msize;
};

/* Of guests, and the few of them that containers have, too. */
extern const struct option_row libvirt_rows[], lxc_rows[];

/* The names behind the options of that name. */
extern const char *const libvirt_hypervisor_names[], *const libvirt_device_names[];

/* Whether the option has another value than its default. */
bool libvirt_option_is_set(const struct libvirt_options *options, const struct option_row *row);

#endif
