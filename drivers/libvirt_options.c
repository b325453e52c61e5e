/* The rows of the libvirt driver's options. */
#include "drivers/libvirt_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "drivers/local.h"
#include "drivers/storage.h"

const char *const libvirt_hypervisor_names[] = {"kvm", "xen-pv", "xen-pvh", "xen-hvm", "lxc", NULL};
const char *const libvirt_device_names[] = {
	"virtio", "emulated", "emulated-2009", "pv", "container", NULL};

static const char *const accelerator_names[] = {"auto", "kvm", "tcg", NULL};
static const char *const storage_names[] = {
	[STORAGE_RAW_FILE] = "raw-file",
	[STORAGE_QCOW2] = "qcow2",
	[STORAGE_BLOCK_DEVICE] = "block-device",
	[STORAGE_PARTITION] = "partition",
	NULL,
};
static const char *const tristate_names[] = {
	[TRISTATE_AUTO] = "auto", [TRISTATE_ON] = "on", [TRISTATE_OFF] = "off", NULL};
static const char *const cache_names[] = {[CACHE_AUTO] = "auto",
	[CACHE_NONE] = "none",
	[CACHE_WRITETHROUGH] = "writethrough",
	[CACHE_WRITEBACK] = "writeback",
	[CACHE_DIRECTSYNC] = "directsync",
	[CACHE_UNSAFE] = "unsafe",
	NULL};
static const char *const io_names[] = {[IO_AUTO] = "auto",
	[IO_NATIVE] = "native",
	[IO_THREADS] = "threads",
	[IO_URING] = "io_uring",
	NULL};
static const char *const discard_names[] = {"auto", "ignore", "unmap", NULL};
static const char *const disk_model_names[] = {[DISK_AUTO] = "auto",
	[DISK_VIRTIO_BLK] = "virtio-blk",
	[DISK_VIRTIO_SCSI] = "virtio-scsi",
	[DISK_NVME] = "nvme",
	[DISK_SATA] = "sata",
	[DISK_IDE] = "ide",
	NULL};
static const char *const net_model_names[] = {[NET_AUTO] = "auto",
	[NET_VIRTIO] = "virtio",
	[NET_E1000] = "e1000",
	[NET_E1000E] = "e1000e",
	[NET_RTL8139] = "rtl8139",
	NULL};
static const char *const share_names[] = {
	[SHARE_NONE] = "none", [SHARE_VIRTIOFS] = "virtiofs", [SHARE_9P] = "9p", NULL};
static const char *const share_cache_names[] = {[SHARE_CACHE_AUTO] = "auto",
	[SHARE_CACHE_NONE] = "none",
	[SHARE_CACHE_ALWAYS] = "always",
	NULL};
static const char *const thp_names[] = {"auto", "always", "madvise", "never", NULL};
static const char *const balloon_names[] = {"none", "virtio", NULL};
static const char *const mitigations_names[] = {"auto", "off", "nosmt", NULL};

#define ROW(member, kind) .type = (kind), .offset = offsetof(struct libvirt_options, member)
#define CHOICE(member, names) ROW(member, OPTION_CHOICE), .choices = (names), .default_text = "auto"

#define URI_ROW \
	{ \
		.name = "uri", ROW(uri, OPTION_STRING), .default_text = "auto", \
		.help = "libvirt connection; auto: for kvm the embedded driver unless the data " \
			"network is the host's own and a libvirtd listens; otherwise the " \
			"hypervisor's system daemon" \
	}
#define HYPERVISOR_ROW \
	{ \
		.name = "hypervisor", ROW(hypervisor, OPTION_CHOICE), .default_text = "kvm", \
		.help = "kind of guest", .choices = libvirt_hypervisor_names \
	}
#define DEVICES_ROW \
	{ \
		.name = "devices", ROW(devices, OPTION_CHOICE), .default_text = "virtio", \
		.help = "disks and network card that the guest sees", \
		.choices = libvirt_device_names \
	}
#define PIN_ROW \
	{ \
		.name = "pin", ROW(pin, OPTION_BOOL), .default_text = "true", \
		.help = "pin vCPUs to the machine's CPUs, one to one if there are enough of them" \
	}

const struct option_row libvirt_rows[] = {
	URI_ROW,
	{.name = "migrate_uri",
		ROW(migrate_uri, OPTION_STRING),
		.default_text = "auto",
		.help = "libvirt URI of the destination host, as the source's daemon reaches it; "
			"{address} is replaced by that host's address on the data network; auto: "
			"qemu+tcp://{address}/system for kvm, xen+tcp://{address}/system for Xen"},
	HYPERVISOR_ROW,
	DEVICES_ROW,
	{.name = "accelerator",
		ROW(accelerator, OPTION_CHOICE),
		.default_text = "auto",
		.help = "auto: KVM if a test guest boots under it, otherwise emulation",
		.choices = accelerator_names},
	{.name = "emulator",
		ROW(emulator, OPTION_STRING),
		.help = "QEMU to use, a program or script of the host by its full path; default: "
			"qemu-system-x86_64 as PATH finds it"},
	{.name = "machine",
		ROW(machine, OPTION_STRING),
		.help = "machine type, as libvirt names it; default: the hypervisor's"},
	{.name = "firmware",
		ROW(firmware, OPTION_STRING),
		.help = "qboot, seabios, or a firmware file of the host by its full path; default: "
			"qboot for guests with virtio devices only, otherwise seabios"},
	{.name = "kernel",
		ROW(kernel, OPTION_STRING),
		.help = "kernel to boot instead of the image's, a file of the host by its full "
			"path"},
	{.name = "initrd",
		ROW(initrd, OPTION_STRING),
		.help = "initrd to boot instead of the image's: tare-agent as /init, and the "
			"kernel's "
			"modules (docs/image.md)"},
	{.name = "cmdline",
		ROW(cmdline, OPTION_STRING),
		.help = "additional parameters for the guest's kernel command line"},
	{.name = "mitigations",
		CHOICE(mitigations, mitigations_names),
		.help = "mitigations of CPU vulnerabilities in the guest's kernel; those of the "
			"host "
			"are an environment of the site; auto: the kernel's default"},
	{.name = "cpu",
		ROW(cpu, OPTION_STRING),
		.default_text = "auto",
		.help = "CPU model; auto: host-passthrough under KVM, max in emulation, "
			"unset for other hypervisors"},
	{.name = "features",
		ROW(features, OPTION_STRING),
		.help = "CPU features to add to the model and to remove, such as +invtsc,-svm"},
	{.name = "nested",
		CHOICE(nested, tristate_names),
		.help = "whether guests can run guests of their own: CPU feature vmx or svm; auto: "
			"as "
			"the CPU model has it"},
	{.name = "topology",
		ROW(topology, OPTION_STRING),
		.help = "SOCKETSxCORESxTHREADS that the guest sees; default: one socket for each "
			"CPU"},
	{.name = "numa",
		ROW(numa, OPTION_INT_LIST),
		.help = "NUMA cells of the guest, which share its CPUs and memory evenly: for "
			"each, the "
			"host's node that its memory is from, or -1: any",
		.minimum = -1,
		.maximum = 1023},
	MEMORY_NODE_ROW(struct libvirt_options, memory_node),
	PIN_ROW,
	{.name = "hugepages",
		ROW(hugepages, OPTION_SIZE),
		.default_text = "0",
		.unit = "B",
		.help = "size of the huge pages that the guest's memory is made of, which the host "
			"has "
			"to have reserved: 2M or 1G; 0: none",
		.minimum = 0,
		.maximum = 1 << 30},
	{.name = "lock_memory",
		ROW(lock_memory, OPTION_BOOL),
		.default_text = "false",
		.help = "lock the guest's memory into the host's, so that it is never swapped out"},
	{.name = "ksm",
		CHOICE(ksm, tristate_names),
		.help = "on: the host merges equal pages of guests (restored afterwards); off: "
			"this "
			"guest's pages are not merged; auto: as the host has it"},
	{.name = "thp",
		CHOICE(thp, thp_names),
		.help = "the host's transparent huge pages while the guest runs (restored "
			"afterwards); "
			"auto: as the host has it"},
	{.name = "balloon",
		ROW(balloon, OPTION_CHOICE),
		.default_text = "none",
		.help = "balloon device of the guest",
		.choices = balloon_names},
	{.name = "halt_poll_ns",
		ROW(halt_poll_ns, OPTION_INT),
		.default_text = "-1",
		.unit = "ns",
		.help = "how long KVM polls after a vCPU halts, host-wide while the guest runs "
			"(restored afterwards); -1: as the host has it",
		.minimum = -1,
		.maximum = 1e9},
	{.name = "disk_model",
		CHOICE(disk_model, disk_model_names),
		.help = "what the scratch disk is attached to; auto: as the devices have it"},
	{.name = "cache",
		CHOICE(cache, cache_names),
		.help = "QEMU's cache mode of the scratch disk; auto: none if the storage takes "
			"direct "
			"accesses, otherwise QEMU's"},
	{.name = "io",
		CHOICE(io, io_names),
		.help = "how QEMU does the scratch disk's accesses; auto: native with cache none "
			"or "
			"directsync, otherwise QEMU's"},
	{.name = "iothreads",
		ROW(iothreads, OPTION_INT),
		.default_text = "0",
		.help = "threads of QEMU for disks: 1 for the scratch disk, 2 for each disk its "
			"own; 0: "
			"the main thread does it",
		.minimum = 0,
		.maximum = 2},
	{.name = "disk_queues",
		ROW(disk_queues, OPTION_INT),
		.default_text = "0",
		.help = "queues of the scratch disk; 0: QEMU's choice, one for each CPU",
		.minimum = 0,
		.maximum = 1024},
	{.name = "discard",
		CHOICE(discard, discard_names),
		.help = "whether discards of the guest reach the host's storage; auto: QEMU's "
			"default"},
	{.name = "net_model",
		CHOICE(net_model, net_model_names),
		.help = "network card; auto: as the devices have it"},
	{.name = "vhost",
		CHOICE(vhost, tristate_names),
		.help = "on: the host's kernel moves packets (module vhost_net); off: QEMU does; "
			"auto: "
			"libvirt's choice"},
	{.name = "net_queues",
		ROW(net_queues, OPTION_INT),
		.default_text = "0",
		.help = "pairs of queues of the network card; 0: QEMU's choice, one",
		.minimum = 0,
		.maximum = 256},
	{.name = "packed",
		ROW(packed, OPTION_BOOL),
		.default_text = "false",
		.help = "packed virtqueues for the scratch disk and the network card"},
	{.name = "share",
		ROW(share, OPTION_CHOICE),
		.default_text = "none",
		.help = "how the guest shares a directory of the host, at /share: benchmark "
			"shared measures it",
		.choices = share_names},
	{.name = "share_cache",
		CHOICE(share_cache, share_cache_names),
		.help = "what the guest caches of a directory shared by virtiofs; auto: "
			"virtiofsd's default, for a second each"},
	{.name = "share_msize",
		ROW(share_msize, OPTION_SIZE),
		.default_text = "256K",
		.unit = "B",
		.help = "largest message between guest and host with share: 9p",
		.minimum = 4096,
		.maximum = 512000},
	{.name = "storage",
		ROW(storage, OPTION_CHOICE),
		.default_text = "raw-file",
		.help = "storage back end of the scratch disk; block-device and partition use a "
			"loop device, or the device that the option device names",
		.choices = storage_names},
	{.name = "partition_offset",
		ROW(partition_offset, OPTION_SIZE),
		.default_text = "1M",
		.unit = "B",
		.help = "offset of the guest's disk on the device with storage: partition; 32256 "
			"(sector 63) is not aligned, 1M is",
		.minimum = 0,
		.maximum = 1e15},
	{.name = "device",
		ROW(device, OPTION_STRING),
		.help = "spare block device of the host for one machine's scratch disk, with "
			"storage: block-device or partition"},
	{.name = "device_overwrite",
		ROW(device_overwrite, OPTION_BOOL),
		.default_text = "false",
		.help = "use the device even if it holds data, which is lost"},
	{.name = "hostdev",
		ROW(hostdev, OPTION_STRING),
		.help = "PCI devices of the host that the guest gets for itself, such as "
			"0000:01:00.0, with commas between: a network card instead of its own, an "
			"NVMe disk as its scratch disk (with device_overwrite: true where that "
			"holds data, which is lost)"},
	{.name = "domain",
		ROW(domain, OPTION_STRING),
		.help = "guest of the user's whose devices and tuning are taken over where no "
			"option is set: its name in the hypervisor's system daemon, or the full "
			"path of what virsh dumpxml prints; `tare list domain NAME` shows them"},
	{.name = "xslt",
		ROW(xslt, OPTION_STRING),
		.help = "stylesheet that makes the last change to the domain's XML, a file of the "
			"host "
			"by its full path"},
	{0},
};

const struct option_row lxc_rows[] = {
	URI_ROW,
	HYPERVISOR_ROW,
	DEVICES_ROW,
	PIN_ROW,
	MEMORY_NODE_ROW(struct libvirt_options, memory_node),
	{0},
};

bool libvirt_option_is_set(const struct libvirt_options *options, const struct option_row *row)
{
	cleanup_free char *text = option_text(row, options);

	return strcmp(text, row->default_text ? row->default_text : "") != 0;
}
