/* What contradicts itself in a guest's options, and what this host lacks of what they need. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/domain_change.h"
#include "drivers/host_setting.h"
#include "drivers/pass_through.h"
#include "drivers/schema.h"
#include "drivers/template.h"
#include "drivers/tuning.h"

/* What the checks look at. */
struct checked {
	const struct libvirt_options *options;
	struct domain domain; /* the parts that follow from the options alone */
	unsigned cpus; /* 0: not known */
};

/* --- one check each: an error that begins with an option's name ------------------------------ */

static int check_takers(const struct checked *c, struct error *e)
{
	const struct hypervisor *hypervisor = c->domain.hypervisor;

	for (const struct tuning_row *row = tuning_rows; row->option; row++) {
		if (!(row->takers & tuning_taker(hypervisor)) &&
			libvirt_option_is_set(c->options, option_find(libvirt_rows, row->option)))
			return error_set(e, "%s: guests of %s do not take it", row->option,
				hypervisor->name);
	}
	return 0;
}

static int check_paths(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;
	const char *firmware = domain_firmware(&c->domain);
	const struct {
		const char *option, *path;
	} rows[] = {{"emulator", o->emulator}, {"kernel", o->kernel}, {"initrd", o->initrd},
		{"xslt", o->xslt}, {"firmware", firmware}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].path && rows[i].path[0] && rows[i].path[0] != '/')
			return error_set(e, "%s: expected a full path on the host, not \"%s\"",
				rows[i].option, rows[i].path);
	}
	return 0;
}

static int check_machine(const struct checked *c, struct error *e)
{
	const char *machine = domain_machine(&c->domain);
	bool is_ide = c->options->disk_model == DISK_IDE;

	if (machine && strcmp(machine, "microvm") == 0)
		return error_set(e, "machine: microvm has no PCI bus, and libvirt starts no guest "
				    "without one (\"No PCI buses available\"): q35 or pc");
	if (machine && is_ide && strstr(machine, "q35"))
		return error_set(
			e, "disk_model: %s has no IDE disks: machine: pc, or sata", machine);
	return 0;
}

static int check_firmware(const struct checked *c, struct error *e)
{
	const struct disk_model_row *disk = domain_disk_model(&c->domain);
	const struct net_model_row *net = domain_net_model(&c->domain);
	const char *asked = c->options->firmware;
	bool emulated = !c->domain.devices->firmware;

	if (asked && strcmp(asked, "qboot") == 0 &&
		(emulated || (disk && !disk->virtio) || (net && !net->virtio)))
		return error_set(e, "firmware: qboot starts guests with virtio devices only");
	return 0;
}

/* The sign of a feature in a list; 0: it is not there. */
static char sign_of(const char *list, const char *wanted)
{
	char name[64], sign;

	while ((sign = tuning_next_feature(&list, name)) == '+' || sign == '-') {
		if (strcmp(name, wanted) == 0)
			return sign;
	}
	return 0;
}

/* Which of the two names the CPU has is known when the guest starts; libvirt refuses a feature that
 * stands there twice. */
static int check_nested(const struct libvirt_options *o, struct error *e)
{
	static const char *const names[] = {"vmx", "svm"};
	const char *word = o->nested == TRISTATE_ON ? "on" : "off";
	char same = o->nested == TRISTATE_ON ? '+' : '-';

	for (size_t i = 0; o->nested && o->features && i < ARRAY_COUNT(names); i++) {
		char sign = sign_of(o->features, names[i]);
		if (sign == same)
			return error_set(
				e, "nested: features names %s, too: one is enough", names[i]);
		if (sign)
			return error_set(
				e, "nested: %s contradicts features: %c%s", word, sign, names[i]);
	}
	return 0;
}

static int check_features(const struct checked *c, struct error *e)
{
	const char *list = c->options->features ? c->options->features : "";
	char name[64], sign;

	while ((sign = tuning_next_feature(&list, name)) == '+' || sign == '-') {
		char other = sign_of(list, name);
		if (other == sign)
			return error_set(e, "features: %s stands there twice", name);
		if (other)
			return error_set(
				e, "features: %c%s contradicts %c%s", sign, name, other, name);
	}
	if (sign)
		return error_set(e,
			"features: expected names with + or - before them, such as "
			"+invtsc,-svm, not \"%s\"",
			c->options->features);
	return check_nested(c->options, e);
}

static int check_topology(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;
	unsigned parts[3] = {1, 1, 1};

	if (!o->topology || !o->topology[0])
		return 0;
	if (!tuning_parse_topology(o->topology, parts))
		return error_set(e,
			"topology: expected SOCKETSxCORESxTHREADS such as 1x2x1, not \"%s\"",
			o->topology);
	if (c->cpus && parts[0] * parts[1] * parts[2] != c->cpus)
		return error_set(e, "topology: %s is %u CPUs; the guest has %u", o->topology,
			parts[0] * parts[1] * parts[2], c->cpus);
	if (parts[2] > 1 && o->accelerator == ACCELERATOR_TCG && strcmp(o->cpu, "auto") == 0)
		return error_set(e, "topology: QEMU's emulated CPU shows cores instead of threads: "
				    "name an Intel model, such as cpu: Nehalem");
	return 0;
}

static int check_memory(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;

	if (o->hugepages != 0 && o->hugepages != 2 << 20 && o->hugepages != 1 << 30)
		return error_set(e, "hugepages: expected 2M or 1G, the sizes that the CPUs have");
	if (o->hugepages && o->ksm == TRISTATE_ON)
		return error_set(
			e, "ksm: the kernel merges no huge pages: hugepages: 0, or ksm: off");
	if (o->numa.count > 0 && o->memory_node >= 0)
		return error_set(e, "numa: memory_node is for guests without cells of their own");
	if (c->cpus && o->numa.count > c->cpus)
		return error_set(e, "numa: %zu cells need as many CPUs; the guest has %u",
			o->numa.count, c->cpus);
	if (o->halt_poll_ns >= 0 && o->accelerator == ACCELERATOR_TCG)
		return error_set(e, "halt_poll_ns: KVM polls, but the accelerator is tcg");
	return 0;
}

static int check_disk(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;
	const struct disk_model_row *model = domain_disk_model(&c->domain);
	bool root_is_virtio = strcmp(c->domain.devices->bus, "virtio") == 0;
	bool is_virtio = model ? model->virtio : root_is_virtio;
	const char *cache = option_find(libvirt_rows, "cache")->choices[o->cache];
	bool buffered =
		o->cache != CACHE_AUTO && o->cache != CACHE_NONE && o->cache != CACHE_DIRECTSYNC;

	if (o->io == IO_NATIVE && buffered)
		return error_set(e, "io: native needs cache none or directsync, not %s", cache);
	if (o->disk_queues && !is_virtio)
		return error_set(e, "disk_queues: only virtio disks have more than one queue");
	if (c->cpus && o->disk_queues > c->cpus)
		return error_set(e, "disk_queues: %lld queues for %u CPUs: at most one for each",
			(long long)o->disk_queues, c->cpus);
	if (o->iothreads && !is_virtio)
		return error_set(e, "iothreads: only virtio disks have threads of their own");
	if (o->iothreads > 1 && !root_is_virtio)
		return error_set(e, "iothreads: the root disk is not virtio: 1 at most");
	return 0;
}

static int check_network(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;
	const struct net_model_row *model = domain_net_model(&c->domain);
	const char *nic = model ? model->model : c->domain.devices->nic;
	bool is_virtio = strcmp(nic, "virtio") == 0;

	if (o->net_queues && !is_virtio)
		return error_set(e, "net_queues: %s has one queue; virtio has more", nic);
	if (c->cpus && o->net_queues > c->cpus)
		return error_set(e, "net_queues: %lld queues for %u CPUs: at most one for each",
			(long long)o->net_queues, c->cpus);
	if (o->vhost == TRISTATE_ON && !is_virtio)
		return error_set(e, "vhost: the kernel serves virtio cards only, not %s", nic);
	if (o->packed && !is_virtio)
		return error_set(e, "packed: %s has no virtqueues", nic);
	return 0;
}

static int check_share(const struct checked *c, struct error *e)
{
	const struct libvirt_options *o = c->options;
	bool sizes = libvirt_option_is_set(o, option_find(libvirt_rows, "share_msize"));

	if (o->share_cache && o->share != SHARE_VIRTIOFS)
		return error_set(e, "share_cache: is for share: virtiofs");
	if (sizes && o->share != SHARE_9P)
		return error_set(e, "share_msize: is for share: 9p");
	return 0;
}

static int check_hostdev(const struct checked *c, struct error *e)
{
	struct pci_list list;

	return pci_list_parse(c->options->hostdev, &list, e) < 0 ? error_prefix(e, "hostdev") : 0;
}

/* The stylesheet with an example of the domain, where this host has the file. */
static int check_sheet(const struct checked *c, struct error *e)
{
	const char *path = c->options->xslt;
	struct domain example = domain_example(c->options, c->cpus);

	if (!path || !path[0] || !file_exists(path))
		return 0;
	cleanup_free char *xml = domain_changed_xml(&example, e);
	if (!xml || (c->cpus && domain_check_size(&example, xml, e) < 0))
		return error_prefix(e, "xslt");
	return 0;
}

/* The options together with those of a template, where it is a file of this host. */
static int check_template(const struct checked *c, struct error *e)
{
	const char *name = c->options->domain;

	if (!name || name[0] != '/' || !file_exists(name))
		return 0;
	cleanup_free char *xml = template_read("", name, e);
	struct libvirt_options *own = xml ? template_options(c->options, xml, e) : NULL;
	if (own)
		free(take_ptr(own->domain));
	int status = own ? tuning_check(own, c->cpus, e) : -1;
	options_free(libvirt_rows, own);
	return status < 0 ? error_prefix(e, "domain") : 0;
}

int tuning_check(const struct libvirt_options *options, unsigned cpus, struct error *e)
{
	static int (*const checks[])(const struct checked *, struct error *) = {check_paths,
		check_machine, check_firmware, check_features, check_topology, check_memory,
		check_disk, check_network, check_share, check_hostdev, check_sheet, check_template};
	const struct checked checked = {
		.options = options,
		.cpus = cpus,
		.domain = {.hypervisor = hypervisor_of(options),
			.devices = device_model_of(options),
			.machine = options->machine,
			.options = options},
	};

	/* Containers have few of the options: the members of the others are zero, not default. */
	if (tuning_taker(checked.domain.hypervisor) == 0)
		return 0;
	if (check_takers(&checked, e) < 0)
		return -1;
	if (!domain_is_kvm(checked.domain.hypervisor))
		return check_paths(&checked, e) < 0 || check_hostdev(&checked, e) < 0
			       ? -1
			       : check_sheet(&checked, e);
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		if (checks[i](&checked, e) < 0)
			return -1;
	}
	return 0;
}

/* --- the host -------------------------------------------------------------------------------- */

static int host_has_files(const struct libvirt_options *o, struct error *why_not)
{
	bool is_file = o->firmware && o->firmware[0] == '/';
	const struct {
		const char *option, *path;
		int mode;
	} rows[] = {{"emulator", o->emulator, X_OK}, {"kernel", o->kernel, R_OK},
		{"initrd", o->initrd, R_OK}, {"xslt", o->xslt, R_OK},
		{"firmware", is_file ? o->firmware : NULL, R_OK}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (!rows[i].path || !rows[i].path[0])
			continue;
		struct stat status;
		if (access(rows[i].path, rows[i].mode) < 0 || stat(rows[i].path, &status) < 0)
			return error_errno(why_not, errno, "%s: %s", rows[i].option, rows[i].path);
		if (S_ISDIR(status.st_mode))
			return error_set(
				why_not, "%s: %s is a directory", rows[i].option, rows[i].path);
	}
	return 0;
}

/* What the stylesheet makes, against the schema that libvirt will hold it against. */
static int host_accepts_sheet(const struct libvirt_options *o, struct error *why_not)
{
	struct domain example = domain_example(o, 0);

	if (!o->xslt || !o->xslt[0])
		return 0;
	cleanup_free char *xml = domain_changed_xml(&example, why_not);
	if (!xml)
		return error_prefix(why_not, "xslt");
	return schema_check(xml, why_not) < 0 ? error_prefix(why_not, "xslt: %s", o->xslt) : 0;
}

static int host_has_huge_pages(const struct libvirt_options *o, struct error *why_not)
{
	long long kib = (long long)o->hugepages / 1024;
	cleanup_free char *path =
		str_printf("/sys/kernel/mm/hugepages/hugepages-%lldkB/nr_hugepages", kib);
	cleanup_free char *reserved = kib ? file_read_line(path) : NULL;
	cleanup_free char *mounts = NULL;
	size_t count;

	if (!kib)
		return 0;
	if (!reserved)
		return error_set(why_not, "hugepages: this host has no pages of %lld KiB", kib);
	if (strcmp(reserved, "0") == 0)
		return error_set(why_not,
			"hugepages: none of %lld KiB is reserved: write a number "
			"to %s",
			kib, path);
	if (file_read("/proc/mounts", 1 << 20, &mounts, &count, NULL) < 0 ||
		!strstr(mounts, " hugetlbfs "))
		return error_set(why_not, "hugepages: no hugetlbfs is mounted: mount -t hugetlbfs "
					  "hugetlbfs /dev/hugepages, before libvirtd starts");
	return 0;
}

static int host_has_nodes(const struct libvirt_options *o, struct error *why_not)
{
	for (size_t i = 0; i < o->numa.count; i++) {
		long long node = (long long)o->numa.values[i];
		cleanup_free char *path = str_printf("/sys/devices/system/node/node%lld", node);
		if (node >= 0 && !file_exists(path))
			return error_set(why_not, "numa: this host has no node %lld", node);
	}
	return 0;
}

int tuning_check_nesting(const struct libvirt_options *o, struct error *why_not)
{
	static const char *const paths[] = {
		"/sys/module/kvm_intel/parameters/nested", "/sys/module/kvm_amd/parameters/nested"};

	for (size_t i = 0; o->nested == TRISTATE_ON && i < ARRAY_COUNT(paths); i++) {
		cleanup_free char *value = file_read_line(paths[i]);
		if (value && value[0] != 'Y' && value[0] != '1')
			return error_set(why_not, "nested: %s is %s: load the module with nested=1",
				paths[i], value);
	}
	return 0;
}

static int host_has_vhost(const struct libvirt_options *o, struct error *why_not)
{
	if (o->vhost == TRISTATE_ON && access("/dev/vhost-net", R_OK | W_OK) < 0)
		return error_errno(why_not, errno,
			"vhost: /dev/vhost-net (modprobe vhost_net, or vhost: auto)");
	return 0;
}

/* libvirt finds virtiofsd by the descriptions of vhost-user back ends. */
static int host_has_virtiofsd(const struct libvirt_options *o, struct error *why_not)
{
	if (o->share != SHARE_VIRTIOFS || access("/usr/lib/qemu/virtiofsd", X_OK) == 0 ||
		access("/usr/libexec/virtiofsd", X_OK) == 0)
		return 0;
	return error_set(why_not, "share: virtiofsd is not installed: apt-get install "
				  "qemu-system-common (Debian 12) or virtiofsd (13)");
}

/* libvirt raises QEMU's limit as far as it may itself; the embedded driver is this process. */
static int host_has_locking(const struct libvirt_options *o, struct error *why_not)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	struct rlimit limit = {0};

	bool passes = o->hostdev && o->hostdev[0] && domain_is_kvm(hypervisor_of(o));

	if ((!o->lock_memory && !passes) || connection_daemon_listens("qemu"))
		return 0;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_max == RLIM_INFINITY ||
		(syscall(SYS_capget, &header, data) == 0 &&
			(data[0].effective & (1U << CAP_SYS_RESOURCE))))
		return 0;
	return error_set(why_not,
		"%s: this process may not raise its limit of locked "
		"memory: it lacks CAP_SYS_RESOURCE (ulimit -l unlimited)",
		o->lock_memory ? "lock_memory" : "hostdev");
}

int tuning_check_host(const struct libvirt_options *options, struct error *why_not)
{
	static int (*const checks[])(const struct libvirt_options *, struct error *) = {
		host_has_files, host_accepts_sheet, host_has_huge_pages, host_has_nodes,
		host_has_vhost, host_has_virtiofsd, pass_through_check, host_has_locking,
		host_settings_possible};

	if (tuning_taker(hypervisor_of(options)) == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		if (checks[i](options, why_not) < 0)
			return -1;
	}
	return 0;
}
