/* Guests through libvirt: QEMU/KVM and Xen by one driver; the differences are in domain_tables.c.
 * The image's disk is read-only and shared, writes go to the guest's memory, and the control
 * channel is out of band. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/array.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/capabilities.h"
#include "drivers/connection.h"
#include "drivers/container_root.h"
#include "drivers/difference.h"
#include "drivers/guest.h"
#include "drivers/host_setting.h"
#include "drivers/local.h"
#include "drivers/pass_through.h"
#include "drivers/privileges.h"
#include "drivers/prepare.h"
#include "drivers/stylesheet.h"
#include "drivers/template.h"
#include "drivers/tuning.h"
#include "drivers/virtiofsd.h"

#define VHOST_NET "/dev/vhost-net"

static void set_version(json_t *facts, const char *key, unsigned long version)
{
	char text[48];

	snprintf(text, sizeof(text), "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000,
		version % 1000);
	json_object_set_new(facts, key, json_string(text));
}

static void record_pinning(json_t *facts, const struct preparation *p)
{
	const struct domain *domain = &p->domain;
	bool each = domain->pin_each && domain->pin_count >= domain->cpus;
	struct text text = {0};

	text_add(&text, domain->pin_count == 0 ? "none" : each ? "each to" : "all to");
	for (size_t i = 0; i < domain->pin_count; i++)
		text_addf(&text, "%s%u", i ? "," : " ", domain->pin_cpus[i]);
	if (error_is_set(&p->pin_why_not))
		text_addf(&text, ": %s", p->pin_why_not.text);
	cleanup_free char *line = text_take(&text);
	json_object_set_new(facts, "pinning", json_string(line));
}

/* Packets of virtio cards are moved by the host's kernel where it can, else by QEMU. */
static void record_vhost(json_t *facts, const struct preparation *p)
{
	const struct net_model_row *model = domain_net_model(&p->domain);
	bool is_virtio = model ? model->virtio : strcmp(p->domain.devices->nic, "virtio") == 0;

	if (!p->has_network || !is_virtio || access(VHOST_NET, R_OK | W_OK) == 0)
		return;
	cleanup_free char *why = str_printf(VHOST_NET ": %s", strerror(errno));
	json_object_set_new(facts, "vhost_why_not", json_string(why));
}

/* What the user changed, with digests by which two campaigns are known to have the same. */
static void record_change(json_t *facts, const struct preparation *p)
{
	const char *path = p->domain.options ? p->domain.options->xslt : NULL;
	cleanup_free char *digest = stylesheet_digest(p->xml);

	json_object_set_new(facts, "domain_xml_digest", json_string(digest));
	if (p->template_xml)
		json_object_set_new(facts, "template", json_string(p->options->domain));
	if (path && path[0]) {
		cleanup_free char *of_sheet = stylesheet_file_digest(path);
		json_object_set_new(facts, "stylesheet",
			json_pack("{s:s, s:s?}", "path", path, "digest", of_sheet));
	}
}

/* What is known before the domain runs. The caller's. */
static json_t *facts_new(const struct guest *guest, const struct preparation *p)
{
	const struct domain *domain = &p->domain;
	const char *product = virConnectGetType(p->connection);
	const char *cache = domain_disk_cache(domain);
	struct utsname host;
	json_t *facts = json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s?, s:s?, s:s, s:s}", "driver",
		"libvirt", "uri", p->uri, "hypervisor", product, "guest", domain->hypervisor->name,
		"devices", domain->devices->name, "machine", domain_machine(domain), "cpu",
		domain->cpu, "scratch_cache", cache ? cache : "writeback", "domain_xml", p->xml);
	unsigned long version;

	json_object_set_new(facts, "memory_node", json_integer(domain->memory_node));
	if (guest->storage)
		json_object_set_new(facts, "storage", json_string(guest->storage->words));
	if (domain_is_kvm(domain->hypervisor))
		json_object_set_new(facts, "accelerator", json_string(p->emulated ? "tcg" : "kvm"));
	if (domain_is_kvm(domain->hypervisor))
		record_vhost(facts, p);
	record_change(facts, p);
	if (uname(&host) == 0)
		json_object_set_new(facts, "host_kernel", json_string(host.release));
	record_pinning(facts, p);
	if (error_is_set(&p->kvm_why_not))
		json_object_set_new(facts, "kvm_why_not", json_string(p->kvm_why_not.text));
	if (virConnectGetVersion(p->connection, &version) == 0)
		set_version(facts, "hypervisor_version", version);
	if (virGetVersion(&version, NULL, NULL) == 0)
		set_version(facts, "libvirt_version", version);
	return facts;
}

/* In what the domain differs from the target's without options. Made while the guest boots. */
static void record_difference(json_t *facts, const struct preparation *p)
{
	json_t *lines = difference_lines(p, NULL);

	if (lines)
		json_object_set_new(facts, "domain_xml_diff", lines);
}

/* What the running guest has, and whether that is what was asked for. */
static int record_running(struct machine *machine, const struct preparation *p, struct error *e)
{
	struct guest *guest = machine->state;
	cleanup_free char *xml = virDomainGetXMLDesc(guest->domain, 0);
	json_t *facts = json_loads(machine->facts_json, 0, NULL);
	int status = 0;

	if (xml)
		json_object_set_new(facts, "running_xml", json_string(xml));
	if (domain_is_kvm(p->domain.hypervisor))
		status = tuning_read(guest->domain, &p->domain, facts, e);
	record_difference(facts, p);
	free(take_ptr(machine->facts_json));
	machine_set_facts(machine, facts);
	return status;
}

/* Takes storage, container root and namespace over from p, so that preparation_free spares them. */
static struct guest *guest_new(const struct machine_spec *spec, struct preparation *p)
{
	struct guest *guest = mem_new(1, sizeof(*guest));
	const struct domain *domain = &p->domain;

	guest->channel = domain_channel(domain->hypervisor, domain->devices);
	guest->uri = str_dup(p->uri);
	guest->migrate_uri = prepare_migrate_uri(p->options);
	guest->name = str_dup(p->name);
	guest->socket = str_dup(p->socket);
	guest->namespace_path = spec->network ? str_dup(spec->network->namespace_path) : NULL;
	guest->disk = domain->scratch_disk ? domain_disk_name(domain, 1) : NULL;
	guest->save_path = str_printf("%s/saved", spec->work_dir);
	guest->xen_log = domain_has_xen_console(domain) ? str_dup(p->log) : NULL;
	guest->storage = take_ptr(p->storage);
	guest->overlay = take_ptr(p->container_root);
	guest->hostdevs = p->hostdevs;
	guest->campaign_id = str_dup(spec->campaign_id);
	p->has_hostdevs = false;
	guest->netns = take_ptr(p->netns);
	return guest;
}

static void libvirt_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct guest *guest = machine->state;
	guest->ends_itself = machine->agent && guest->hostdevs.count > 0;
	machine_free(machine);
	guest_free(guest);
}

/* All but the running domain and its stream. preparation_free is the caller's. */
static struct machine *machine_prepare(
	const struct machine_spec *spec, struct preparation *p, struct error *e)
{
	if (drivers_own(spec->campaign_id, e) < 0 || prepare(p, e) < 0)
		return NULL;
	bool is_lxc = strcmp(p->domain.hypervisor->type, "lxc") == 0;
	struct machine *machine = machine_new(is_lxc ? &driver_lxc : &driver_libvirt, spec);
	machine->state = guest_new(spec, p);
	machine->emulated |= p->emulated;
	machine->address = p->has_network ? str_dup(spec->address) : NULL;
	machine->scratch_dir = str_dup(p->has_scratch ? "/scratch" : "/tmp");
	machine->share_dir = p->share_dir ? str_dup("/share") : NULL;
	machine->log_path = str_dup(p->log);
	machine_set_facts(machine, facts_new(machine->state, p));
	return machine;
}

/* Containers have none. */
static int hold_settings(struct guest *guest, const struct preparation *p, struct error *e)
{
	const struct libvirt_options *options = p->options;
	const struct machine_spec *spec = p->spec;

	if (!domain_is_kvm(hypervisor_of(options)))
		return 0;
	if (host_settings_hold(spec->campaign_id, options, e) < 0)
		return -1;
	guest->settings_of = str_dup(spec->campaign_id);
	return 0;
}

static int libvirt_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	struct preparation p = {.options = spec->options, .spec = spec};
	struct machine *machine = machine_prepare(spec, &p, e);
	int fd = -1;

	if (machine && hold_settings(machine->state, &p, e) == 0 &&
		guest_create(machine->state, p.xml, e) == 0 && record_running(machine, &p, e) == 0)
		fd = guest_channel(machine->state, e);
	if (fd >= 0) {
		machine->agent = agent_new(spec->name, fd, fd, 0);
		*out = machine;
	} else {
		libvirt_stop(machine);
	}
	preparation_free(&p);
	return fd < 0 ? -1 : 0;
}

static int libvirt_receive(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	struct preparation p = {.options = spec->options, .spec = spec};
	struct machine *machine = machine_prepare(spec, &p, e);

	preparation_free(&p);
	if (!machine)
		return -1;
	*out = machine;
	return 0;
}

static int libvirt_migrate(
	struct machine *machine, const struct migration *migration, struct error *e)
{
	return guest_migrate(machine->state, migration, e);
}

static int libvirt_arrive(struct machine *machine, struct error *e)
{
	int fd = guest_arrive(machine->state, e);

	if (fd < 0)
		return -1;
	machine->agent = agent_new(machine->name, fd, fd, 0);
	return 0;
}

static int libvirt_save(struct machine *machine, struct error *e)
{
	return guest_save(machine->state, e);
}

static int libvirt_restore(struct machine *machine, struct error *e)
{
	int fd = guest_restore(machine->state, e);

	if (fd < 0)
		return -1;
	agent_set_stream(machine->agent, fd, fd, 0);
	return 0;
}

static int libvirt_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	return guest_counters(machine->state, out, e);
}

/* Makes libvirt query QEMU's capabilities: that takes seconds, once per version of QEMU, and must
 * not be part of the first guest's start. */
static int probe_connection(const char *uri, const struct libvirt_options *options,
	const char *qemu, bool emulated, struct error *why_not)
{
	virConnectPtr connection;
	struct error cause = {""};

	if (connection_get(uri, &connection, &cause) < 0)
		return error_set(why_not, "%s; install libvirt-daemon-system", cause.text);
	return capabilities_check(connection, options, qemu, emulated, why_not);
}

/* What a user lacks that root has. */
static void remark_vhost(const struct libvirt_options *options, struct error *remark)
{
	struct error why = {""};
	bool is_virtio = strcmp(device_model_of(options)->nic, "virtio") == 0;

	if (!is_virtio || !privileges_in_namespace() ||
		privileges_check_device(VHOST_NET, &why) == 0)
		return;
	cleanup_free char *before = str_printf("%s%s", remark->text, remark->text[0] ? "; " : "");
	error_set(remark, "%swithout vhost-net: %s", before, why.text);
}

static int probe_kvm(
	const struct libvirt_options *options, const struct image *image, struct error *why_not)
{
	cleanup_free char *qemu = prepare_emulator(options);
	struct error why_not_kvm;
	bool emulated;

	if (!qemu)
		return error_set(why_not, "qemu-system-x86_64: not installed; apt-get install "
					  "qemu-system-x86");
	if (privileges_check(why_not) < 0 || privileges_check_device("/dev/net/tun", why_not) < 0)
		return -1;
	if (prepare_accelerator(options, image, &emulated, &why_not_kvm, why_not) < 0)
		return -1;
	if (!emulated && tuning_check_nesting(options, why_not) < 0)
		return -1;
	cleanup_free char *uri = prepare_uri(options, NULL, why_not);
	if (!uri || probe_connection(uri, options, qemu, emulated, why_not) < 0)
		return -1;
	if (emulated && error_is_set(&why_not_kvm))
		error_set(why_not, "emulated because KVM does not work: %s", why_not_kvm.text);
	remark_vhost(options, why_not);
	return 0;
}

/* Starts a container: a daemon that answers is not enough, because it cannot start any on hosts
 * that mount control groups of both versions. */
static int probe_lxc(const struct libvirt_options *options, struct error *why_not)
{
	static const char xml[] =
		"<domain type='lxc'><name>tare-probe%d</name><memory unit='MiB'>64</memory>"
		"<os><type>exe</type><init>/bin/true</init></os><on_poweroff>destroy</on_poweroff>"
		"<devices><console type='pty'/></devices></domain>";
	cleanup_free char *uri = prepare_uri(options, NULL, why_not);
	cleanup_free char *text = str_printf(xml, (int)getpid());
	virConnectPtr connection;

	if (!connection_daemon_listens("lxc"))
		return error_set(why_not, "no libvirtd listens here; install "
					  "libvirt-daemon-driver-lxc and libvirt-daemon-system, "
					  "and start libvirtd");
	if (!uri || connection_get(uri, &connection, why_not) < 0)
		return -1;
	virDomainPtr domain = virDomainCreateXML(connection, text, 0);
	if (!domain)
		return connection_error(why_not, "libvirt cannot start a container on this host");
	virDomainDestroy(domain);
	virDomainFree(domain);
	return 0;
}

/* With the options that the user's domain has. */
static int probe_template(const struct libvirt_options *options, struct error *why_not)
{
	if (!options->domain || !options->domain[0])
		return 0;
	cleanup_free char *xml = prepare_template(options, why_not);
	struct libvirt_options *own = xml ? template_options(options, xml, why_not) : NULL;
	int status =
		own && tuning_check(own, 0, why_not) == 0 ? tuning_check_host(own, why_not) : -1;

	options_free(libvirt_rows, own);
	return status;
}

static int libvirt_probe(const void *any, const struct image *image, struct error *why_not)
{
	const struct libvirt_options *options = any;
	const struct hypervisor *hypervisor = hypervisor_of(options);
	virConnectPtr connection;

	if (!image)
		return error_set(why_not, "no image (run tare image to build it)");
	if (options->device && options->device[0] &&
		storage_check(options->device, options->device_overwrite, why_not) < 0)
		return -1;
	if (tuning_check(options, 0, why_not) < 0 || tuning_check_host(options, why_not) < 0 ||
		probe_template(options, why_not) < 0)
		return -1;
	if (domain_is_kvm(hypervisor))
		return probe_kvm(options, image, why_not);
	if (strcmp(hypervisor->type, "xen") == 0 && !file_exists("/sys/hypervisor/type"))
		return error_set(why_not,
			"no Xen: /sys/hypervisor/type does not exist; boot this host into Xen "
			"(package xen-system-amd64)");
	if (strcmp(hypervisor->type, "lxc") == 0)
		return probe_lxc(options, why_not);
	cleanup_free char *uri = prepare_uri(options, NULL, why_not);
	return uri ? connection_get(uri, &connection, why_not) : -1;
}

static int libvirt_check(const void *options, unsigned cpus, struct error *e)
{
	return tuning_check(options, cpus, e);
}

/* QEMU's state holds nothing of what is shared or of the host's devices, whose accesses it does not
 * see. */
static unsigned libvirt_option_caps(const void *any)
{
	const struct libvirt_options *options = any;

	if (options->hostdev && options->hostdev[0])
		return 0;
	return CAP_STORAGE_COUNTERS | (options->share == SHARE_NONE ? CAP_SAVE | CAP_MIGRATE : 0);
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

static int clean_id(const char *id, const struct cleaning *cleaning, struct error *e)
{
	size_t given_back;
	cleanup_free char *prefix = str_printf("tare-%s-", id);
	cleanup_free char *word = str_printf("guest=%s", prefix);

	if (connection_daemon_listens("qemu"))
		clean_daemon("qemu:///system", prefix, cleaning);
	if (connection_daemon_listens("lxc"))
		clean_daemon("lxc:///system", prefix, cleaning);
	if (connection_daemon_listens("xen") && file_exists("/sys/hypervisor/type"))
		clean_daemon("xen:///system", prefix, cleaning);
	connection_close_embedded();
	size_t restored = host_settings_restore(id);
	cleanup_free char *settings = str_printf("%zu settings of the host, restored", restored);
	if (restored > 0)
		cleaning->report(cleaning->context, settings);
	size_t detached = storage_clean(id);
	cleanup_free char *devices =
		str_printf("%zu loop devices and partitions of campaign %s", detached, id);
	if (detached > 0)
		cleaning->report(cleaning->context, devices);
	size_t unmounted = container_roots_clean(prefix);
	cleanup_free char *roots = str_printf("%zu overlays (%s*)", unmounted, prefix);
	if (unmounted > 0)
		cleaning->report(cleaning->context, roots);
	size_t killed = program_kill(program_has_word, word);
	cleanup_free char *line = str_printf("%zu guests (QEMU processes %s*)", killed, prefix);
	if (killed > 0)
		cleaning->report(cleaning->context, line);
	size_t daemons = virtiofsd_kill(id);
	cleanup_free char *shares = str_printf("%zu virtiofsd processes", daemons);
	if (daemons > 0)
		cleaning->report(cleaning->context, shares);
	int status = pass_through_clean(id, &given_back, e);
	cleanup_free char *pci = str_printf("%zu PCI devices, given back", given_back);
	if (given_back > 0)
		cleaning->report(cleaning->context, pci);
	return status;
}

static int libvirt_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	struct cleaning cleaning = {report, context};

	int status = 0;
	char **ids = own_ids_to_clean(campaign_id);
	for (char **id = ids; *id; id++)
		status |= clean_id(*id, &cleaning, e);
	own_ids_free(ids);
	return status;
}

const struct driver driver_libvirt = {
	.name = "libvirt",
	.summary = "a guest of KVM or Xen through libvirt",
	.options = libvirt_rows,
	.options_size = sizeof(struct libvirt_options),
	.caps = CAP_GUESTS | CAP_OWN_NETWORK | CAP_NEEDS_IMAGE | CAP_NEEDS_NETWORK,
	.option_caps = libvirt_option_caps,
	.check = libvirt_check,
	.probe = libvirt_probe,
	.start = libvirt_start,
	.stop = libvirt_stop,
	.save = libvirt_save,
	.restore = libvirt_restore,
	.receive = libvirt_receive,
	.migrate = libvirt_migrate,
	.arrive = libvirt_arrive,
	.storage_counters = libvirt_counters,
	.clean = libvirt_clean,
};

/* The same for containers. */
const struct driver driver_lxc = {
	.name = "libvirt-lxc",
	.summary = "a container through libvirt's LXC driver",
	.options = lxc_rows,
	.options_size = sizeof(struct libvirt_options),
	.caps = CAP_GUESTS | CAP_SHARES_KERNEL | CAP_OWN_NETWORK | CAP_NEEDS_IMAGE |
		CAP_NEEDS_NETWORK,
	.probe = libvirt_probe,
	.start = libvirt_start,
	.stop = libvirt_stop,
	.clean = NULL, /* driver_libvirt's does it */
};
