/* Decides what a guest will be, before libvirt is asked to create it. */
#include "drivers/prepare.h"

#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "drivers/connection.h"
#include "drivers/disks.h"
#include "drivers/kvm_probe.h"
#include "drivers/local.h"

static const char *const accelerator_names[] = {"auto", "kvm", "tcg", NULL};
static const char *const hypervisor_names[] = {
	"kvm", "xen-pv", "xen-pvh", "xen-hvm", "lxc", "vbox", "esx", NULL};
static const char *const device_names[] = {
	"virtio", "emulated", "emulated-2009", "pv", "vmware", NULL};

#define ROW(member, kind) .type = (kind), .offset = offsetof(struct libvirt_options, member)

const struct option_row libvirt_rows[] = {
	{.name = "uri",
		ROW(uri, OPTION_STRING),
		.default_text = "auto",
		.help = "libvirt connection; auto: for kvm the embedded driver unless the data "
			"network is the host's own and a libvirtd listens; else the hypervisor's "
			"system daemon"},
	{.name = "hypervisor",
		ROW(hypervisor, OPTION_CHOICE),
		.default_text = "kvm",
		.help = "kind of guest",
		.choices = hypervisor_names},
	{.name = "devices",
		ROW(devices, OPTION_CHOICE),
		.default_text = "virtio",
		.help = "disks and network card that the guest sees",
		.choices = device_names},
	{.name = "accelerator",
		ROW(accelerator, OPTION_CHOICE),
		.default_text = "auto",
		.help = "auto: KVM where a guest really boots, else emulation",
		.choices = accelerator_names},
	{.name = "cpu",
		ROW(cpu, OPTION_STRING),
		.default_text = "auto",
		.help = "CPU model; auto: host-passthrough under KVM, max in emulation, none said "
			"to others"},
	{.name = "machine",
		ROW(machine, OPTION_STRING),
		.help = "machine type in libvirt's words instead of the hypervisor's default"},
	{.name = "cmdline",
		ROW(cmdline, OPTION_STRING),
		.help = "more words for the guest's kernel command line"},
	{.name = "pin",
		ROW(pin, OPTION_BOOL),
		.default_text = "true",
		.help = "pin vCPUs to the machine's CPUs, one to one where that many are given"},
	{.name = "memory_node",
		ROW(memory_node, OPTION_INT),
		.default_text = "-1",
		.unit = "1",
		.help = "NUMA node that all memory comes from; -1: any",
		.minimum = -1,
		.maximum = 1023},
	{0},
};

void preparation_free(struct preparation *p)
{
	char *const owned[] = {p->uri, p->name, p->emulator, p->root, p->scratch, p->mac, p->tap,
		p->log, p->socket, p->xml};

	for (size_t i = 0; i < ARRAY_COUNT(owned); i++)
		free(owned[i]);
}

const struct hypervisor *options_hypervisor(const struct libvirt_options *options)
{
	return hypervisor_find(hypervisor_names[options->hypervisor]);
}

bool hypervisor_is_kvm(const struct hypervisor *hypervisor)
{
	return strcmp(hypervisor->type, "kvm") == 0;
}

int hypervisor_check(const struct hypervisor *hypervisor, struct error *e)
{
	if (hypervisor->tested)
		return 0;
	return error_set(e, "%s: its XML can be generated, but running it is not supported",
		hypervisor->name);
}

int accelerator_choose(const struct libvirt_options *options, const struct image *image,
	bool *emulated, struct error *why_not_kvm, struct error *e)
{
	why_not_kvm->text[0] = '\0';
	*emulated = options->accelerator == ACCELERATOR_TCG;
	if (*emulated || kvm_works(image, why_not_kvm) == 0)
		return 0;
	*emulated = true;
	return options->accelerator == ACCELERATOR_KVM ? error_set(e, "%s", why_not_kvm->text) : 0;
}

/* A libvirtd lives in the host's network namespace and cannot see a bridge in another. */
char *uri_choose(
	const struct libvirt_options *options, const struct network *network, struct error *e)
{
	const struct hypervisor *hypervisor = options_hypervisor(options);
	bool embed = strcmp(options->uri, EMBED_URI) == 0;
	bool is_auto = strcmp(options->uri, "auto") == 0;
	bool hidden = network && network->namespace_path;

	if (is_auto && hypervisor_is_kvm(hypervisor))
		embed = !network || hidden || !libvirtd_listens("qemu");
	if (embed)
		return embed_uri(e);
	if (hidden) {
		error_set(e,
			"the data network is in the namespace %s, which libvirtd cannot enter; let "
			"the site name a bridge, or leave the target's uri to auto",
			network->name);
		return NULL;
	}
	return str_dup(is_auto ? hypervisor->uri : options->uri);
}

static int prepare_disks(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;

	domain->root_dir = spec->image->root_dir;
	domain->root_disk = spec->image->root_disk;
	domain->root_format = "raw";
	if (domain->devices->writable_root) {
		p->root = str_printf("%s/root.qcow2", spec->work_dir);
		domain->root_disk = p->root;
		domain->root_format = "qcow2";
		if (overlay_make(p->root, spec->image->root_disk, e) < 0)
			return -1;
	}
	if (spec->scratch_bytes == 0)
		return 0;
	p->scratch = str_printf("%s/scratch.raw", spec->work_dir);
	domain->scratch_disk = p->scratch;
	if (scratch_make(p->scratch, spec->scratch_bytes, e) < 0)
		return -1;
	domain->scratch_direct = file_takes_direct(p->scratch);
	return 0;
}

/* Names on the network derive from the address, which is unique there. An interface's name has
 * at most 15 characters; the campaign's id is in it because the host's own bridge may serve
 * several campaigns. */
static void prepare_network(struct preparation *p)
{
	const struct machine_spec *spec = p->spec;
	unsigned bytes[4] = {0};

	if (!spec->network || !spec->address)
		return;
	sscanf(spec->address, "%u.%u.%u.%u", &bytes[0], &bytes[1], &bytes[2], &bytes[3]);
	p->mac = str_printf("52:54:%02x:%02x:%02x:%02x", bytes[0] & 255, bytes[1] & 255,
		bytes[2] & 255, bytes[3] & 255);
	p->tap = str_printf("t%.8s-%02x%02x", spec->campaign_id, bytes[2] & 255, bytes[3] & 255);
	p->domain.bridge = spec->network->bridge;
	p->domain.mac = p->mac;
	p->domain.tap = hypervisor_is_kvm(p->domain.hypervisor) ? p->tap : NULL;
}

/* A Xen guest is pinned to the machine's CPUs, but what this host calls its CPUs are vCPUs of its
 * own domain. Only where it has as many as the machine do its numbers name all of those. */
static bool can_pin(struct preparation *p)
{
	long own = sysconf(_SC_NPROCESSORS_ONLN);
	virNodeInfo node;

	if (strcmp(p->domain.hypervisor->type, "xen") != 0)
		return true;
	if (virNodeGetInfo(p->connection, &node) < 0)
		error_set(&p->pin_why_not, "the number of the machine's CPUs is unknown");
	else if (node.cpus != (unsigned)own)
		error_set(&p->pin_why_not, "this domain has %ld of the machine's %u CPUs", own,
			node.cpus);
	return !p->pin_why_not.text[0];
}

static void prepare_cpus(struct preparation *p)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;
	const char *cpu = p->options->cpu;

	domain->cpus = spec->cpus;
	domain->memory_bytes = spec->memory_bytes;
	domain->memory_node = (int)p->options->memory_node;
	domain->machine = p->options->machine;
	domain->cpu = cpu;
	if (strcmp(cpu, "auto") == 0)
		domain->cpu = !hypervisor_is_kvm(domain->hypervisor) ? NULL
			      : p->emulated                          ? "max"
								     : "host-passthrough";
	if (!p->options->pin || spec->pin_count == 0 || !can_pin(p))
		return;
	domain->pin_cpus = spec->pin_cpus;
	domain->pin_count = spec->pin_count;
	/* libvirt knows no single vCPU of an emulated machine. */
	domain->pin_each = !p->emulated;
}

static int prepare_hypervisor(struct preparation *p, struct error *e)
{
	struct domain *domain = &p->domain;

	domain->hypervisor = options_hypervisor(p->options);
	domain->devices = device_model_find(device_names[p->options->devices]);
	if (hypervisor_check(domain->hypervisor, e) < 0)
		return -1;
	if (hypervisor_is_kvm(domain->hypervisor)) {
		if (accelerator_choose(
			    p->options, p->spec->image, &p->emulated, &p->kvm_why_not, e) < 0)
			return -1;
		p->emulator = program_find("qemu-system-x86_64");
		domain->type = p->emulated ? "qemu" : "kvm";
		domain->emulator = p->emulator;
	}
	p->uri = uri_choose(p->options, p->spec->network, e);
	return p->uri ? connection_get(p->uri, &p->connection, e) : -1;
}

int prepare(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;

	if (prepare_hypervisor(p, e) < 0 || prepare_disks(p, e) < 0)
		return -1;
	prepare_network(p);
	prepare_cpus(p);
	p->name = str_printf("tare-%s-%s", spec->campaign_id, spec->name);
	p->log = str_printf("%s/console.log", spec->work_dir);
	p->socket = str_printf("/run/tare/%s/%s.sock", spec->campaign_id, spec->name);
	domain->name = p->name;
	domain->hostname = spec->name;
	domain->kernel = spec->image->kernel;
	domain->kernel_bzimage = spec->image->kernel_bzimage;
	domain->initrd = spec->image->initrd;
	domain->extra_cmdline = p->options->cmdline;
	domain->console_log = p->log;
	domain->channel_socket = p->socket;
	p->xml = domain_xml(domain);
	return 0;
}
