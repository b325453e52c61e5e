/* The part of a domain's XML that is for libvirt's QEMU driver alone. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/domain_private.h"
#include "drivers/tuning.h"

/* --- capabilities ---------------------------------------------------------------------------- */

/* With this capability libvirt asks QEMU for each feature of the guest's CPU by a command of its
 * own, without it for all at once. The names of features that are asked for depend on it, too:
 * where there are such, it stays. */
static bool reads_features_at_once(const struct domain *domain)
{
	return domain->type && strcmp(domain->type, "qemu") == 0 && domain->cpu &&
	       strcmp(domain->cpu, "max") == 0 && !tuning_writes(TUNING_CPU, domain);
}

/* --- the disk that libvirt does not know ----------------------------------------------------- */

static bool needs_commandline(const struct domain *domain)
{
	const struct disk_model_row *model = domain_disk_model(domain);

	return domain->scratch_disk && model && !model->bus;
}

static void add_argument(struct text *xml, const char *value)
{
	domain_add_quoted(xml, "    <qemu:arg value='", value, "'/>\n");
}

/* The JSON of a QEMU block node. A file and a device differ in their driver's name. */
static char *block_node(const struct domain *domain)
{
	const char *cache = domain_disk_cache(domain), *io = domain_disk_io(domain);
	bool is_direct = cache && (strcmp(cache, "none") == 0 || strcmp(cache, "directsync") == 0);
	bool is_unsafe = cache && strcmp(cache, "unsafe") == 0;
	json_t *file = json_pack("{s:s, s:s}", "driver",
		domain->scratch_device ? "host_device" : "file", "filename", domain->scratch_disk);
	json_t *node = json_pack("{s:s, s:s, s:o, s:{s:b, s:b}}", "driver", domain->scratch_format,
		"node-name", DOMAIN_NVME_NODE, "file", file, "cache", "direct", is_direct,
		"no-flush", is_unsafe);

	json_object_set_new(
		file, "cache", json_pack("{s:b, s:b}", "direct", is_direct, "no-flush", is_unsafe));
	if (io)
		json_object_set_new(file, "aio", json_string(io));
	if (domain->options->discard)
		json_object_set_new(file, "discard",
			json_string(domain_choice("discard", domain->options->discard)));
	char *text = json_dumps(node, JSON_COMPACT);
	json_decref(node);
	return text;
}

static void add_commandline(struct text *xml, const struct domain *domain)
{
	const char *cache = domain_disk_cache(domain);
	bool writes_through =
		cache && (strcmp(cache, "writethrough") == 0 || strcmp(cache, "directsync") == 0);

	cleanup_free char *node = block_node(domain);
	cleanup_free char *device =
		str_printf("nvme,id=" DOMAIN_NVME_NODE ",serial=tare,drive=" DOMAIN_NVME_NODE
			   ",addr=0x%d,write-cache=%s",
			SLOT_DISK + 1, writes_through ? "off" : "on");
	text_add(xml, "  <qemu:commandline>\n");
	add_argument(xml, "-blockdev");
	add_argument(xml, node);
	add_argument(xml, "-device");
	add_argument(xml, device);
	text_add(xml, "  </qemu:commandline>\n");
}

/* --- both ------------------------------------------------------------------------------------ */

bool domain_has_qemu_words(const struct domain *domain)
{
	return needs_commandline(domain) || reads_features_at_once(domain);
}

void domain_add_qemu_words(struct text *xml, const struct domain *domain)
{
	if (needs_commandline(domain))
		add_commandline(xml, domain);
	if (reads_features_at_once(domain))
		text_add(xml, "  <qemu:capabilities>\n"
			      "    <qemu:del capability='cpu-unavailable-features'/>\n"
			      "  </qemu:capabilities>\n");
}
