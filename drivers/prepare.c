/* Decides all properties of a guest and makes its disks and network, before libvirt creates it. */
#include "drivers/prepare.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/container_root.h"
#include "drivers/disks.h"
#include "drivers/domain_change.h"
#include "drivers/kvm_probe.h"
#include "drivers/local.h"
#include "drivers/pass_through.h"
#include "drivers/template.h"
#include "drivers/tuning.h"

/* The default of Debian and of Xen. */
#define XEN_CONSOLE_LOGS "/var/log/xen/console"

void preparation_free(struct preparation *p)
{
	char *const owned[] = {p->uri, p->name, p->emulator, p->root, p->mac, p->tap, p->log,
		p->socket, p->xml, p->template_xml, p->container_root, p->netns, p->scratch_dir,
		p->share_dir};

	if (p->container_root)
		container_root_remove(p->container_root);
	if (p->netns)
		netns_remove(p->netns);
	if (p->has_hostdevs)
		pass_through_give_back(p->spec->campaign_id, &p->hostdevs);
	storage_free(p->storage);
	options_free(libvirt_rows, p->own_options);
	for (size_t i = 0; i < ARRAY_COUNT(owned); i++)
		free(owned[i]);
}

char *prepare_emulator(const struct libvirt_options *options)
{
	return options->emulator && options->emulator[0] ? str_dup(options->emulator)
							 : program_find("qemu-system-x86_64");
}

int prepare_accelerator(const struct libvirt_options *options, const struct image *image,
	bool *emulated, struct error *why_not_kvm, struct error *e)
{
	*why_not_kvm = (struct error){""};
	*emulated = options->accelerator == ACCELERATOR_TCG;
	if (*emulated || kvm_probe_works(image, why_not_kvm) == 0)
		return 0;
	*emulated = true;
	return options->accelerator == ACCELERATOR_KVM ? error_set(e, "%s", why_not_kvm->text) : 0;
}

/* A libvirtd runs in the host's network namespace and cannot see a bridge in another one. For
 * containers the namespace already exists. */
char *prepare_uri(
	const struct libvirt_options *options, const struct network *network, struct error *e)
{
	const struct hypervisor *hypervisor = hypervisor_of(options);
	bool embed = strcmp(options->uri, EMBED_URI) == 0;
	bool is_auto = strcmp(options->uri, "auto") == 0;
	bool hidden = network && network->namespace_path;

	if (is_auto && domain_is_kvm(hypervisor))
		embed = !network || hidden || !connection_daemon_listens("qemu");
	if (embed)
		return connection_embedded_uri(e);
	if (hidden && strcmp(hypervisor->type, "lxc") != 0) {
		error_set(e,
			"the data network is in the namespace %s, which libvirtd cannot enter; "
			"name a bridge in the site file, or set the target's uri to auto",
			network->name);
		return NULL;
	}
	return str_dup(is_auto ? hypervisor->uri : options->uri);
}

char *prepare_migrate_uri(const struct libvirt_options *options)
{
	bool is_xen = strcmp(hypervisor_of(options)->type, "xen") == 0;

	if (options->migrate_uri && strcmp(options->migrate_uri, "auto") != 0)
		return str_dup(options->migrate_uri);
	return str_printf("%s+tcp://{address}/system", is_xen ? "xen" : "qemu");
}

static bool is_container(const struct preparation *p)
{
	return strcmp(p->domain.hypervisor->type, "lxc") == 0;
}

/* A container has directories and a network namespace instead of disks and a network card. */
static int prepare_container(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;

	p->scratch_dir = str_printf("%s/scratch", spec->work_dir);
	if (machine_close_dir(spec, false, e) < 0 || dir_make(p->scratch_dir, e) < 0 ||
		container_root_add(spec->image->root_dir, spec->work_dir, p->name,
			&p->container_root, e) < 0 ||
		netns_add(p->name, spec->network, spec->address, e) < 0)
		return -1;
	p->netns = str_dup(p->name);
	p->has_scratch = true;
	p->has_network = spec->network && spec->address;
	p->domain.root_dir = p->container_root;
	p->domain.scratch_dir = p->scratch_dir;
	p->domain.netns = p->netns;
	return 0;
}

static int prepare_disks(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;

	domain->root_disk = spec->image->root_disk;
	domain->root_format = "raw";
	if (domain->devices->writable_root) {
		p->root = str_printf("%s/root.qcow2", spec->work_dir);
		domain->root_disk = p->root;
		domain->root_format = "qcow2";
		if (disk_make_overlay(p->root, spec->image->root_disk, e) < 0)
			return -1;
	}
	if (spec->scratch_bytes == 0 || domain->pass_through.scratch_node)
		return 0;
	const struct storage_spec wanted = {
		.kind = (enum storage_kind)p->options->storage,
		.name = p->name,
		.campaign_id = spec->campaign_id,
		.work_dir = spec->work_dir,
		.size_bytes = spec->scratch_bytes,
		.offset_bytes = (uint64_t)p->options->partition_offset,
		.device = p->options->device,
		.overwrite = p->options->device_overwrite,
	};
	if (storage_make(&wanted, &p->storage, e) < 0)
		return -1;
	domain->scratch_disk = p->storage->path;
	domain->scratch_format = p->storage->format;
	domain->scratch_device = p->storage->is_device;
	domain->scratch_direct = p->storage->direct;
	p->has_scratch = true;
	return 0;
}

/* Checks and formats the disk while the host still has it. */
static int format_hostdev(struct preparation *p, const char *disk, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	const struct storage_spec wanted = {.kind = STORAGE_BLOCK_DEVICE,
		.name = p->name,
		.campaign_id = spec->campaign_id,
		.work_dir = spec->work_dir,
		.size_bytes = spec->scratch_bytes,
		.device = disk,
		.overwrite = p->options->device_overwrite};
	struct storage *storage;

	if (spec->scratch_bytes == 0)
		return error_set(e, "hostdev: %s: the campaign has no scratch storage", disk);
	if (storage_make(&wanted, &storage, e) < 0)
		return -1;
	storage_free(storage);
	p->has_scratch = true;
	return 0;
}

/* PCI devices of the host instead of the guest's own card or scratch disk. */
static int prepare_hostdevs(struct preparation *p, struct error *e)
{
	bool is_xen = strcmp(p->domain.hypervisor->type, "xen") == 0;
	cleanup_free char *disk = NULL;

	if (is_container(p) || !p->options->hostdev || !p->options->hostdev[0])
		return 0;
	if (pci_list_parse(p->options->hostdev, &p->hostdevs, e) < 0)
		return error_prefix(e, "hostdev");
	if (pass_through_plan(&p->hostdevs, &p->domain.pass_through, &p->serves_net, &disk, e) <
			0 ||
		(disk && format_hostdev(p, disk, e) < 0) ||
		pass_through_take(p->spec->campaign_id, &p->hostdevs, is_xen, e) < 0)
		return -1;
	p->has_hostdevs = true;
	return 0;
}

/* Beside the scratch file, so that both are on the same storage. Below a directory that is closed
 * to the host's users: the guest's root can make files there that run as the host's. Where
 * libvirt's daemon starts QEMU as another user, that user needs a way there for 9p. */
static int prepare_share(struct preparation *p, struct error *e)
{
	bool is_embedded = strncmp(p->uri, EMBED_URI, strlen(EMBED_URI)) == 0;
	bool is_open = !is_embedded && p->options->share == SHARE_9P;
	cleanup_free char *closed = str_printf("%s/share", p->spec->work_dir);

	if (is_container(p) || p->options->share == SHARE_NONE)
		return 0;
	p->share_dir = str_printf("%s/files", closed);
	p->domain.share_dir = p->share_dir;
	if (dir_make(closed, e) < 0)
		return -1;
	if (chmod(closed, is_open ? 0711 : 0700) < 0)
		return error_errno(e, errno, "%s", closed);
	if (dir_make(p->share_dir, e) < 0)
		return -1;
	if (is_open && chmod(p->share_dir, 0777) < 0)
		return error_errno(e, errno, "%s", p->share_dir);
	return 0;
}

static void set_card(struct domain *domain, const struct preparation *p)
{
	if (!p->has_network)
		return;
	domain->bridge = p->spec->network->bridge;
	domain->mac = p->mac;
	domain->tap = domain_is_kvm(domain->hypervisor) ? p->tap : NULL;
}

static void prepare_network(struct preparation *p)
{
	const struct machine_spec *spec = p->spec;

	if (!spec->network || !spec->address)
		return;
	p->mac = netns_mac(spec->address);
	p->tap = netns_tap_name(spec->campaign_id, spec->address);
	p->has_network = true;
	if (!p->serves_net)
		set_card(&p->domain, p);
}

int prepare_check_pins(
	const unsigned *cpus, size_t count, unsigned machine_cpus, struct error *why_not)
{
	for (size_t i = 0; i < count; i++) {
		if (cpus[i] >= machine_cpus)
			return error_set(why_not, "there is no CPU %u: the host has %u CPUs",
				cpus[i], machine_cpus);
	}
	return 0;
}

/* A Xen guest is pinned to the host's CPUs, of which dom0 itself may have only some. */
static bool can_pin(struct preparation *p)
{
	const struct machine_spec *spec = p->spec;
	virNodeInfo node;

	if (strcmp(p->domain.hypervisor->type, "xen") != 0)
		return true;
	if (virNodeGetInfo(p->connection, &node) == 0)
		return prepare_check_pins(
			       spec->pin_cpus, spec->pin_count, node.cpus, &p->pin_why_not) == 0;
	error_set(&p->pin_why_not, "the number of the host's CPUs is unknown");
	return false;
}

/* What the CPU's maker calls virtualization. An emulated CPU is AMD's. */
static const char *nested_feature(bool emulated)
{
	cleanup_free char *text = NULL;
	size_t count;

	if (!emulated && file_read("/proc/cpuinfo", 16 << 20, &text, &count, NULL) == 0 &&
		strstr(text, "GenuineIntel"))
		return "vmx";
	return "svm";
}

/* What option cpu: auto means; NULL: unset. */
static const char *usual_cpu(const struct preparation *p)
{
	if (!domain_is_kvm(p->domain.hypervisor))
		return NULL;
	return p->emulated ? "max" : "host-passthrough";
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
	domain->nested_feature = nested_feature(p->emulated);
	if (!cpu || strcmp(cpu, "auto") == 0)
		domain->cpu = usual_cpu(p);
	if (!p->options->pin || spec->pin_count == 0 || !can_pin(p))
		return;
	domain->pin_cpus = spec->pin_cpus;
	domain->pin_count = spec->pin_count;
	/* libvirt cannot pin single vCPUs of an emulated machine, and a container has none. */
	domain->pin_each = !p->emulated && !is_container(p);
}

static int prepare_hypervisor(struct preparation *p, struct error *e)
{
	struct domain *domain = &p->domain;

	domain->hypervisor = hypervisor_of(p->options);
	domain->devices = device_model_of(p->options);
	if (domain_is_kvm(domain->hypervisor)) {
		if (prepare_accelerator(
			    p->options, p->spec->image, &p->emulated, &p->kvm_why_not, e) < 0)
			return -1;
		p->emulator = prepare_emulator(p->options);
		domain->type = p->emulated ? "qemu" : "kvm";
		domain->emulator = p->emulator;
	}
	p->uri = prepare_uri(p->options, p->spec->network, e);
	return p->uri ? connection_get(p->uri, &p->connection, e) : -1;
}

/* Xen's console daemon keeps a log of each guest if it was started with --log=guest. */
static char *console_log(const struct preparation *p)
{
	return domain_has_xen_console(&p->domain)
		       ? str_printf(XEN_CONSOLE_LOGS "/guest-%s.log", p->name)
		       : str_printf("%s/console.log", p->spec->work_dir);
}

static const char *given(const char *option, const char *usual)
{
	return option && option[0] ? option : usual;
}

/* The image's files, and others where options name them (NULL: they name none). */
static void set_boot(
	struct domain *domain, const struct image *image, const struct libvirt_options *options)
{
	const char *kernel = options ? options->kernel : NULL;
	const char *initrd = options ? options->initrd : NULL;

	domain->kernel = given(kernel, image->kernel);
	domain->kernel_bzimage = given(kernel, image->kernel_bzimage);
	domain->initrd = given(initrd, image->initrd);
	domain->initrd_packed = given(initrd, image->initrd_packed);
	domain->extra_cmdline = options ? options->cmdline : NULL;
}

/* A card of its own, and a raw file for its scratch disk: what storage back ends and devices of the
 * host stand in for. */
static void set_usual_devices(
	struct domain *domain, const struct preparation *p, const char *scratch_file)
{
	domain->pass_through = (struct pass_through){.devices = NULL};
	if (is_container(p))
		return;
	domain->scratch_disk = p->has_scratch ? scratch_file : NULL;
	domain->scratch_format = "raw";
	domain->scratch_device = false;
	domain->scratch_direct = p->takes_direct;
	set_card(domain, p);
}

char *prepare_usual_xml(const struct preparation *p)
{
	struct domain usual = p->domain;
	cleanup_free char *emulator = usual.emulator ? program_find("qemu-system-x86_64") : NULL;
	cleanup_free char *scratch = str_printf("%s/scratch.raw", p->spec->work_dir);

	usual.options = NULL;
	usual.template_xml = NULL;
	usual.share_dir = NULL;
	set_usual_devices(&usual, p, scratch);
	usual.machine = NULL;
	usual.memory_node = -1;
	usual.cpu = usual_cpu(p);
	usual.emulator = emulator ? emulator : usual.emulator;
	set_boot(&usual, p->spec->image, NULL);
	return domain_xml(&usual);
}

char *prepare_template(const struct libvirt_options *options, struct error *e)
{
	bool is_own = !options->uri || strcmp(options->uri, "auto") == 0 ||
		      strcmp(options->uri, EMBED_URI) == 0;

	if (!options->domain || !options->domain[0])
		return NULL;
	char *xml = template_read(
		is_own ? hypervisor_of(options)->uri : options->uri, options->domain, e);
	if (!xml)
		error_prefix(e, "domain");
	return xml;
}

/* From here on the options are those of the user's domain, too. */
static int prepare_options(struct preparation *p, struct error *e)
{
	if (!p->options->domain || !p->options->domain[0])
		return 0;
	p->template_xml = prepare_template(p->options, e);
	p->own_options = p->template_xml ? template_options(p->options, p->template_xml, e) : NULL;
	if (!p->own_options)
		return -1;
	p->options = p->own_options;
	return 0;
}

int prepare(struct preparation *p, struct error *e)
{
	const struct machine_spec *spec = p->spec;
	struct domain *domain = &p->domain;

	p->name = str_printf("tare-%s-%s", spec->campaign_id, spec->name);
	if (prepare_options(p, e) < 0 || tuning_check(p->options, spec->cpus, e) < 0)
		return -1;
	if (prepare_hypervisor(p, e) < 0)
		return -1;
	p->takes_direct = disk_directory_takes_direct(spec->work_dir);
	if (prepare_hostdevs(p, e) < 0)
		return -1;
	if ((is_container(p) ? prepare_container(p, e) : prepare_disks(p, e)) < 0)
		return -1;
	if (prepare_share(p, e) < 0)
		return -1;
	if (!is_container(p))
		prepare_network(p);
	prepare_cpus(p);
	p->log = console_log(p);
	p->socket = str_printf("/run/tare/%s/%s.sock", spec->campaign_id, spec->name);
	domain->name = p->name;
	domain->hostname = spec->name;
	set_boot(domain, spec->image, p->options);
	domain->options = is_container(p) ? NULL : p->options;
	domain->template_xml = p->template_xml;
	domain->migratable = spec->migratable;
	domain->console_log = p->log;
	domain->channel_socket = p->socket;
	p->xml = domain_changed_xml(domain, e);
	return p->xml ? 0 : -1;
}
