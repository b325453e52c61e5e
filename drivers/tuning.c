/* The table of the options that set something in a domain's XML, and what they write. */
#include "drivers/tuning.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/tuning_look.h"

/* --- writers --------------------------------------------------------------------------------- */

static void write_features(struct text *xml, const struct domain *domain, const char *value)
{
	char name[64], sign;

	(void)domain;
	while ((sign = tuning_next_feature(&value, name)) == '+' || sign == '-') {
		text_addf(xml, "    <feature policy='%s' name='",
			sign == '+' ? "require" : "disable");
		text_add_xml(xml, name);
		text_add(xml, "'/>\n");
	}
}

static void write_nested(struct text *xml, const struct domain *domain, const char *value)
{
	text_addf(xml, "    <feature policy='%s' name='%s'/>\n",
		strcmp(value, "on") == 0 ? "require" : "disable", domain->nested_feature);
}

static void write_topology(struct text *xml, const struct domain *domain, const char *value)
{
	unsigned parts[3];

	(void)domain;
	if (tuning_parse_topology(value, parts))
		text_addf(xml, "    <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n",
			parts[0], parts[1], parts[2]);
}

/* CPUs and memory of the cells differ by one CPU and by 1 MiB at most. */
static void write_numa(struct text *xml, const struct domain *domain, const char *value)
{
	const struct number_list *nodes = &domain->options->numa;
	uint64_t mib = domain->memory_bytes >> 20;
	unsigned cpu = 0;

	(void)value;
	text_add(xml, "    <numa>\n");
	for (size_t i = 0; i < nodes->count; i++) {
		unsigned next = (unsigned)((i + 1) * domain->cpus / nodes->count);
		uint64_t more = (i + 1) * mib / nodes->count - i * mib / nodes->count;
		text_addf(xml, "      <cell id='%zu' cpus='%u-%u' memory='%llu' unit='MiB'/>\n", i,
			cpu, next - 1, (unsigned long long)more);
		cpu = next;
	}
	text_add(xml, "    </numa>\n");
}

static void write_hugepages(struct text *xml, const struct domain *domain, const char *value)
{
	(void)value;
	text_addf(xml, "    <hugepages>\n      <page size='%lld' unit='KiB'/>\n    </hugepages>\n",
		(long long)(domain->options->hugepages / 1024));
}

static void write_ksm(struct text *xml, const struct domain *domain, const char *value)
{
	(void)domain;
	if (strcmp(value, "off") == 0)
		text_add(xml, "    <nosharepages/>\n");
}

static void write_mitigations(struct text *xml, const struct domain *domain, const char *value)
{
	(void)domain;
	text_addf(xml, " mitigations=%s", strcmp(value, "nosmt") == 0 ? "auto,nosmt" : value);
}

static void write_share(struct text *xml, const struct domain *domain, const char *value)
{
	(void)domain;
	if (strcmp(value, "virtiofs") == 0)
		text_add(xml, "    <source type='memfd'/>\n    <access mode='shared'/>\n");
}

static void write_vhost(struct text *xml, const struct domain *domain, const char *value)
{
	(void)domain;
	text_addf(xml, " name='%s'", strcmp(value, "on") == 0 ? "vhost" : "qemu");
}

/* --- the table ------------------------------------------------------------------------------- */

#define DISK "/domain/devices/disk[target/@dev=$disk]"
#define NIC "/domain/devices/interface[mac/@address=$nic]"

const struct tuning_row tuning_rows[] = {
	{.option = "emulator", .takers = TAKER_KVM, .path = "/domain/devices/emulator"},
	{.option = "machine", .takers = TAKER_ALL, .path = "/domain/os/type/@machine"},
	{.option = "firmware", .takers = TAKER_KVM, .look = tuning_look_firmware},
	{.option = "kernel", .takers = TAKER_ALL, .path = "/domain/os/kernel"},
	{.option = "initrd", .takers = TAKER_ALL, .path = "/domain/os/initrd"},
	{.option = "cmdline", .takers = TAKER_ALL, .look = tuning_look_cmdline},
	{.option = "mitigations",
		.place = TUNING_CMDLINE,
		.takers = TAKER_ALL,
		.write = write_mitigations,
		.look = tuning_look_mitigations},
	{.option = "features",
		.place = TUNING_CPU,
		.takers = TAKER_KVM,
		.write = write_features,
		.look = tuning_look_features},
	{.option = "nested",
		.place = TUNING_CPU,
		.takers = TAKER_KVM,
		.write = write_nested,
		.look = tuning_look_nested},
	{.option = "topology",
		.place = TUNING_CPU,
		.takers = TAKER_KVM,
		.write = write_topology,
		/* All of it, or nothing where there is no such element. */
		.path = "substring(concat(/domain/cpu/topology/@sockets, 'x', "
			"/domain/cpu/topology/@cores, 'x', /domain/cpu/topology/@threads), 1, "
			"99 * count(/domain/cpu/topology))"},
	{.option = "numa",
		.place = TUNING_CPU,
		.takers = TAKER_KVM,
		.write = write_numa,
		.look = tuning_look_numa},
	{.option = "hugepages",
		.place = TUNING_BACKING,
		.takers = TAKER_KVM,
		.write = write_hugepages,
		.look = tuning_look_hugepages},
	{.option = "lock_memory",
		.place = TUNING_BACKING,
		.takers = TAKER_KVM,
		.xml = "    <locked/>\n",
		.look = tuning_look_locked},
	{.option = "ksm",
		.place = TUNING_BACKING,
		.takers = TAKER_KVM,
		.write = write_ksm,
		.look = tuning_look_ksm},
	{.option = "thp", .takers = TAKER_KVM, .look = tuning_look_thp},
	{.option = "balloon", .takers = TAKER_KVM, .path = "/domain/devices/memballoon/@model"},
	{.option = "halt_poll_ns", .takers = TAKER_KVM, .look = tuning_look_halt_poll},
	{.option = "disk_model", .takers = TAKER_KVM, .look = tuning_look_disk_model},
	{.option = "cache", .takers = TAKER_KVM, .look = tuning_look_cache},
	{.option = "io", .takers = TAKER_KVM, .look = tuning_look_io},
	{.option = "iothreads",
		.place = TUNING_DOMAIN,
		.takers = TAKER_KVM,
		.xml = "  <iothreads>%s</iothreads>\n",
		.look = tuning_look_iothreads},
	{.option = "disk_queues", .takers = TAKER_KVM, .look = tuning_look_disk_queues},
	{.option = "discard",
		.place = TUNING_DISK,
		.takers = TAKER_KVM,
		.xml = " discard='%s'",
		.path = DISK "/driver/@discard"},
	{.option = "net_model", .takers = TAKER_KVM, .path = NIC "/model/@type"},
	{.option = "vhost",
		.place = TUNING_NIC,
		.takers = TAKER_KVM,
		.write = write_vhost,
		.look = tuning_look_vhost},
	{.option = "net_queues",
		.place = TUNING_NIC,
		.takers = TAKER_KVM,
		.xml = " queues='%s'",
		.look = tuning_look_net_queues},
	{.option = "packed",
		.place = TUNING_NIC,
		.takers = TAKER_KVM,
		.xml = " packed='on'",
		.look = tuning_look_packed},
	{.option = "share",
		.place = TUNING_BACKING,
		.takers = TAKER_KVM,
		.write = write_share,
		.look = tuning_look_share},
	{.option = "share_cache", .takers = TAKER_KVM, .look = tuning_look_share_cache},
	{.option = "share_msize", .takers = TAKER_KVM, .look = tuning_look_share_msize},
	{.option = "hostdev", .takers = TAKER_KVM | TAKER_XEN_PV, .look = tuning_look_hostdev},
	{.option = "domain", .takers = TAKER_KVM},
	{.option = "xslt", .takers = TAKER_ALL},
	{0},
};

/* --- writing --------------------------------------------------------------------------------- */

static bool is_written(
	const struct tuning_row *row, enum tuning_place place, const struct domain *domain)
{
	const struct option_row *option = option_find(libvirt_rows, row->option);

	return row->place == place && (row->takers & tuning_taker(domain->hypervisor)) &&
	       libvirt_option_is_set(domain->options, option);
}

/* The value in place of the format's "%s", if it has one. */
static void add_format(struct text *xml, const char *format, const char *value)
{
	const char *mark = strstr(format, "%s");

	text_add_bytes(xml, format, mark ? (size_t)(mark - format) : strlen(format));
	if (!mark)
		return;
	text_add_xml(xml, value);
	text_add(xml, mark + strlen("%s"));
}

void tuning_write(struct text *xml, enum tuning_place place, const struct domain *domain)
{
	for (const struct tuning_row *row = tuning_rows; domain->options && row->option; row++) {
		if (!is_written(row, place, domain))
			continue;
		cleanup_free char *value =
			option_text(option_find(libvirt_rows, row->option), domain->options);
		if (row->write)
			row->write(xml, domain, value);
		else
			add_format(xml, row->xml, value);
	}
}

bool tuning_writes(enum tuning_place place, const struct domain *domain)
{
	cleanup_text struct text text = {0};

	tuning_write(&text, place, domain);
	return text.count > 0;
}
