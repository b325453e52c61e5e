/* Writes a domain's XML. Minimal on purpose: every device that is not needed is disabled, because
 * it would cost boot time and could disturb the measurement. */
#include "drivers/domain.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

/* The console is a terminal, and the agent's stream needs a raw one. */
#define INIT_IN_CONTAINER \
	"    <init>/bin/sh</init>\n    <initarg>-c</initarg>\n" \
	"    <initarg>stty raw -echo; exec /usr/lib/tare/tare-agent</initarg>\n"
/* Needed to name the network namespace of a container. */
#define LXC_NAMESPACE " xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'"

/* <TAG>VALUE</TAG>, or nothing where there is no value. */
static void element(struct text *xml, const char *indent, const char *tag, const char *value)
{
	if (!value)
		return;
	text_addf(xml, "%s<%s>", indent, tag);
	text_add_xml(xml, value);
	text_addf(xml, "</%s>\n", tag);
}

/* BEFORE VALUE AFTER with the value escaped, e.g. an attribute. */
static void quoted(struct text *xml, const char *before, const char *value, const char *after)
{
	text_add(xml, before);
	text_add_xml(xml, value);
	text_add(xml, after);
}

static bool is_qemu(const struct domain *domain)
{
	return strcmp(domain->hypervisor->type, "kvm") == 0;
}

static bool is_container(const struct domain *domain)
{
	return strcmp(domain->hypervisor->os_type, "exe") == 0;
}

const char *domain_machine(const struct domain *domain)
{
	if (domain->machine && domain->machine[0])
		return domain->machine;
	if (is_qemu(domain) && domain->devices->machine)
		return domain->devices->machine;
	return domain->hypervisor->machine;
}

char *domain_cmdline(const struct domain *domain)
{
	static const char *const channels[] = {
		[CHANNEL_NONE] = "none",
		[CHANNEL_VIRTIO] = "virtio:org.tare.0",
		[CHANNEL_SERIAL] = "tty:/dev/ttyS1",
		[CHANNEL_XEN] = "hvc:/dev/hvc1",
		[CHANNEL_CONSOLE] = "console",
	};
	const struct device_model *devices = domain->devices;
	struct text line = {0};

	if (!domain->hypervisor->console)
		return str_dup("");
	/* A panic reboots at once, and a reboot ends the domain: the stream breaks, and no time
	 * is lost waiting for a dead guest. */
	text_addf(&line, "console=%s quiet panic=-1", domain->hypervisor->console);
	text_addf(&line, " tare.modules=%s tare.channel=%s tare.root=%s", devices->modules,
		channels[domain_channel(domain->hypervisor, devices)], devices->root);
	if (domain->scratch_disk)
		text_addf(&line, " tare.scratch=%s", devices->scratch);
	text_addf(&line, " tare.hostname=%s", domain->hostname);
	if (domain->hypervisor->cmdline)
		text_addf(&line, " %s", domain->hypervisor->cmdline);
	if (devices->cmdline)
		text_addf(&line, " %s", devices->cmdline);
	if (domain->extra_cmdline && domain->extra_cmdline[0])
		text_addf(&line, " %s", domain->extra_cmdline);
	return text_take(&line);
}

static void add_cpus(struct text *xml, const struct domain *domain)
{
	bool each = domain->pin_each && domain->pin_count >= domain->cpus;

	text_add(xml, "  <vcpu placement='static'");
	if (domain->pin_count > 0)
		text_add(xml, " cpuset='");
	for (size_t i = 0; i < domain->pin_count; i++)
		text_addf(xml, "%s%u", i ? "," : "", domain->pin_cpus[i]);
	text_addf(xml, "%s>%u</vcpu>\n", domain->pin_count > 0 ? "'" : "", domain->cpus);
	if (each) {
		text_add(xml, "  <cputune>\n");
		for (unsigned i = 0; i < domain->cpus; i++)
			text_addf(xml, "    <vcpupin vcpu='%u' cpuset='%u'/>\n", i,
				domain->pin_cpus[i]);
		text_add(xml, "  </cputune>\n");
	}
	if (domain->memory_node >= 0)
		text_addf(xml,
			"  <numatune>\n    <memory mode='strict' nodeset='%d'/>\n  </numatune>\n",
			domain->memory_node);
}

static void add_os(struct text *xml, const struct domain *domain)
{
	const struct hypervisor *hypervisor = domain->hypervisor;
	const char *machine = domain_machine(domain);
	cleanup_free char *cmdline = domain_cmdline(domain);

	text_add(xml, "  <os>\n    <type arch='x86_64'");
	if (machine)
		quoted(xml, " machine='", machine, "'");
	text_addf(xml, ">%s</type>\n", hypervisor->os_type);
	if (is_qemu(domain) && domain->devices->firmware)
		quoted(xml, "    <loader type='rom'>", domain->devices->firmware, "</loader>\n");
	if (is_container(domain))
		text_add(xml, INIT_IN_CONTAINER);
	if (hypervisor->console) {
		element(xml, "    ", "kernel",
			hypervisor->bios_loader ? domain->kernel_bzimage : domain->kernel);
		element(xml, "    ", "initrd",
			hypervisor->bios_loader ? domain->initrd_packed : domain->initrd);
		element(xml, "    ", "cmdline", cmdline);
	}
	text_add(xml, "  </os>\n");
	if (hypervisor->features)
		text_addf(xml, "  <features>%s</features>\n", hypervisor->features);
}

static void add_cpu_model(struct text *xml, const struct domain *domain)
{
	const char *cpu = domain->cpu;

	if (!cpu)
		return;
	if (strcmp(cpu, "host-passthrough") == 0)
		text_addf(xml, "  <cpu mode='host-passthrough' check='none' migratable='%s'/>\n",
			domain->migratable ? "on" : "off");
	else if (strcmp(cpu, "max") == 0)
		text_add(xml, "  <cpu mode='maximum' check='none'/>\n");
	else
		quoted(xml, "  <cpu mode='custom' match='exact' check='none'>\n    <model>", cpu,
			"</model>\n  </cpu>\n");
}

/* QEMU's PCI devices sit on the root bus itself: the ports that libvirt would put between are
 * hot-plug bridges, which kernels probe slowly. Slot 1 is the chipset's on i440fx. */
enum { SLOT_DISK = 2, SLOT_NIC = 4, SLOT_CHANNEL = 5 };

static void add_slot(struct text *xml, const struct domain *domain, int slot)
{
	if (is_qemu(domain))
		text_addf(xml,
			"      <address type='pci' domain='0' bus='0' slot='%d' function='0'/>\n",
			slot);
}

struct disk {
	const char *path, *format, *driver_more;
	int number; /* 0 is the root */
	bool read_only, is_device;
};

char *domain_disk_name(const struct domain *domain, int number)
{
	const struct device_model *devices = domain->devices;
	char letter = (char)((devices->first ? devices->first : 'a') + number);

	return str_printf("%s%c", devices->disk, letter);
}

/* Without a driver's name Xen uses its own block back end, which supports raw files only; QEMU's
 * does not open read-only files for PV guests. */
static void add_disk(struct text *xml, const struct domain *domain, const struct disk *disk)
{
	const struct device_model *devices = domain->devices;
	const char *driver = domain->hypervisor->disk_driver;
	cleanup_free char *name = domain_disk_name(domain, disk->number);

	if (!driver && strcmp(disk->format, "raw") != 0)
		driver = "qemu";
	text_addf(xml, "    <disk type='%s' device='disk'>\n      <driver",
		disk->is_device ? "block" : "file");
	if (driver)
		text_addf(xml, " name='%s'", driver);
	text_addf(xml, " type='%s'%s/>\n", disk->format, disk->driver_more);
	quoted(xml, disk->is_device ? "      <source dev='" : "      <source file='", disk->path,
		"'/>\n");
	text_addf(xml, "      <target dev='%s' bus='%s'/>\n", name, devices->bus);
	if (disk->read_only)
		text_add(xml, "      <readonly/>\n      <shareable/>\n");
	if (strcmp(devices->bus, "virtio") == 0)
		add_slot(xml, domain, SLOT_DISK + disk->number);
	text_add(xml, "    </disk>\n");
}

static void add_directory(struct text *xml, const char *source, const char *target)
{
	quoted(xml, "    <filesystem type='mount'>\n      <source dir='", source, "'/>\n");
	text_addf(xml, "      <target dir='%s'/>\n    </filesystem>\n", target);
}

/* With as much shared memory as other machines have. */
static void add_directories(struct text *xml, const struct domain *domain)
{
	add_directory(xml, domain->root_dir, "/");
	if (domain->scratch_dir)
		add_directory(xml, domain->scratch_dir, "/scratch");
	text_addf(xml,
		"    <filesystem type='ram'>\n      <source usage='%llu' units='KiB'/>\n"
		"      <target dir='/dev/shm'/>\n    </filesystem>\n",
		(unsigned long long)(domain->memory_bytes / 2048));
}

static void add_disks(struct text *xml, const struct domain *domain)
{
	const char *direct = domain->scratch_direct ? " cache='none' io='native'" : "";

	if (is_container(domain)) {
		add_directories(xml, domain);
		return;
	}
	add_disk(xml, domain,
		&(struct disk){.path = domain->root_disk,
			.format = domain->root_format,
			.driver_more = "",
			.read_only = !domain->devices->writable_root});
	/* Only QEMU takes the cache attributes. */
	if (domain->scratch_disk)
		add_disk(xml, domain,
			&(struct disk){.path = domain->scratch_disk,
				.format = domain->scratch_format,
				.driver_more = is_qemu(domain) ? direct : "",
				.number = 1,
				.is_device = domain->scratch_device});
}

static void add_interface(struct text *xml, const struct domain *domain)
{

	if (!domain->bridge)
		return;
	text_add(xml, "    <interface type='bridge'>\n");
	quoted(xml, "      <mac address='", domain->mac, "'/>\n");
	quoted(xml, "      <source bridge='", domain->bridge, "'/>\n");
	if (domain->tap)
		quoted(xml, "      <target dev='", domain->tap, "'/>\n");
	if (domain->devices->nic && !is_container(domain))
		text_addf(xml, "      <model type='%s'/>\n", domain->devices->nic);
	if (is_qemu(domain))
		text_add(xml, "      <rom enabled='no'/>\n");
	add_slot(xml, domain, SLOT_NIC);
	text_add(xml, "    </interface>\n");
}

static void add_channel(struct text *xml, const struct domain *domain)
{
	switch (domain_channel(domain->hypervisor, domain->devices)) {
	case CHANNEL_VIRTIO:
		text_add(xml, "    <controller type='virtio-serial' index='0'>\n");
		add_slot(xml, domain, SLOT_CHANNEL);
		text_add(xml, "    </controller>\n");
		quoted(xml, "    <channel type='unix'>\n      <source mode='bind' path='",
			domain->channel_socket, "'/>\n");
		text_add(xml, "      <target type='virtio' name='org.tare.0'/>\n    </channel>\n");
		break;
	case CHANNEL_SERIAL:
		quoted(xml, "    <serial type='unix'>\n      <source mode='bind' path='",
			domain->channel_socket, "'/>\n");
		text_add(xml, "      <target port='1'/>\n    </serial>\n");
		break;
	case CHANNEL_XEN:
		text_add(xml, "    <channel type='pty'>\n"
			      "      <target type='xen' name='org.tare.0'/>\n    </channel>\n");
		break;
	case CHANNEL_CONSOLE:
	case CHANNEL_NONE:
		break;
	}
}

bool domain_has_xen_console(const struct domain *domain)
{
	const char *console = domain->hypervisor->console;

	return console && strncmp(console, "hvc", 3) == 0;
}

/* The kernel's log goes to a file where the hypervisor can write one. */
static void add_console(struct text *xml, const struct domain *domain)
{
	if (domain_has_xen_console(domain)) {
		text_add(xml, "    <console type='pty'>\n      <target type='xen' port='0'/>\n"
			      "    </console>\n");
	} else if (is_container(domain)) {
		text_add(xml, "    <console type='pty'>\n      <target type='lxc' port='0'/>\n"
			      "    </console>\n");
	} else {
		quoted(xml, "    <serial type='file'>\n      <source path='", domain->console_log,
			"'/>\n      <target port='0'/>\n    </serial>\n");
	}
}

char *domain_xml(const struct domain *domain)
{
	const struct hypervisor *hypervisor = domain->hypervisor;
	struct text xml = {0};

	text_addf(&xml, "<domain type='%s'%s>\n", domain->type ? domain->type : hypervisor->type,
		is_container(domain) ? LXC_NAMESPACE : "");
	element(&xml, "  ", "name", domain->name);
	text_addf(&xml, "  <memory unit='KiB'>%llu</memory>\n",
		(unsigned long long)(domain->memory_bytes / 1024));
	add_cpus(&xml, domain);
	add_os(&xml, domain);
	add_cpu_model(&xml, domain);
	text_add(&xml, "  <clock offset='utc'/>\n"
		       "  <on_poweroff>destroy</on_poweroff>\n"
		       "  <on_reboot>destroy</on_reboot>\n"
		       "  <on_crash>destroy</on_crash>\n"
		       "  <devices>\n");
	element(&xml, "    ", "emulator", domain->emulator);
	add_disks(&xml, domain);
	add_interface(&xml, domain);
	add_console(&xml, domain);
	add_channel(&xml, domain);
	/* Xen's guests have a balloon that nothing inflates; libvirt cannot remove it. */
	if (is_qemu(domain))
		text_add(&xml, "    <controller type='usb' model='none'/>\n"
			       "    <memballoon model='none'/>\n");
	text_add(&xml, "  </devices>\n");
	if (domain->netns)
		quoted(&xml, "  <lxc:namespace>\n    <lxc:sharenet type='netns' value='",
			domain->netns, "'/>\n  </lxc:namespace>\n");
	text_add(&xml, "</domain>\n");
	return text_take(&xml);
}
