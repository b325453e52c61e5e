/* Applies the user's stylesheet and holds the result against what tare needs of a guest. */
#include "drivers/domain_change.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/stylesheet.h"
#include "drivers/template.h"
#include "drivers/xml.h"

struct domain domain_example(const struct libvirt_options *options, unsigned cpus)
{
	const struct hypervisor *hypervisor = hypervisor_of(options);
	bool is_kvm = domain_is_kvm(hypervisor);

	return (struct domain){
		.hypervisor = hypervisor,
		.devices = device_model_of(options),
		.options = options,
		.machine = options->machine,
		.cpu = is_kvm ? "host-passthrough" : NULL,
		.nested_feature = "svm",
		.emulator = is_kvm ? "/usr/bin/qemu-system-x86_64" : NULL,
		.name = "tare-example",
		.hostname = "example",
		.kernel = "/kernel",
		.kernel_bzimage = "/kernel",
		.initrd = "/initrd",
		.initrd_packed = "/initrd",
		.extra_cmdline = options->cmdline,
		.root_disk = "/root.img",
		.root_format = "raw",
		.scratch_disk = "/scratch.raw",
		.scratch_format = "raw",
		.scratch_direct = true,
		.share_dir = "/share",
		.cpus = cpus ? cpus : 1,
		.memory_bytes = 512 << 20,
		.memory_node = -1,
		.bridge = "br0",
		.mac = "52:54:00:00:00:02",
		.console_log = "/console.log",
		.channel_socket = "/channel.sock",
	};
}

/* What a changed domain must still have: expressions that are true, and what they say. */
static const struct part {
	const char *path, *what;
	bool needs_socket; /* only where the channel is a socket */
} parts[] = {
	{"string(/domain/name = $name)", "the guest's name", false},
	{"string(boolean(/domain/devices/channel[source/@path = $socket] | "
	 "/domain/devices/serial[source/@path = $socket]))",
		"the control channel, by which tare reaches the guest", true},
	{"string(boolean(/domain/devices/channel[target/@type = 'xen']) or $socket != '')",
		"the control channel, by which tare reaches the guest", false},
	{"string(boolean(/domain/devices/disk[source/@file = $root or source/@dev = $root]))",
		"the root disk with the image", false},
};

static int check_parts(const struct domain *domain, const char *xml, struct error *e)
{
	enum domain_channel channel = domain_channel(domain->hypervisor, domain->devices);
	bool is_socket = channel == CHANNEL_VIRTIO || channel == CHANNEL_SERIAL;
	const char *path = domain->options->xslt;
	xmlXPathContextPtr context = xml_context_new(xml_parse(xml, "the result", NULL));
	int status = 0;

	if (!context)
		return error_set(e,
			"%s: the result is no XML: the sheet has to copy what it does not change, "
			"and its output method has to be xml",
			path);
	xml_set_variable(context, "name", domain->name);
	xml_set_variable(context, "socket", is_socket ? domain->channel_socket : "");
	xml_set_variable(context, "root", domain->root_disk);
	for (size_t i = 0; status == 0 && i < ARRAY_COUNT(parts); i++) {
		cleanup_free char *holds = xml_text(context, parts[i].path);
		if ((parts[i].needs_socket && !is_socket) || (holds && strcmp(holds, "true") == 0))
			continue;
		status = error_set(e, "%s: the result lacks %s", path, parts[i].what);
	}
	xml_context_free(context);
	return status;
}

int domain_check_size(const struct domain *domain, const char *xml, struct error *e)
{
	xmlXPathContextPtr context = xml_context_new(xml_parse(xml, "the result", e));
	cleanup_free char *own_cpus = str_printf("%u", domain->cpus);

	if (!context)
		return -1;
	cleanup_free char *cpus = xml_text(context, "normalize-space(/domain/vcpu)");
	xml_context_free(context);
	if (cpus && strcmp(cpus, own_cpus) == 0)
		return 0;
	return error_set(e,
		"%s: the result has %s CPUs and not %s: the campaign's resources say how many",
		domain->options->xslt, cpus && cpus[0] ? cpus : "no", own_cpus);
}

char *domain_changed_xml(const struct domain *domain, struct error *e)
{
	const char *path = domain->options ? domain->options->xslt : NULL;
	cleanup_free char *own = domain_xml(domain);
	cleanup_free char *xml = domain->template_xml
					 ? template_graft(own, domain, domain->template_xml, e)
					 : take_ptr(own);

	if (!xml)
		return NULL;
	if (!path || !path[0])
		return take_ptr(xml);
	cleanup_free char *changed = stylesheet_apply(path, xml, e);
	if (!changed || check_parts(domain, changed, e) < 0)
		return NULL;
	return take_ptr(changed);
}
