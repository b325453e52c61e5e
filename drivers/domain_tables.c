/* The rows behind the domain XML: hypervisors and device models. */
#include <string.h>

#include "drivers/domain.h"

#define FEATURES_PC "<acpi/><apic/>"
#define FEATURES_XEN_HVM "<acpi/><apic/><hap/>"

/* No self-tests of unused ciphers; and with a PC's chipset no scan of all slots of 256 buses for
 * the bridges of old AMD machines, where each access exits from the guest, and no check of the
 * timer, which kernels under KVM leave out, too: where the emulator has to wait for a CPU it fails,
 * and the kernel uses another path for its interrupts, or panics (docs/image.md). */
#define CMDLINE "cryptomgr.notests"
#define CMDLINE_PC CMDLINE " pci=noearly no_timer_check"

const struct hypervisor hypervisors[] = {
	{.name = "kvm",
		.type = "kvm",
		.os_type = "hvm",
		.machine = "q35",
		.uri = "qemu:///system",
		.console = "ttyS0",
		.features = FEATURES_PC,
		.cmdline = CMDLINE_PC,
		.disk_driver = "qemu"},
	{.name = "xen-pv",
		.type = "xen",
		.os_type = "linux",
		.machine = "xenpv",
		.uri = "xen:///system",
		.console = "hvc0",
		.cmdline = CMDLINE},
	{.name = "xen-pvh",
		.type = "xen",
		.os_type = "xenpvh",
		.machine = "xenpvh",
		.uri = "xen:///system",
		.console = "hvc0",
		.cmdline = CMDLINE},
	{.name = "xen-hvm",
		.type = "xen",
		.os_type = "hvm",
		.machine = "xenfv",
		.uri = "xen:///system",
		.console = "ttyS0",
		.features = FEATURES_XEN_HVM,
		.cmdline = CMDLINE_PC,
		.bios_loader = true},
	{.name = "lxc", .type = "lxc", .os_type = "exe", .uri = "lxc:///system"},
	{0},
};

const struct device_model device_models[] = {
	/* A firmware that does nothing but start the kernel (docs/image.md). It does not set up
	 * what the serial line and the disks of the emulated rows need: those guests do not boot
	 * with it. */
	{.name = "virtio",
		.bus = "virtio",
		.disk = "vd",
		.nic = "virtio",
		.firmware = "/usr/share/qemu/qboot.rom",
		.modules = "virtio",
		.root = "/dev/vda",
		.scratch = "/dev/vdb"},
	/* Such disks are scanned at once, and either may become sda: the agent takes the one that
	 * holds the image for the root. */
	{.name = "emulated",
		.bus = "sata",
		.disk = "sd",
		.nic = "e1000",
		.modules = "emulated",
		.root = "/dev/sda",
		.scratch = "/dev/sdb",
		.writable_root = true},
	/* What fully virtualized guests had before paravirtual drivers were common. The kernel
	 * must not swap the devices for Xen's when it finds them. Linux' 8139cp unmasks its
	 * interrupt after it may have been asked to poll again: the level stays, Xen injects it at
	 * once again, and the poll that would end it never runs. Interrupts in threads let it run
	 * (docs/targets.md). */
	{.name = "emulated-2009",
		.bus = "ide",
		.disk = "hd",
		.nic = "rtl8139",
		.machine = "pc",
		.modules = "emulated",
		.root = "/dev/sda",
		.scratch = "/dev/sdb",
		.cmdline = "xen_emul_unplug=never threadirqs",
		.writable_root = true},
	/* Not xvda to xvdd: an HVM guest sees these as IDE disks as well, and QEMU has no read-only
	 * IDE disks. Without netfront it has an emulated network card besides Xen's, whose boot ROM
	 * is slow. */
	{.name = "pv",
		.bus = "xen",
		.disk = "xvd",
		.first = 'e',
		.nic = "netfront",
		.modules = "xen",
		.root = "/dev/xvde",
		.scratch = "/dev/xvdf"},
	/* A container sees no devices. */
	{.name = "container"},
	{0},
};

const struct disk_model_row disk_models[] = {
	[DISK_VIRTIO_BLK] = {"virtio", "vd", "/dev/vd", "virtio", NULL, true},
	[DISK_VIRTIO_SCSI] = {"scsi", "sd", "/dev/sd", "scsi", NULL, true},
	[DISK_NVME] = {NULL, "nvme", "/dev/nvme0n1", "nvme", NULL, false},
	[DISK_SATA] = {"sata", "sd", "/dev/sd", "emulated", NULL, false},
	[DISK_IDE] = {"ide", "hd", "/dev/sd", "emulated", "pc", false},
};

const struct net_model_row net_models[] = {
	[NET_VIRTIO] = {"virtio", "virtio", NULL, true},
	[NET_E1000] = {"e1000", "emulated", NULL, false},
	[NET_E1000E] = {"e1000e", "e1000e", NULL, false},
	[NET_RTL8139] = {"rtl8139", "emulated", "threadirqs", false},
};

const struct hypervisor *hypervisor_find(const char *name)
{
	const struct hypervisor *row = hypervisors;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->name ? row : NULL;
}

const struct device_model *device_model_find(const char *name)
{
	const struct device_model *row = device_models;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->name ? row : NULL;
}

const struct hypervisor *hypervisor_of(const struct libvirt_options *options)
{
	return hypervisor_find(libvirt_hypervisor_names[options->hypervisor]);
}

const struct device_model *device_model_of(const struct libvirt_options *options)
{
	return device_model_find(libvirt_device_names[options->devices]);
}

bool domain_is_kvm(const struct hypervisor *hypervisor)
{
	return strcmp(hypervisor->type, "kvm") == 0;
}

enum domain_channel domain_channel(
	const struct hypervisor *hypervisor, const struct device_model *devices)
{
	if (strcmp(hypervisor->type, "xen") == 0)
		return CHANNEL_XEN;
	if (strcmp(hypervisor->type, "lxc") == 0)
		return CHANNEL_CONSOLE;
	return strcmp(devices->name, "virtio") == 0 ? CHANNEL_VIRTIO : CHANNEL_SERIAL;
}
