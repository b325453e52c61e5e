/* Domain XML for every hypervisor that libvirt drives, from two small tables: what each hypervisor
 * needs, and which devices the guest sees. A pure function of its input: nothing is looked up,
 * opened or started here. */
#ifndef TARE_DRIVERS_DOMAIN_H
#define TARE_DRIVERS_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/libvirt_options.h"
#include "drivers/pci.h"

/* How control traffic reaches the guest's agent. */
enum domain_channel {
	CHANNEL_NONE,
	CHANNEL_VIRTIO, /* a virtio-serial port, a UNIX socket here */
	CHANNEL_SERIAL, /* the second serial line, a UNIX socket here */
	CHANNEL_XEN, /* a Xen console channel, a pseudo-terminal here */
	CHANNEL_CONSOLE /* the console itself, a pseudo-terminal here */
};

struct hypervisor {
	const char *name; /* as in the driver's option */
	const char *type; /* libvirt's domain type */
	const char *os_type, *machine; /* the usual machine; NULL: left to libvirt */
	const char *uri; /* connection where the option says auto */
	const char
		*console; /* the kernel's console, or NULL: it boots none of the image's kernels */
	const char *features; /* XML */
	const char *cmdline; /* more words for the kernel, or NULL */
	const char *disk_driver; /* of libvirt's <driver name=…>, or NULL */
	bool bios_loader; /* takes no ELF kernel, and loading each byte exits to the emulator */
};

struct device_model {
	const char *name;
	const char *bus, *disk; /* libvirt's bus and the first letters of its target names */
	char first; /* letter of the first disk; 0: 'a' */
	const char *nic; /* NULL: the hypervisor's own choice */
	const char *machine; /* of QEMU, where these devices need another than usual; or NULL */
	const char *firmware; /* of QEMU; or NULL: its own */
	const char *modules; /* the initrd's module group */
	const char *root, *scratch; /* device nodes in the guest */
	const char *cmdline; /* more words for the kernel, or NULL */
	bool writable_root; /* the bus has no read-only disks: the root is an overlay file */
};

/* What the scratch disk can be attached to, where it is not as the devices have it. */
struct disk_model_row {
	const char *bus; /* libvirt's; NULL: libvirt knows none, QEMU's own words do */
	const char *disk; /* first letters of libvirt's target names */
	const char *node; /* of the guest's device nodes, without their last letter */
	const char *modules; /* the initrd's module group */
	const char *machine; /* of QEMU, where it needs another than usual; or NULL */
	bool virtio; /* takes queues, I/O threads and packed rings, and starts without a BIOS */
};

struct net_model_row {
	const char *model; /* libvirt's */
	const char *modules, *cmdline; /* as in a device model */
	bool virtio;
};

/* By enum disk_model and enum net_model; the rows of "auto" are empty. */
extern const struct disk_model_row disk_models[];
extern const struct net_model_row net_models[];

/* Both end at name NULL. */
extern const struct hypervisor hypervisors[];
extern const struct device_model device_models[];
const struct hypervisor *hypervisor_find(const char *name);
const struct device_model *device_model_find(const char *name);
/* The rows that the options name; never NULL. */
const struct hypervisor *hypervisor_of(const struct libvirt_options *options);
const struct device_model *device_model_of(const struct libvirt_options *options);
bool domain_is_kvm(const struct hypervisor *hypervisor);
enum domain_channel domain_channel(
	const struct hypervisor *hypervisor, const struct device_model *devices);

struct domain {
	const struct hypervisor *hypervisor;
	const struct device_model *devices;
	const char *type; /* overrides hypervisor->type: "qemu" for emulation; or NULL */
	const char *machine; /* overrides hypervisor->machine; or NULL */
	const char *cpu; /* "host-passthrough", "max", a model's name; or NULL: unset */
	bool migratable; /* host-passthrough without features that cannot be saved or migrated */
	const char *emulator; /* path, or NULL */
	const struct libvirt_options *options; /* of tuning.c's table; NULL: all as usual */
	const char *template_xml; /* of the user's domain that this is like; or NULL */
	const char *nested_feature; /* the CPU's name of it: "svm" or "vmx" */
	const char *name, *hostname;
	const char *kernel, *kernel_bzimage, *initrd, *initrd_packed; /* as in struct image */
	const char *extra_cmdline; /* or NULL */
	const char *root_dir, *scratch_dir; /* of containers (lxc), on the host */
	const char *share_dir; /* what a guest with option share shares, on the host; or NULL */
	struct pass_through {
		const struct pci_list *devices; /* of the host that the guest has; NULL: none */
		char modules[64]; /* the initrd's module groups for them, with commas, or "" */
		const char *scratch_node; /* of the scratch disk among them, in the guest; or NULL
					   */
	} pass_through;
	const char *netns; /* the named network namespace that a container lives in */
	const char *root_disk, *root_format;
	const char *scratch_disk, *scratch_format; /* NULL: none; "raw" or "qcow2" */
	bool scratch_device; /* a block device, not a file */
	bool scratch_direct; /* bypass the host's page cache */
	unsigned cpus;
	uint64_t memory_bytes;
	const unsigned *pin_cpus;
	size_t pin_count;
	bool pin_each; /* vCPU i to pin_cpus[i]; else all of them to all */
	int memory_node; /* NUMA node, -1: any */
	const char *bridge, *mac, *tap; /* bridge NULL: no network; tap NULL: named by libvirt */
	const char *console_log, *channel_socket;
};

/* The machine type: of the domain, its devices or its hypervisor, in this order; may be NULL. */
const char *domain_machine(const struct domain *domain);
/* The kernel's command line, "" where the hypervisor boots no kernel. Caller frees. */
char *domain_cmdline(const struct domain *domain);
/* What libvirt calls disk number 0 (root) or 1 (scratch), e.g. "vdb"; NULL where it does not know
 * the disk. Caller frees. */
char *domain_disk_name(const struct domain *domain, int number);
/* The model of the scratch disk and of the network card where an option names one that is not the
 * devices' own; else NULL. */
const struct disk_model_row *domain_disk_model(const struct domain *domain);
const struct net_model_row *domain_net_model(const struct domain *domain);
/* The firmware file of QEMU; NULL: its own, SeaBIOS. */
const char *domain_firmware(const struct domain *domain);
/* The cache mode and the I/O mode of the scratch disk as libvirt names them; NULL: QEMU's own. */
const char *domain_disk_cache(const struct domain *domain);
const char *domain_disk_io(const struct domain *domain);
/* How the guest shares a directory, as the option names it; NULL: it does not. */
const char *domain_share(const struct domain *domain);
/* Whether its console belongs to Xen's console daemon, whose configuration says where it logs. */
bool domain_has_xen_console(const struct domain *domain);
/* The whole XML. Caller frees. */
char *domain_xml(const struct domain *domain);

#endif
