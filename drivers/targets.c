/* The named ways of running: rows of data. */
#include <string.h>

#include "drivers/driver.h"

const struct target targets[] = {
	{.name = "native",
		.summary = "the host's kernel and CPUs, in the image's userspace",
		.driver = "native",
		.presets = {{"host", "linux"}},
		.environment = "linux"},
	{.name = "dom0",
		.summary = "dom0, the control domain of a Xen host, in the image's userspace",
		.driver = "native",
		.presets = {{"host", "xen"}},
		.environment = "xen"},
	{.name = "container",
		.summary = "an OCI container by runc",
		.driver = "oci",
		.environment = "linux"},
	{.name = "lxc",
		.summary = "a container by libvirt's LXC driver",
		.driver = "libvirt-lxc",
		.presets = {{"hypervisor", "lxc"}, {"devices", "container"}},
		.environment = "linux"},
	{.name = "bwrap",
		.summary = "the image's userspace by bubblewrap: user namespaces and nothing else",
		.driver = "runtime",
		.presets = {{"runtime", "bwrap"}},
		.environment = "linux"},
	{.name = "charliecloud",
		.summary = "a container by charliecloud's ch-run, with the host's network",
		.driver = "runtime",
		.presets = {{"runtime", "charliecloud"}},
		.environment = "linux"},
	{.name = "apptainer",
		.summary = "a container by apptainer, with the host's network (not seen running)",
		.driver = "runtime",
		.presets = {{"runtime", "apptainer"}},
		.environment = "linux"},
	{.name = "kvm-virtio",
		.summary = "a KVM guest with virtio disk and network",
		.driver = "libvirt",
		.presets = {{"hypervisor", "kvm"}, {"devices", "virtio"}},
		.environment = "linux"},
	{.name = "kvm-emulated",
		.summary = "a KVM guest with emulated devices only: SATA disk, e1000 network",
		.driver = "libvirt",
		.presets = {{"hypervisor", "kvm"}, {"devices", "emulated"}},
		.environment = "linux"},
	{.name = "xen-pv",
		.summary = "a Xen paravirtual guest",
		.driver = "libvirt",
		.presets = {{"hypervisor", "xen-pv"}, {"devices", "pv"}},
		.environment = "xen"},
	{.name = "xen-pvh",
		.summary = "a Xen PVH guest: hardware virtualization, no emulated devices",
		.driver = "libvirt",
		.presets = {{"hypervisor", "xen-pvh"}, {"devices", "pv"}},
		.environment = "xen"},
	{.name = "xen-hvm",
		.summary = "a Xen fully virtualized guest with paravirtual drivers",
		.driver = "libvirt",
		.presets = {{"hypervisor", "xen-hvm"}, {"devices", "pv"}},
		.environment = "xen"},
	{.name = "xen-fv",
		.summary = "a Xen fully virtualized guest with emulated devices only: IDE, rtl8139",
		.driver = "libvirt",
		.presets = {{"hypervisor", "xen-hvm"}, {"devices", "emulated-2009"}},
		.environment = "xen"},
	{.name = "uml",
		.summary = "User-mode Linux: a guest kernel as a program, one CPU, no hardware "
			   "support",
		.driver = "uml",
		.environment = "linux"},
	{.name = "command",
		.summary = "a machine that user-supplied commands start and stop",
		.driver = "command"},
	{.name = "fake",
		.summary = "plain processes with failures on demand; measures nothing",
		.driver = "fake"},
	{0},
};

const struct target *target_find(const char *name)
{
	const struct target *row = targets;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->name ? row : NULL;
}

void *target_options(const struct target *target)
{
	const struct driver *driver = driver_find(target->driver);
	void *options = options_new(driver->options, driver->options_size);

	for (const struct target_preset *preset = target->presets; preset->option; preset++)
		option_set(
			option_find(driver->options, preset->option), options, preset->value, NULL);
	return options;
}
