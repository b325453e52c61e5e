/* Takes over what a user's domain has, by a table of its parts. */
#include "drivers/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/xml.h"

enum { DOMAIN_LIMIT = 4 << 20 };

#define DISK "/domain/devices/disk[not(@device) or @device='disk'][1]"
#define NIC "/domain/devices/interface[1]"

/* A word of libvirt and the option's word for it. */
struct word {
	const char *libvirts, *options;
};

static const struct word disk_words[] = {{"virtio", "virtio-blk"}, {"scsi", "virtio-scsi"},
	{"sata", "sata"}, {"ide", "ide"}, {NULL, NULL}};
static const struct word vhost_words[] = {{"vhost", "on"}, {"qemu", "off"}, {NULL, NULL}};
static const struct word on_words[] = {{"on", "true"}, {"1", "true"}, {NULL, NULL}};
static const struct word one_off_words[] = {{"1", "off"}, {NULL, NULL}};
static const struct word thread_words[] = {{"1", "1"}, {NULL, "2"}};

/* What is taken over as an option. */
static const struct part {
	const char *name, *path; /* path: XPath of its value */
	const char *option;
	const struct word *words; /* NULL: libvirt's word is the option's, too */
} parts[] = {
	{"emulator", "string(/domain/devices/emulator)", "emulator", NULL},
	{"machine type", "string(/domain/os/type/@machine)", "machine", NULL},
	{"huge pages",
		"concat(/domain/memoryBacking/hugepages/page/@size, "
		"substring(/domain/memoryBacking/hugepages/page/@unit, 1, 1))",
		"hugepages", NULL},
	{"locked memory", "string(count(/domain/memoryBacking/locked))", "lock_memory", on_words},
	{"pages not shared", "string(count(/domain/memoryBacking/nosharepages))", "ksm",
		one_off_words},
	{"I/O threads", "string(/domain/iothreads)", "iothreads", thread_words},
	{"disk's bus", "string(" DISK "/target/@bus)", "disk_model", disk_words},
	{"disk's cache", "string(" DISK "/driver/@cache)", "cache", NULL},
	{"disk's I/O", "string(" DISK "/driver/@io)", "io", NULL},
	{"disk's discard", "string(" DISK "/driver/@discard)", "discard", NULL},
	{"disk's queues", "string(" DISK "/driver/@queues)", "disk_queues", NULL},
	{"network card", "string(" NIC "/model/@type)", "net_model", NULL},
	{"card's driver", "string(" NIC "/driver/@name)", "vhost", vhost_words},
	{"card's queues", "string(" NIC "/driver/@queues)", "net_queues", NULL},
	{"packed rings", "string(" NIC "/driver/@packed)", "packed", on_words},
	{"balloon", "string(/domain/devices/memballoon/@model)", "balloon", NULL},
};

/* Elements that are taken over as they are, unless one of the options is set. */
static const struct graft {
	const char *element;
	const char *options[6]; /* ends at NULL */
	bool needs_kvm; /* QEMU's emulated CPU has none of the host's */
} grafts[] = {
	{"cpu", {"cpu", "features", "topology", "numa", "nested", NULL}, true},
	{"clock", {NULL}, false},
	{"features", {NULL}, false},
	{"numatune", {"memory_node", "numa", NULL}, false},
};

/* What is not taken over, and why. */
static const struct {
	const char *element, *why;
} replaced[] = {
	{"name", "tare's own"},
	{"uuid", "tare's own"},
	{"memory", "the campaign's resources"},
	{"currentMemory", "the campaign's resources"},
	{"vcpu", "the campaign's resources"},
	{"cputune", "pinned to the site's CPUs"},
	{"os", "boots the image's kernel; the machine type is taken over"},
	{"memoryBacking", "taken over as options, as far as there are any"},
	{"iothreads", "taken over as an option"},
	{"on_poweroff", "tare's own"},
	{"on_reboot", "tare's own"},
	{"on_crash", "tare's own"},
	{"disk", "tare's own: image and scratch disk, with the first disk's driver"},
	{"interface", "tare's own, with the first one's model and driver"},
	{"emulator", "taken over as an option"},
	{"memballoon", "taken over as an option"},
	{"serial", "tare's own"},
	{"console", "tare's own"},
	{"channel", "tare's own"},
};

char *template_read(const char *uri, const char *name, struct error *e)
{
	virConnectPtr connection;
	char *text = NULL;
	size_t count;

	if (name[0] == '/')
		return file_read(name, DOMAIN_LIMIT, &text, &count, e) < 0 ? NULL : text;
	if (connection_get(uri, &connection, e) < 0)
		return NULL;
	virDomainPtr domain = virDomainLookupByName(connection, name);
	text = domain ? virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE) : NULL;
	if (!text)
		connection_error(e, name);
	if (domain)
		virDomainFree(domain);
	return text;
}

static xmlXPathContextPtr open_xml(const char *xml, struct error *e)
{
	xmlXPathContextPtr context = xml_context_new(xml_parse(xml, "the domain", e));
	cleanup_free char *root = context ? xml_text(context, "name(/*)") : NULL;

	if (!context || strcmp(root, "domain") == 0)
		return context;
	xml_context_free(context);
	error_set(e, "expected a <domain>, not <%s>", root);
	return NULL;
}

/* The part's value as its option would have it; NULL where the domain has none, or one that the
 * option does not know. Caller frees. */
static char *part_value(xmlXPathContextPtr context, const struct part *part)
{
	cleanup_free char *found = xml_text(context, part->path);
	const struct word *word = part->words;

	if (!found || !found[0] || strcmp(found, "0") == 0)
		return NULL;
	while (word && word->libvirts && strcmp(word->libvirts, found) != 0)
		word++;
	return str_dup(word ? word->options : found);
}

struct libvirt_options *template_options(
	const struct libvirt_options *options, const char *xml, struct error *e)
{
	struct libvirt_options *copy = options_new(libvirt_rows, sizeof(*copy));
	xmlXPathContextPtr context = open_xml(xml, e);

	if (!context) {
		options_free(libvirt_rows, copy);
		return NULL;
	}
	for (const struct option_row *row = libvirt_rows; row->name; row++) {
		cleanup_free char *text = option_text(row, options);
		if (text[0])
			option_set(row, copy, text, NULL);
	}
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		const struct option_row *row = option_find(libvirt_rows, parts[i].option);
		cleanup_free char *value = part_value(context, &parts[i]);
		/* What the option does not know stays tare's, and template_list says so. */
		if (value && !libvirt_option_is_set(options, row))
			option_set(row, copy, value, NULL);
	}
	xml_context_free(context);
	return copy;
}

/* --- elements --------------------------------------------------------------------------------- */

static xmlNodePtr child_named(xmlDocPtr document, const char *name)
{
	xmlNodePtr node = xmlFirstElementChild(xmlDocGetRootElement(document));

	while (node && strcmp((const char *)node->name, name) != 0)
		node = xmlNextElementSibling(node);
	return node;
}

static bool is_wanted(const struct graft *graft, const struct domain *domain)
{
	if (graft->needs_kvm && domain->type && strcmp(domain->type, "qemu") == 0)
		return false;
	for (size_t i = 0; graft->options[i]; i++) {
		if (libvirt_option_is_set(
			    domain->options, option_find(libvirt_rows, graft->options[i])))
			return false;
	}
	return true;
}

/* The element of the template in place of the guest's, or beside what it has. */
static void graft_element(xmlDocPtr guest, xmlDocPtr template, const char *name)
{
	xmlNodePtr from = child_named(template, name), old = child_named(guest, name);
	xmlNodePtr copy = from ? xmlDocCopyNode(from, guest, 1) : NULL;

	if (!copy)
		return;
	if (old) {
		xmlReplaceNode(old, copy);
		xmlFreeNode(old);
	} else {
		xmlAddPrevSibling(child_named(guest, "devices"), copy);
	}
}

char *template_graft(
	const char *guest_xml, const struct domain *domain, const char *xml, struct error *e)
{
	xmlDocPtr guest = xml_parse(guest_xml, "the guest", e);
	xmlDocPtr template = guest ? xml_parse(xml, "the domain", e) : NULL;
	xmlChar *bytes = NULL;
	int count = 0;

	for (size_t i = 0; template && i < ARRAY_COUNT(grafts); i++) {
		if (is_wanted(&grafts[i], domain))
			graft_element(guest, template, grafts[i].element);
	}
	if (template)
		xmlDocDumpMemory(guest, &bytes, &count);
	char *text = str_dup((const char *)bytes);
	xmlFree(bytes);
	xmlFreeDoc(template);
	xmlFreeDoc(guest);
	return text;
}

/* --- the list --------------------------------------------------------------------------------- */

struct listing {
	void (*report)(void *context, const char *part, const char *value, const char *becomes);
	void *context;
};

static void list_part(
	const struct listing *listing, xmlXPathContextPtr context, const struct part *part)
{
	struct libvirt_options *scratch = options_new(libvirt_rows, sizeof(*scratch));
	cleanup_free char *found = xml_text(context, part->path);
	cleanup_free char *value = part_value(context, part);
	const struct option_row *row = option_find(libvirt_rows, part->option);
	bool known = value && option_set(row, scratch, value, NULL) == 0;
	cleanup_free char *becomes =
		known ? str_printf("option %s: %s", part->option, value)
		      : str_printf("not taken over: no value of the option %s", part->option);

	if (found && found[0] && strcmp(found, "0") != 0)
		listing->report(listing->context, part->name, found, becomes);
	options_free(libvirt_rows, scratch);
}

static const char *fate_of(const char *element)
{
	for (size_t i = 0; i < ARRAY_COUNT(grafts); i++) {
		if (strcmp(grafts[i].element, element) == 0)
			return grafts[i].needs_kvm ? "taken over as it is, under KVM"
						   : "taken over as it is";
	}
	for (size_t i = 0; i < ARRAY_COUNT(replaced); i++) {
		if (strcmp(replaced[i].element, element) == 0)
			return replaced[i].why;
	}
	return "not taken over";
}

/* Each kind of element once. */
static void list_children(const struct listing *listing, xmlNodePtr parent)
{
	for (xmlNodePtr node = xmlFirstElementChild(parent); node;
		node = xmlNextElementSibling(node)) {
		const char *name = (const char *)node->name;
		xmlNodePtr earlier = xmlFirstElementChild(parent);
		while (earlier != node && strcmp((const char *)earlier->name, name) != 0)
			earlier = xmlNextElementSibling(earlier);
		if (earlier != node)
			continue;
		cleanup_free char *part = str_printf("<%s>", name);
		if (strcmp(name, "devices") == 0)
			list_children(listing, node);
		else
			listing->report(listing->context, part, "", fate_of(name));
	}
}

int template_list(const char *xml,
	void (*report)(void *context, const char *part, const char *value, const char *becomes),
	void *context, struct error *e)
{
	const struct listing listing = {report, context};
	xmlXPathContextPtr open = open_xml(xml, e);

	if (!open)
		return -1;
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		list_part(&listing, open, &parts[i]);
	list_children(&listing, xmlDocGetRootElement(open->doc));
	xml_context_free(open);
	return 0;
}
