/* Looks at a running guest: whether its options took effect. What was asked for proves nothing. */
#include "drivers/tuning_look.h"

#include <dirent.h>
#include <libvirt/libvirt-qemu.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/units.h"
#include "drivers/connection.h"
#include "drivers/domain_private.h"
#include "drivers/host_setting.h"
#include "drivers/local.h"
#include "drivers/xml.h"

/* --- QEMU's monitor and the domain's XML ------------------------------------------------------ */

/* What the command returns; NULL where it fails. The caller's. */
static json_t *ask(
	const struct tuning_view *view, const char *command, const char *path, const char *property)
{
	json_t *request = json_pack("{s:s}", "execute", command);
	char *reply = NULL;

	if (path)
		json_object_set_new(request, "arguments",
			json_pack("{s:s, s:s}", "path", path, "property", property));
	cleanup_free char *text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (virDomainQemuMonitorCommand(view->running, text, &reply, 0) < 0)
		return NULL;
	json_t *whole = json_loads(reply, 0, NULL);
	json_t *result = json_incref(json_object_get(whole, "return"));
	json_decref(whole);
	free(reply);
	return result;
}

/* A property of the device that libvirt's XML names at this path. */
static json_t *device_property(
	const struct tuning_view *view, const char *path, const char *property)
{
	cleanup_free char *alias = xml_text(view->xml, path);
	cleanup_free char *object = str_printf("/machine/peripheral/%s", alias ? alias : "");

	return alias ? ask(view, "qom-get", object, property) : NULL;
}

/* Takes the value: a number or a truth value as text; NULL for none. */
static char *json_word(json_t *value)
{
	char *word = NULL;

	if (json_is_integer(value))
		word = str_printf("%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		word = str_dup(json_is_true(value) ? "true" : "false");
	json_decref(value);
	return word;
}

/* --- QEMU's process --------------------------------------------------------------------------- */

/* How many descriptors of a file with this name it has. */
static unsigned count_open(const struct tuning_view *view, const char *name)
{
	unsigned count = 0;
	cleanup_free char *path = str_printf("/proc/%d/fd", (int)view->pid);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char target[256];
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		count += strcmp(target, name) == 0;
	}
	return count;
}

/* The largest "KEY: NUMBER kB" of a file of its /proc; -1: none. */
static long long largest_kib(const struct tuning_view *view, const char *file, const char *key)
{
	cleanup_free char *path = str_printf("/proc/%d/%s", (int)view->pid, file);
	cleanup_file FILE *lines = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t capacity = 0, length = strlen(key);
	long long largest = -1;

	while (lines && getline(&line, &capacity, lines) > 0) {
		if (strncmp(line, key, length) != 0 || line[length] != ':')
			continue;
		long long value = strtoll(line + length + 1, NULL, 10);
		largest = value > largest ? value : largest;
	}
	return largest;
}

/* --- machine and CPU -------------------------------------------------------------------------- */

char *tuning_look_firmware(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *loader = xml_text(view->xml, "/domain/os/loader");

	(void)asked;
	if (!loader || !loader[0])
		return str_dup("seabios");
	return str_dup(strcmp(loader, DOMAIN_QBOOT) == 0 ? "qboot" : loader);
}

/* Whether the words stand in the running kernel's command line. */
static bool has_words(const struct tuning_view *view, const char *words)
{
	cleanup_free char *line = xml_text(view->xml, "concat(' ', /domain/os/cmdline, ' ')");
	cleanup_free char *whole = str_printf(" %s ", words);

	return line && strstr(line, whole);
}

char *tuning_look_cmdline(const struct tuning_view *view, const char *asked)
{
	return asked[0] && has_words(view, asked) ? str_dup(asked) : NULL;
}

char *tuning_look_mitigations(const struct tuning_view *view, const char *asked)
{
	(void)asked;
	if (has_words(view, "mitigations=auto,nosmt"))
		return str_dup("nosmt");
	return str_dup(has_words(view, "mitigations=off") ? "off" : "auto");
}

/* Whether the first vCPU has the feature; NULL where QEMU does not know it. */
static char *feature(const struct tuning_view *view, const char *name)
{
	json_t *cpus = ask(view, "query-cpus-fast", NULL, NULL);
	const char *path = json_string_value(json_object_get(json_array_get(cpus, 0), "qom-path"));
	char *word = path ? json_word(ask(view, "qom-get", path, name)) : NULL;

	json_decref(cpus);
	return word;
}

/* Each feature asked for with the sign that it has. */
char *tuning_look_features(const struct tuning_view *view, const char *asked)
{
	struct text text = {0};
	char name[64], sign;

	while ((sign = tuning_next_feature(&asked, name)) == '+' || sign == '-') {
		cleanup_free char *has = feature(view, name);
		text_addf(&text, "%s%c%s", text.count ? "," : "",
			has && strcmp(has, "true") == 0 ? '+' : '-', name);
	}
	return text.count ? text_take(&text) : NULL;
}

char *tuning_look_nested(const struct tuning_view *view, const char *asked)
{
	const char *name = view->domain->nested_feature;
	cleanup_free char *has = name ? feature(view, name) : NULL;

	(void)asked;
	return has ? str_dup(strcmp(has, "true") == 0 ? "on" : "off") : NULL;
}

char *tuning_look_numa(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *count = xml_text(view->xml, "string(count(/domain/cpu/numa/cell))");
	struct text text = {0};

	(void)asked;
	for (long i = 0; count && i < strtol(count, NULL, 10); i++) {
		cleanup_free char *path =
			str_printf("/domain/numatune/memnode[@cellid='%ld']/@nodeset", i);
		cleanup_free char *node = xml_text(view->xml, path);
		text_addf(&text, "%s%s", i ? "," : "", node && node[0] ? node : "-1");
	}
	return text.count ? text_take(&text) : NULL;
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Reading the maps takes milliseconds, so only where huge pages were asked for. */
char *tuning_look_hugepages(const struct tuning_view *view, const char *asked)
{
	char buffer[UNIT_TEXT_BYTES];

	if (strcmp(asked, "0") == 0)
		return NULL;
	long long kib = largest_kib(view, "smaps", "KernelPageSize");
	return str_dup(kib > 4 ? size_format(kib * 1024, buffer) : "0");
}

char *tuning_look_locked(const struct tuning_view *view, const char *asked)
{
	long long kib = largest_kib(view, "status", "VmLck");

	(void)asked;
	return str_dup(kib >= (long long)(view->domain->memory_bytes / 1024) ? "true" : "false");
}

/* What the host merges is host-wide; that this guest's pages are left out is its own. */
char *tuning_look_ksm(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *left_out =
		xml_text(view->xml, "string(count(/domain/memoryBacking/nosharepages))");
	cleanup_free char *run = host_setting_read("ksm");

	(void)asked;
	if (left_out && strcmp(left_out, "1") == 0)
		return str_dup("off");
	return run ? str_dup(strcmp(run, "1") == 0 ? "on" : "off") : NULL;
}

char *tuning_look_thp(const struct tuning_view *view, const char *asked)
{
	(void)view;
	(void)asked;
	return host_setting_read("thp");
}

char *tuning_look_halt_poll(const struct tuning_view *view, const char *asked)
{
	(void)asked;
	return strcmp(view->domain->type, "kvm") == 0 ? host_setting_read("halt_poll_ns") : NULL;
}

/* --- disk ------------------------------------------------------------------------------------- */

/* The scratch disk's entry of query-block; NULL if there is none. The caller's. */
static json_t *block_entry(const struct tuning_view *view)
{
	cleanup_free char *alias =
		xml_text(view->xml, "/domain/devices/disk[target/@dev=$disk]/alias/@name");
	const char *name = alias && alias[0] ? alias : DOMAIN_NVME_NODE;
	json_t *entries = ask(view, "query-block", NULL, NULL), *entry, *found = NULL;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		const char *device = json_string_value(json_object_get(entry, "qdev"));
		if (device && strstr(device, name))
			found = json_incref(entry);
	}
	json_decref(entries);
	return found;
}

char *tuning_look_disk_model(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *bus =
		xml_text(view->xml, "/domain/devices/disk[target/@dev=$disk]/target/@bus");
	const char *const *names = option_find(libvirt_rows, "disk_model")->choices;

	(void)asked;
	for (size_t i = DISK_VIRTIO_BLK; bus && i <= DISK_IDE; i++) {
		if (disk_models[i].bus && strcmp(disk_models[i].bus, bus) == 0)
			return str_dup(names[i]);
	}
	json_t *entry = block_entry(view);
	bool is_nvme = entry != NULL;
	json_decref(entry);
	return is_nvme ? str_dup(names[DISK_NVME]) : NULL;
}

char *tuning_look_cache(const struct tuning_view *view, const char *asked)
{
	json_t *entry = block_entry(view);
	json_t *cache = json_object_get(json_object_get(entry, "inserted"), "cache");
	bool direct = json_is_true(json_object_get(cache, "direct"));
	bool back = json_is_true(json_object_get(cache, "writeback"));
	bool no_flush = json_is_true(json_object_get(cache, "no-flush"));
	const char *mode = no_flush ? "unsafe"
			   : direct ? (back ? "none" : "directsync")
				    : (back ? "writeback" : "writethrough");
	char *word = cache ? str_dup(mode) : NULL;

	(void)asked;
	json_decref(entry);
	return word;
}

/* Of the block node on the scratch file in QEMU's command line. */
static char *aio_of(const char *argument, const char *path)
{
	json_t *node = json_loads(argument, 0, NULL);
	json_t *file = json_object_get(node, "filename") ? node : json_object_get(node, "file");
	const char *name = json_string_value(json_object_get(file, "filename"));
	const char *aio = json_string_value(json_object_get(file, "aio"));
	char *word = name && strcmp(name, path) == 0 ? str_dup(aio ? aio : "threads") : NULL;

	json_decref(node);
	return word;
}

/* QEMU's own choice is threads. A ring is not only asked for, it is open. */
char *tuning_look_io(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *path = str_printf("/proc/%d/cmdline", (int)view->pid);
	cleanup_file FILE *words = fopen(path, "re");
	cleanup_free char *word = NULL, *found = NULL;
	size_t capacity = 0;

	(void)asked;
	while (words && !found && view->domain->scratch_disk &&
		getdelim(&word, &capacity, '\0', words) > 0)
		found = word[0] == '{' ? aio_of(word, view->domain->scratch_disk) : NULL;
	if (found && strcmp(found, "io_uring") == 0 &&
		count_open(view, "anon_inode:[io_uring]") == 0)
		return NULL;
	return take_ptr(found);
}

char *tuning_look_iothreads(const struct tuning_view *view, const char *asked)
{
	json_t *threads = ask(view, "query-iothreads", NULL, NULL);
	char *word = threads ? str_printf("%zu", json_array_size(threads)) : NULL;

	(void)asked;
	json_decref(threads);
	return word;
}

/* The queues and the ring of the scratch disk are its own, or its SCSI controller's. */
static json_t *disk_property(
	const struct tuning_view *view, const char *of_disk, const char *of_controller)
{
	cleanup_free char *model = tuning_look_disk_model(view, "");

	if (model && strcmp(model, "virtio-scsi") == 0)
		return device_property(view, "/domain/devices/controller[@type='scsi']/alias/@name",
			of_controller);
	return device_property(
		view, "/domain/devices/disk[target/@dev=$disk]/alias/@name", of_disk);
}

char *tuning_look_disk_queues(const struct tuning_view *view, const char *asked)
{
	(void)asked;
	return json_word(disk_property(view, "num-queues", "num_queues"));
}

/* --- network ---------------------------------------------------------------------------------- */

/* A tap device has a descriptor for each pair of queues. */
char *tuning_look_net_queues(const struct tuning_view *view, const char *asked)
{
	unsigned count = count_open(view, "/dev/net/tun");

	(void)asked;
	return count > 0 ? str_printf("%u", count) : NULL;
}

char *tuning_look_vhost(const struct tuning_view *view, const char *asked)
{
	(void)asked;
	return str_dup(count_open(view, "/dev/vhost-net") > 0 ? "on" : "off");
}

/* Of all virtio devices that have the option. */
char *tuning_look_packed(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *nic = json_word(device_property(
		view, "/domain/devices/interface[mac/@address=$nic]/alias/@name", "packed"));
	cleanup_free char *disk = json_word(disk_property(view, "packed", "packed"));
	bool differs = nic && disk && strcmp(nic, disk) != 0;

	(void)asked;
	return str_dup(differs ? "false" : nic ? nic : disk);
}

/* "10.0.2" of the QEMU that runs, whatever its path says. Caller frees. */
char *tuning_look_version(const struct tuning_view *view)
{
	json_t *reply = ask(view, "query-version", NULL, NULL);
	json_t *version = json_object_get(reply, "qemu");
	char *text = NULL;
	int parts[3];

	if (json_unpack(version, "{s:i, s:i, s:i}", "major", &parts[0], "minor", &parts[1], "micro",
		    &parts[2]) == 0)
		text = str_printf("%d.%d.%d", parts[0], parts[1], parts[2]);
	json_decref(reply);
	return text;
}
