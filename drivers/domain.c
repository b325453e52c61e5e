/* Writes a domain's XML. Minimal on purpose: every device that is not needed is disabled, because
 * it would cost boot time and could disturb the measurement. */
#include "drivers/domain.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "drivers/domain_private.h"
#include "drivers/tuning.h"

/* The console is a terminal, and the agent's stream needs a raw one. */
#define INIT_IN_CONTAINER \
	"    <init>/bin/sh</init>\n    <initarg>-c</initarg>\n" \
	"    <initarg>stty raw -echo; exec /usr/lib/tare/tare-agent</initarg>\n"
/* Needed to name the network namespace of a container. */
#define LXC_NAMESPACE " xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'"

/* Needed to give QEMU words of its own. */
#define QEMU_NAMESPACE " xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

/* <TAG>VALUE</TAG>, or nothing where there is no value. */
static void element(struct text *xml, const char *indent, const char *tag, const char *value)
{
	if (!value)
		return;
	text_addf(xml, "%s<%s>", indent, tag);
	text_add_xml(xml, value);
	text_addf(xml, "</%s>\n", tag);
}

/* Adds ",GROUP" unless the groups have it. */
static void add_group(struct text *groups, const char *group)
{
	for (const char *at = groups->bytes; (at = strstr(at, group)); at += strlen(group)) {
		const char end = at[strlen(group)];
		if (end == '\0' || end == ',')
			return;
	}
	text_addf(groups, ",%s", group);
}

static void add_modules(struct text *line, const struct domain *domain)
{
	const struct disk_model_row *disk = domain_disk_model(domain);
	const struct net_model_row *net = domain_net_model(domain);
	cleanup_text struct text groups = {0};

	text_add(&groups, domain->devices->modules);
	if (disk && domain->scratch_disk)
		add_group(&groups, disk->modules);
	if (net)
		add_group(&groups, net->modules);
	if (domain->options && domain->options->balloon)
		add_group(&groups, "balloon");
	if (domain_share(domain))
		add_group(&groups, "shared");
	if (domain->pass_through.devices && strcmp(domain->hypervisor->type, "xen") == 0)
		add_group(&groups, "pcifront");
	if (domain->pass_through.modules[0])
		text_addf(&groups, ",%s", domain->pass_through.modules);
	text_addf(line, " tare.modules=%s", groups.bytes);
}

/* Letters count the disks of a kind: the root may be the first of them. */
static void add_scratch_node(struct text *line, const struct domain *domain)
{
	const struct disk_model_row *disk = domain_disk_model(domain);
	const char *root = domain->devices->root;

	if (!disk)
		text_addf(line, " tare.scratch=%s", domain->devices->scratch);
	else if (!disk->bus)
		text_addf(line, " tare.scratch=%s", disk->node);
	else
		text_addf(line, " tare.scratch=%s%c", disk->node,
			strncmp(root, disk->node, strlen(disk->node)) == 0 ? 'b' : 'a');
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
	const struct net_model_row *net = domain_net_model(domain);
	struct text line = {0};

	if (!domain->hypervisor->console)
		return str_dup("");
	/* A panic reboots at once, and a reboot ends the domain: the stream breaks, and no time is
	 * lost waiting for a dead guest. */
	text_addf(&line, "console=%s quiet panic=-1", domain->hypervisor->console);
	add_modules(&line, domain);
	text_addf(&line, " tare.channel=%s tare.root=%s",
		channels[domain_channel(domain->hypervisor, devices)], devices->root);
	if (domain->pass_through.scratch_node)
		text_addf(&line, " tare.scratch=%s", domain->pass_through.scratch_node);
	else if (domain->scratch_disk)
		add_scratch_node(&line, domain);
	domain_add_share_words(&line, domain);
	text_addf(&line, " tare.hostname=%s", domain->hostname);
	if (domain->hypervisor->cmdline)
		text_addf(&line, " %s", domain->hypervisor->cmdline);
	if (devices->cmdline)
		text_addf(&line, " %s", devices->cmdline);
	if (net && net->cmdline)
		text_addf(&line, " %s", net->cmdline);
	if (domain->pass_through.devices && strcmp(domain->hypervisor->type, "xen") == 0)
		text_add(&line, " iommu=soft");
	tuning_write(&line, TUNING_CMDLINE, domain);
	if (domain->extra_cmdline && domain->extra_cmdline[0])
		text_addf(&line, " %s", domain->extra_cmdline);
	return text_take(&line);
}

/* The host's nodes that memory is from: one for all of it, or one for each cell of the guest. */
static void add_nodes(struct text *xml, const struct domain *domain)
{
	const struct number_list *cells = domain->options ? &domain->options->numa : NULL;
	bool bound = domain->memory_node >= 0;

	for (size_t i = 0; cells && i < cells->count; i++)
		bound |= cells->values[i] >= 0;
	if (!bound)
		return;
	text_add(xml, "  <numatune>\n");
	if (domain->memory_node >= 0)
		text_addf(xml, "    <memory mode='strict' nodeset='%d'/>\n", domain->memory_node);
	for (size_t i = 0; cells && i < cells->count; i++) {
		if (cells->values[i] >= 0)
			text_addf(xml, "    <memnode cellid='%zu' mode='strict' nodeset='%lld'/>\n",
				i, (long long)cells->values[i]);
	}
	text_add(xml, "  </numatune>\n");
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
	add_nodes(xml, domain);
}

static void add_os(struct text *xml, const struct domain *domain)
{
	const struct hypervisor *hypervisor = domain->hypervisor;
	const char *machine = domain_machine(domain);
	cleanup_free char *cmdline = domain_cmdline(domain);

	text_add(xml, "  <os>\n    <type arch='x86_64'");
	if (machine)
		domain_add_quoted(xml, " machine='", machine, "'");
	text_addf(xml, ">%s</type>\n", hypervisor->os_type);
	if (domain_is_qemu(domain) && domain_firmware(domain))
		domain_add_quoted(
			xml, "    <loader type='rom'>", domain_firmware(domain), "</loader>\n");
	if (domain_is_container(domain))
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

/* What begins the element, up to its model. */
static void add_cpu_begin(struct text *xml, const struct domain *domain)
{
	const char *cpu = domain->cpu;

	if (strcmp(cpu, "host-passthrough") == 0)
		text_addf(xml, "  <cpu mode='host-passthrough' check='none' migratable='%s'>\n",
			domain->migratable ? "on" : "off");
	else if (strcmp(cpu, "max") == 0)
		text_add(xml, "  <cpu mode='maximum' check='none'>\n");
	else if (strcmp(cpu, "host-model") == 0)
		text_add(xml, "  <cpu mode='host-model' check='none'>\n");
	else
		domain_add_quoted(xml,
			"  <cpu mode='custom' match='exact' check='none'>\n    <model>", cpu,
			"</model>\n");
}

static void add_cpu_model(struct text *xml, const struct domain *domain)
{
	if (!domain->cpu)
		return;
	add_cpu_begin(xml, domain);
	size_t begun = xml->count;
	bool has_model = strcmp(xml->bytes + begun - 9, "</model>\n") == 0;
	tuning_write(xml, TUNING_CPU, domain);
	if (xml->count > begun || has_model) {
		text_add(xml, "  </cpu>\n");
		return;
	}
	/* Without children: <cpu …/>. */
	xml->count -= 2;
	text_add(xml, "/>\n");
}

static void add_interface(struct text *xml, const struct domain *domain)
{
	const struct net_model_row *net = domain_net_model(domain);

	if (!domain->bridge)
		return;
	text_add(xml, "    <interface type='bridge'>\n");
	domain_add_quoted(xml, "      <mac address='", domain->mac, "'/>\n");
	domain_add_quoted(xml, "      <source bridge='", domain->bridge, "'/>\n");
	if (domain->tap)
		domain_add_quoted(xml, "      <target dev='", domain->tap, "'/>\n");
	const char *nic = net ? net->model : domain->devices->nic;
	if (nic && !domain_is_container(domain))
		text_addf(xml, "      <model type='%s'/>\n", nic);
	if (tuning_writes(TUNING_NIC, domain)) {
		text_add(xml, "      <driver");
		tuning_write(xml, TUNING_NIC, domain);
		text_add(xml, "/>\n");
	}
	if (domain_is_qemu(domain))
		text_add(xml, "      <rom enabled='no'/>\n");
	domain_add_slot(xml, domain, SLOT_NIC);
	text_add(xml, "    </interface>\n");
}

static void add_channel(struct text *xml, const struct domain *domain)
{
	switch (domain_channel(domain->hypervisor, domain->devices)) {
	case CHANNEL_VIRTIO:
		text_add(xml, "    <controller type='virtio-serial' index='0'>\n");
		domain_add_slot(xml, domain, SLOT_CHANNEL);
		text_add(xml, "    </controller>\n");
		domain_add_quoted(xml,
			"    <channel type='unix'>\n      <source mode='bind' path='",
			domain->channel_socket, "'/>\n");
		text_add(xml, "      <target type='virtio' name='org.tare.0'/>\n    </channel>\n");
		break;
	case CHANNEL_SERIAL:
		domain_add_quoted(xml, "    <serial type='unix'>\n      <source mode='bind' path='",
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
	} else if (domain_is_container(domain)) {
		text_add(xml, "    <console type='pty'>\n      <target type='lxc' port='0'/>\n"
			      "    </console>\n");
	} else {
		domain_add_quoted(xml, "    <serial type='file'>\n      <source path='",
			domain->console_log, "'/>\n      <target port='0'/>\n    </serial>\n");
	}
}

static void add_balloon(struct text *xml, const struct domain *domain)
{
	if (!domain->options || !domain->options->balloon) {
		text_add(xml, "    <memballoon model='none'/>\n");
		return;
	}
	text_add(xml, "    <memballoon model='virtio'>\n");
	domain_add_slot(xml, domain, SLOT_BALLOON);
	text_add(xml, "    </memballoon>\n");
}

char *domain_xml(const struct domain *domain)
{
	const struct hypervisor *hypervisor = domain->hypervisor;
	struct text xml = {0};

	text_addf(&xml, "<domain type='%s'%s>\n", domain->type ? domain->type : hypervisor->type,
		domain_is_container(domain)     ? LXC_NAMESPACE
		: domain_has_qemu_words(domain) ? QEMU_NAMESPACE
						: "");
	element(&xml, "  ", "name", domain->name);
	text_addf(&xml, "  <memory unit='KiB'>%llu</memory>\n",
		(unsigned long long)(domain->memory_bytes / 1024));
	if (tuning_writes(TUNING_BACKING, domain)) {
		text_add(&xml, "  <memoryBacking>\n");
		tuning_write(&xml, TUNING_BACKING, domain);
		text_add(&xml, "  </memoryBacking>\n");
	}
	add_cpus(&xml, domain);
	tuning_write(&xml, TUNING_DOMAIN, domain);
	add_os(&xml, domain);
	add_cpu_model(&xml, domain);
	text_add(&xml, "  <clock offset='utc'/>\n"
		       "  <on_poweroff>destroy</on_poweroff>\n"
		       "  <on_reboot>destroy</on_reboot>\n"
		       "  <on_crash>destroy</on_crash>\n"
		       "  <devices>\n");
	element(&xml, "    ", "emulator", domain->emulator);
	domain_add_disks(&xml, domain);
	domain_add_share(&xml, domain);
	add_interface(&xml, domain);
	domain_add_hostdevs(&xml, domain);
	add_console(&xml, domain);
	add_channel(&xml, domain);
	/* Xen's guests have a balloon that nothing inflates; libvirt cannot remove it. */
	if (domain_is_qemu(domain)) {
		text_add(&xml, "    <controller type='usb' model='none'/>\n");
		add_balloon(&xml, domain);
	}
	text_add(&xml, "  </devices>\n");
	domain_add_qemu_words(&xml, domain);
	if (domain->netns)
		domain_add_quoted(&xml, "  <lxc:namespace>\n    <lxc:sharenet type='netns' value='",
			domain->netns, "'/>\n  </lxc:namespace>\n");
	text_add(&xml, "</domain>\n");
	return text_take(&xml);
}
