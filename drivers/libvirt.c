/* Guests through libvirt: QEMU/KVM and Xen by one driver; what differs is in domain_tables.c. The
 * image's disk is read-only and shared, writes go to the guest's memory, and the control channel
 * is out of band. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/channel.h"
#include "drivers/connection.h"
#include "drivers/disks.h"
#include "drivers/domain.h"
#include "drivers/kvm_probe.h"
#include "drivers/local.h"

enum accelerator { ACCELERATOR_AUTO, ACCELERATOR_KVM, ACCELERATOR_TCG };
static const char *const accelerator_names[] = {"auto", "kvm", "tcg", NULL};
static const char *const hypervisor_names[] = {
	"kvm", "xen-pv", "xen-pvh", "xen-hvm", "lxc", "vbox", "esx", NULL};
static const char *const device_names[] = {
	"virtio", "emulated", "emulated-2009", "pv", "vmware", NULL};

struct libvirt_options {
	char *uri, *cpu, *machine, *cmdline;
	int hypervisor, devices, accelerator;
	int64_t memory_node;
	bool pin;
};

#define ROW(member, kind) .type = kind, .offset = offsetof(struct libvirt_options, member)

static const struct option_row libvirt_rows[] = {
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

/* A running guest. */
struct guest {
	virDomainPtr domain;
	char *name, *socket;
};

/* Everything that is decided before the domain is made. The strings are owned. */
struct preparation {
	const struct libvirt_options *options;
	const struct machine_spec *spec;
	struct domain domain;
	bool emulated;
	struct error kvm_why_not;
	char *uri, *name, *emulator, *root, *scratch, *mac, *tap, *log, *socket, *xml;
	virConnectPtr connection;
};

static void preparation_free(struct preparation *p)
{
	char *const owned[] = {p->uri, p->name, p->emulator, p->root, p->scratch, p->mac, p->tap,
		p->log, p->socket, p->xml};

	for (size_t i = 0; i < ARRAY_COUNT(owned); i++)
		free(owned[i]);
}

static bool is_kvm(const struct hypervisor *hypervisor)
{
	return strcmp(hypervisor->type, "kvm") == 0;
}

/* Decides between KVM and emulation. */
static int accelerator_choose(const struct libvirt_options *options, const struct image *image,
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
static char *uri_choose(const struct libvirt_options *options, const struct hypervisor *hypervisor,
	const struct network *network, struct error *e)
{
	bool embed = strncmp(options->uri, "qemu:///embed", 13) == 0;
	bool is_auto = strcmp(options->uri, "auto") == 0;
	bool hidden = network && network->namespace_path;

	if (is_auto && is_kvm(hypervisor))
		embed = hidden || !libvirtd_listens("qemu");
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
	p->domain.tap = is_kvm(p->domain.hypervisor) ? p->tap : NULL;
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
		domain->cpu = !is_kvm(domain->hypervisor) ? NULL
			      : p->emulated               ? "max"
							  : "host-passthrough";
	if (!p->options->pin)
		return;
	domain->pin_cpus = spec->pin_cpus;
	domain->pin_count = spec->pin_count;
	/* libvirt knows no single vCPU of an emulated machine. */
	domain->pin_each = !p->emulated;
}

static int prepare(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;

	domain->hypervisor = hypervisor_find(hypervisor_names[p->options->hypervisor]);
	domain->devices = device_model_find(device_names[p->options->devices]);
	if (!domain->hypervisor->tested)
		return error_set(e,
			"hypervisor %s: its XML can be generated, but running it is not "
			"supported",
			domain->hypervisor->name);
	if (is_kvm(domain->hypervisor)) {
		if (accelerator_choose(p->options, spec->image, &p->emulated, &p->kvm_why_not, e) <
			0)
			return -1;
		p->emulator = program_find("qemu-system-x86_64");
		domain->type = p->emulated ? "qemu" : "kvm";
		domain->emulator = p->emulator;
	}
	p->uri = uri_choose(p->options, domain->hypervisor, spec->network, e);
	if (!p->uri || connection_get(p->uri, &p->connection, e) < 0 || prepare_disks(p, e) < 0)
		return -1;
	prepare_network(p);
	prepare_cpus(p);
	p->name = str_printf("tare-%s-%s", spec->campaign_id, spec->name);
	p->log = str_printf("%s/console.log", spec->work_dir);
	p->socket = str_printf("/run/tare/%s/%s.sock", spec->campaign_id, spec->name);
	domain->name = p->name;
	domain->hostname = spec->name;
	domain->kernel = spec->image->kernel;
	domain->initrd = spec->image->initrd;
	domain->extra_cmdline = p->options->cmdline;
	domain->console_log = p->log;
	domain->channel_socket = p->socket;
	p->xml = domain_xml(domain);
	return 0;
}

/* QEMU and its tap device are made by this thread under the embedded driver: so it has to be in
 * the data network's namespace meanwhile. */
static virDomainPtr create(const struct preparation *p, struct error *e)
{
	const struct network *network = p->spec->network;
	int back;

	if (netns_enter(network ? network->namespace_path : NULL, &back, e) < 0)
		return NULL;
	virDomainPtr domain = virDomainCreateXML(p->connection, p->xml, 0);
	netns_leave(back);
	if (!domain)
		libvirt_error(e, p->name);
	return domain;
}

static int channel_open(const struct preparation *p, virDomainPtr domain, struct error *e)
{
	enum domain_channel kind = domain_channel(p->domain.hypervisor, p->domain.devices);

	if (kind == CHANNEL_VIRTIO || kind == CHANNEL_SERIAL)
		return channel_connect(p->socket, e);
	cleanup_free char *xml = virDomainGetXMLDesc(domain, 0);
	if (!xml)
		return libvirt_error(e, p->name);
	return channel_open_pty(xml, kind == CHANNEL_XEN ? "channel" : "console", e);
}

static void set_version(json_t *facts, const char *key, unsigned long version)
{
	char text[48];

	snprintf(text, sizeof(text), "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000,
		version % 1000);
	json_object_set_new(facts, key, json_string(text));
}

static void record_facts(struct machine *machine, const struct preparation *p)
{
	const struct domain *domain = &p->domain;
	const char *own = domain->machine ? domain->machine : domain->hypervisor->machine;
	json_t *facts = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:s}", "driver", "libvirt",
		"uri", p->uri, "hypervisor", domain->hypervisor->name, "devices",
		domain->devices->name, "machine", own, "cpu", domain->cpu, "scratch_cache",
		domain->scratch_direct ? "none" : "writeback", "domain_xml", p->xml);
	unsigned long version;

	if (is_kvm(domain->hypervisor))
		json_object_set_new(facts, "accelerator", json_string(p->emulated ? "tcg" : "kvm"));
	if (p->kvm_why_not.text[0])
		json_object_set_new(facts, "kvm_why_not", json_string(p->kvm_why_not.text));
	if (virConnectGetVersion(p->connection, &version) == 0)
		set_version(facts, "hypervisor_version", version);
	if (virGetVersion(&version, NULL, NULL) == 0)
		set_version(facts, "libvirt_version", version);
	machine_set_facts(machine, facts);
}

/* Destroys the domain; where libvirt cannot (its daemon was restarted, QEMU hangs in the kernel),
 * the process is killed by the name that it carries. */
static void guest_free(struct guest *guest)
{
	if (!guest)
		return;
	if (guest->domain) {
		cleanup_free char *word = str_printf("guest=%s,", guest->name);
		virDomainDestroy(guest->domain);
		processes_kill(process_has_word, word);
		virDomainFree(guest->domain);
	}
	if (guest->socket)
		unlink(guest->socket);
	free(guest->name);
	free(guest->socket);
	free(guest);
}

static void libvirt_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct guest *guest = machine->state;
	machine_free(machine);
	guest_free(guest);
}

static int libvirt_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	struct preparation p = {.options = spec->options, .spec = spec};
	int fd = -1;

	if (drivers_own(spec->campaign_id, e) < 0)
		return -1;
	if (prepare(&p, e) < 0) {
		preparation_free(&p);
		return -1;
	}
	struct guest *guest = mem_new(1, sizeof(*guest));
	guest->name = str_dup(p.name);
	guest->socket = str_dup(p.socket);
	struct machine *machine = machine_new(&driver_libvirt, spec);
	machine->state = guest;
	machine->emulated = p.emulated;
	machine->address = p.domain.bridge ? str_dup(spec->address) : NULL;
	machine->scratch_dir = str_dup(p.domain.scratch_disk ? "/scratch" : "/tmp");
	machine->log_path = str_dup(p.log);
	guest->domain = create(&p, e);
	if (guest->domain && (fd = channel_open(&p, guest->domain, e)) >= 0) {
		machine->agent = agent_new(spec->name, fd, fd, 0);
		record_facts(machine, &p);
		*out = machine;
	} else {
		libvirt_stop(machine);
	}
	preparation_free(&p);
	return fd < 0 ? -1 : 0;
}

static int probe_kvm(
	const struct libvirt_options *options, const struct image *image, struct error *why_not)
{
	cleanup_free char *qemu = program_find("qemu-system-x86_64");
	struct error why_not_kvm;
	bool emulated;

	if (!qemu)
		return error_set(why_not, "qemu-system-x86_64: not installed; apt-get install "
					  "qemu-system-x86");
	if (geteuid() != 0)
		return error_set(why_not, "not root: guests on the data network need root");
	return accelerator_choose(options, image, &emulated, &why_not_kvm, why_not);
}

static int libvirt_probe(const void *any, const struct image *image, struct error *why_not)
{
	const struct libvirt_options *options = any;
	const struct hypervisor *hypervisor =
		hypervisor_find(hypervisor_names[options->hypervisor]);
	virConnectPtr connection;

	if (!hypervisor->tested)
		return error_set(why_not,
			"%s: its XML can be generated, but running it is not "
			"supported",
			hypervisor->name);
	if (!image)
		return error_set(why_not, "no image (run scripts/image to build it)");
	if (is_kvm(hypervisor))
		return probe_kvm(options, image, why_not);
	if (strcmp(hypervisor->type, "xen") == 0 && !file_exists("/sys/hypervisor/type"))
		return error_set(why_not,
			"no Xen: /sys/hypervisor/type does not exist; boot this host into Xen "
			"(package xen-system-amd64)");
	return connection_get(strcmp(options->uri, "auto") == 0 ? hypervisor->uri : options->uri,
		&connection, why_not);
}

struct cleaning {
	void (*report)(void *context, const char *line);
	void *context;
};

static void clean_daemon(const char *uri, const char *prefix, const struct cleaning *cleaning)
{
	virConnectPtr connection;
	virDomainPtr *domains = NULL;

	if (connection_get(uri, &connection, NULL) < 0)
		return;
	int count = virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	for (int i = 0; i < count; i++) {
		const char *name = virDomainGetName(domains[i]);
		cleanup_free char *line = str_printf("guest %s", name);
		if (strncmp(name, prefix, strlen(prefix)) == 0 && virDomainDestroy(domains[i]) == 0)
			cleaning->report(cleaning->context, line);
		virDomainFree(domains[i]);
	}
	free(domains);
}

static void clean_id(const char *id, const struct cleaning *cleaning)
{
	cleanup_free char *prefix = str_printf("tare-%s-", id);
	cleanup_free char *word = str_printf("guest=%s", prefix);

	if (libvirtd_listens("qemu"))
		clean_daemon("qemu:///system", prefix, cleaning);
	if (libvirtd_listens("xen") && file_exists("/sys/hypervisor/type"))
		clean_daemon("xen:///system", prefix, cleaning);
	embed_close();
	size_t killed = processes_kill(process_has_word, word);
	cleanup_free char *line = str_printf("%zu guests (QEMU processes %s*)", killed, prefix);
	if (killed > 0)
		cleaning->report(cleaning->context, line);
}

static int libvirt_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	struct cleaning cleaning = {report, context};

	(void)e;
	char **ids = ids_to_clean(campaign_id);
	for (char **id = ids; *id; id++)
		clean_id(*id, &cleaning);
	ids_free(ids);
	return 0;
}

const struct driver driver_libvirt = {
	.name = "libvirt",
	.summary = "a guest of KVM or Xen through libvirt",
	.options = libvirt_rows,
	.options_size = sizeof(struct libvirt_options),
	.caps = CAP_GUESTS | CAP_OWN_NETWORK | CAP_NEEDS_IMAGE | CAP_NEEDS_NETWORK,
	.probe = libvirt_probe,
	.start = libvirt_start,
	.stop = libvirt_stop,
	.clean = libvirt_clean,
};
