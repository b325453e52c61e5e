/* The part of a domain's XML that is about storage. */
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/domain_private.h"
#include "drivers/tuning.h"

/* --- the scratch disk's driver -------------------------------------------------------------- */

const char *domain_choice(const char *option, int value)
{
	return value ? option_find(libvirt_rows, option)->choices[value] : NULL;
}

const char *domain_disk_cache(const struct domain *domain)
{
	const char *asked = domain->options ? domain_choice("cache", domain->options->cache) : NULL;

	return asked ? asked : domain->scratch_direct ? "none" : NULL;
}

const char *domain_disk_io(const struct domain *domain)
{
	const char *asked = domain->options ? domain_choice("io", domain->options->io) : NULL;
	const char *cache = domain_disk_cache(domain);
	bool direct = cache && (strcmp(cache, "none") == 0 || strcmp(cache, "directsync") == 0);

	return asked ? asked : direct ? "native" : NULL;
}

/* The I/O thread of a disk: the scratch disk has the first. 0: the main thread. */
static int thread_of(const struct domain *domain, int number)
{
	int64_t count = domain->options ? domain->options->iothreads : 0;

	return number == 1 ? count > 0 : count > 1 ? 2 : 0;
}

/* Queues, ring and thread, as attributes of the driver of a disk or of its controller. */
static void add_virtio_words(struct text *xml, const struct domain *domain, int number)
{
	const struct libvirt_options *options = domain->options;
	int thread = thread_of(domain, number);

	if (number == 1 && options && options->disk_queues > 0)
		text_addf(xml, " queues='%lld'", (long long)options->disk_queues);
	if (thread > 0)
		text_addf(xml, " iothread='%d'", thread);
	if (number == 1 && options && options->packed)
		text_add(xml, " packed='on'");
}

/* Only QEMU takes these attributes. */
static void add_scratch_words(struct text *xml, const struct domain *domain, const char *bus)
{
	const char *cache = domain_disk_cache(domain), *io = domain_disk_io(domain);

	if (cache)
		text_addf(xml, " cache='%s'", cache);
	if (io)
		text_addf(xml, " io='%s'", io);
	tuning_write(xml, TUNING_DISK, domain);
	if (strcmp(bus, "virtio") == 0)
		add_virtio_words(xml, domain, 1);
}

/* --- disks ----------------------------------------------------------------------------------- */

struct disk {
	const char *path, *format, *bus;
	int number; /* 0 is the root */
	bool read_only, is_device;
};

/* Without a driver's name Xen uses its own block back end, which supports raw files only; QEMU's
 * does not open read-only files for PV guests. */
static void add_disk(struct text *xml, const struct domain *domain, const struct disk *disk)
{
	const char *driver = domain->hypervisor->disk_driver;
	cleanup_free char *name = domain_disk_name(domain, disk->number);

	if (!driver && strcmp(disk->format, "raw") != 0)
		driver = "qemu";
	text_addf(xml, "    <disk type='%s' device='disk'>\n      <driver",
		disk->is_device ? "block" : "file");
	if (driver)
		text_addf(xml, " name='%s'", driver);
	text_addf(xml, " type='%s'", disk->format);
	if (domain_is_qemu(domain) && disk->number == 1)
		add_scratch_words(xml, domain, disk->bus);
	else if (domain_is_qemu(domain) && strcmp(disk->bus, "virtio") == 0)
		add_virtio_words(xml, domain, disk->number);
	text_add(xml, "/>\n");
	domain_add_quoted(xml, disk->is_device ? "      <source dev='" : "      <source file='",
		disk->path, "'/>\n");
	text_addf(xml, "      <target dev='%s' bus='%s'/>\n", name, disk->bus);
	if (disk->read_only)
		text_add(xml, "      <readonly/>\n      <shareable/>\n");
	if (strcmp(disk->bus, "virtio") == 0)
		domain_add_slot(xml, domain, SLOT_DISK + disk->number);
	text_add(xml, "    </disk>\n");
}

/* What a scratch disk on virtio-scsi is attached to. */
static void add_scsi_controller(struct text *xml, const struct domain *domain)
{
	cleanup_text struct text words = {0};

	add_virtio_words(&words, domain, 1);
	text_add(xml, "    <controller type='scsi' index='0' model='virtio-scsi'>\n");
	if (words.count > 0)
		text_addf(xml, "      <driver%s/>\n", words.bytes);
	domain_add_slot(xml, domain, SLOT_DISK + 1);
	text_add(xml, "    </controller>\n");
}

static void add_scratch(struct text *xml, const struct domain *domain)
{
	const struct disk_model_row *model = domain_disk_model(domain);

	if (model && !model->bus)
		return;
	add_disk(xml, domain,
		&(struct disk){.path = domain->scratch_disk,
			.format = domain->scratch_format,
			.bus = model ? model->bus : domain->devices->bus,
			.number = 1,
			.is_device = domain->scratch_device});
	if (model && strcmp(model->bus, "scsi") == 0)
		add_scsi_controller(xml, domain);
}

static void add_directory(struct text *xml, const char *source, const char *target)
{
	domain_add_quoted(
		xml, "    <filesystem type='mount'>\n      <source dir='", source, "'/>\n");
	text_addf(xml, "      <target dir='%s'/>\n    </filesystem>\n", target);
}

/* With as much shared memory as other machines have. */
static void add_directories(struct text *xml, const struct domain *domain)
{
	add_directory(xml, domain->root_dir, "/");
	if (domain->scratch_dir)
		add_directory(xml, domain->scratch_dir, "/scratch");
	text_addf(xml,
		"    <filesystem type='ram'>\n      <source usage='%llu' units='KiB'/>\n"
		"      <target dir='/dev/shm'/>\n    </filesystem>\n",
		(unsigned long long)(domain->memory_bytes / 2048));
}

void domain_add_disks(struct text *xml, const struct domain *domain)
{
	if (domain_is_container(domain)) {
		add_directories(xml, domain);
		return;
	}
	add_disk(xml, domain,
		&(struct disk){.path = domain->root_disk,
			.format = domain->root_format,
			.bus = domain->devices->bus,
			.read_only = !domain->devices->writable_root});
	if (domain->scratch_disk)
		add_scratch(xml, domain);
}
