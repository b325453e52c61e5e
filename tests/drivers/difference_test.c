/* In what a guest differs from its target's usual one, as reports show it, for settings of storage
 * and devices: against tests/golden/domains/differences.txt (TARE_UPDATE_GOLDEN=1 writes it anew).
 * Two machines of two campaigns show the same, and no name of theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/difference.h"
#include "drivers/domain_change.h"

#define GOLDEN TARE_SOURCE_DIR "/tests/golden/domains/differences.txt"

/* What the machine has instead of a scratch file of its work directory, where it has. */
static const struct example {
	const char *hypervisor, *settings;
	const char *file, *device; /* in the work directory; of the host */
	bool has_hostdevs;
} examples[] = {
	{"kvm", "cache=writeback", "scratch.raw", NULL, false},
	{"kvm", "cache=directsync io=io_uring", "scratch.raw", NULL, false},
	{"kvm", "iothreads=1", "scratch.raw", NULL, false},
	{"kvm", "disk_model=virtio-scsi", "scratch.raw", NULL, false},
	{"kvm", "disk_model=nvme", "scratch.raw", NULL, false},
	{"kvm", "storage=qcow2", "scratch.qcow2", NULL, false},
	{"kvm", "storage=block-device", NULL, "/dev/loop%u", false},
	{"kvm", "storage=partition", NULL, "/dev/loop%up1", false},
	{"kvm", "storage=partition device=/dev/sdx", NULL, "/dev/sdx1", false},
	{"xen-pv", "storage=qcow2", "scratch.qcow2", NULL, false},
	{"kvm", "hostdev=0000:01:00.0,0000:02:00.0", NULL, NULL, true},
	{"xen-pv", "hostdev=0000:01:00.0,0000:02:00.0", NULL, NULL, true},
};

/* The same for all machines. */
static char image_directory[] = "/cache/0123", kernel[] = "/cache/0123/vmlinux";
static char initrd[] = "/cache/0123/initrd.img", bridge[] = "br0", mac[] = "52:54:00:00:00:02";

static const struct pci_list hostdevs = {{"0000:01:00.0", "0000:02:00.0"}, 2};

/* Sets "OPTION=VALUE OPTION=VALUE …". */
static void set(struct libvirt_options *options, const char *settings)
{
	cleanup_free char *copy = str_dup(settings);
	struct error e = {""};

	for (char *rest = copy, *word; (word = strsep(&rest, " "));) {
		char *value = strchr(word, '=');
		*value++ = '\0';
		if (option_set(option_find(libvirt_rows, word), options, value, &e) < 0)
			fail_msg("%s", e.text);
	}
}

/* What is one machine's own. */
struct names {
	char *campaign_id, *work_dir, *name, *log, *socket, *scratch, *tap;
};

static struct names names_new(const char *directory, const struct example *example, unsigned number)
{
	struct names names = {.campaign_id = str_printf("%08x", 0x12345670 + number)};
	const char *id = names.campaign_id;

	names.work_dir = str_printf("%s/%s/guest-1", directory, id);
	names.name = str_printf("tare-%s-guest-1", id);
	names.log = str_printf("%s/console.log", names.work_dir);
	names.socket = str_printf("/run/tare/%s/guest-1.sock", id);
	names.tap = str_printf("t%s-0002", id);
	if (example->file)
		names.scratch = str_printf("%s/%s", names.work_dir, example->file);
	else if (example->device && strchr(example->device, '%'))
		names.scratch = str_printf(
			"/dev/loop%u%s", number, strstr(example->device, "p1") ? "p1" : "");
	else if (example->device)
		names.scratch = str_dup(example->device);
	return names;
}

static void names_free(struct names *names)
{
	char *const owned[] = {names->campaign_id, names->work_dir, names->name, names->log,
		names->socket, names->scratch, names->tap};

	for (size_t i = 0; i < ARRAY_COUNT(owned); i++)
		free(owned[i]);
}

static struct domain domain_of(const struct libvirt_options *options, const struct example *example,
	const struct names *names)
{
	struct domain domain = domain_example(options, 2);

	domain.name = names->name;
	domain.hostname = "guest-1";
	domain.emulator = NULL; /* that of this host */
	domain.kernel = kernel;
	domain.initrd = initrd;
	domain.mac = mac;
	domain.root_disk = "/cache/0123/root.img";
	domain.console_log = names->log;
	domain.channel_socket = names->socket;
	domain.scratch_disk = names->scratch;
	domain.scratch_format = example->file && strstr(example->file, "qcow2") ? "qcow2" : "raw";
	domain.scratch_device = example->device != NULL;
	domain.tap = domain_is_kvm(domain.hypervisor) ? names->tap : NULL;
	if (!example->has_hostdevs)
		return domain;
	domain.pass_through = (struct pass_through){
		.devices = &hostdevs, .modules = "nvme,e1000e", .scratch_node = "/dev/nvme0n1"};
	domain.bridge = NULL;
	return domain;
}

/* The lines of one machine's difference; NULL: there is none. */
static json_t *lines_of(
	const struct example *example, struct libvirt_options *options, struct names *names)
{
	struct image image = {.directory = image_directory, .kernel = kernel, .initrd = initrd};
	struct network network = {.bridge = bridge};
	struct machine_spec spec = {.campaign_id = names->campaign_id,
		.work_dir = names->work_dir,
		.image = &image,
		.network = &network};
	struct domain domain = domain_of(options, example, names);
	struct error e = {""};
	cleanup_free char *xml = domain_changed_xml(&domain, &e);
	const struct preparation p = {.options = options,
		.spec = &spec,
		.domain = domain,
		.has_network = true,
		.has_scratch = true,
		.takes_direct = true,
		.mac = mac,
		.tap = names->tap,
		.xml = xml};
	json_t *lines = xml ? difference_lines(&p, &e) : NULL;

	if (error_is_set(&e))
		fail_msg("%s: %s", example->settings, e.text);
	return lines;
}

static json_t *difference(const char *directory, const struct example *example, unsigned number)
{
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	struct names names = names_new(directory, example, number);
	cleanup_free char *parent = str_printf("%s/%s", directory, names.campaign_id);
	struct error e = {""};

	set(options, strcmp(example->hypervisor, "kvm") == 0 ? "hypervisor=kvm devices=virtio"
							     : "hypervisor=xen-pv devices=pv");
	set(options, example->settings);
	assert_int_equal(dir_make(names.work_dir, &e), 0);
	json_t *lines = lines_of(example, options, &names);
	/* Nothing is in them any more. */
	assert_int_equal(rmdir(names.work_dir), 0);
	assert_int_equal(rmdir(parent), 0);
	names_free(&names);
	options_free(libvirt_rows, options);
	return lines;
}

/* Appends an example's lines below what it sets, the same for two machines. */
static void add_example(struct text *all, const char *directory, const struct example *example)
{
	json_t *lines = difference(directory, example, 1);
	json_t *other = difference(directory, example, 2);

	assert_non_null(lines);
	assert_true(json_equal(lines, other));
	text_addf(all, "%s %s\n", example->hypervisor, example->settings);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));
		assert_null(strstr(line, directory));
		text_addf(all, "%s\n", line);
	}
	json_decref(lines);
	json_decref(other);
}

static void differences_are_golden(void **state)
{
	char directory[] = "/tmp/tare-difference-XXXXXX";
	cleanup_text struct text all = {0};
	cleanup_free char *expected = NULL;
	struct error e = {""};
	size_t count;

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_COUNT(examples); i++)
		add_example(&all, directory, &examples[i]);
	assert_int_equal(rmdir(directory), 0);
	if (getenv("TARE_UPDATE_GOLDEN"))
		assert_int_equal(file_write(GOLDEN, all.bytes, all.count, &e), 0);
	if (file_read(GOLDEN, 1 << 20, &expected, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(all.bytes, expected);
}

/* Whether an option says what is usual or nothing does. */
static void usual_guests_do_not_differ(void **state)
{
	static const struct example usual[] = {
		{"kvm", "pin=true", "scratch.raw", NULL, false},
		{"kvm", "cache=none storage=raw-file", "scratch.raw", NULL, false},
		{"xen-pv", "storage=raw-file", "scratch.raw", NULL, false},
	};
	char directory[] = "/tmp/tare-difference-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_COUNT(usual); i++)
		assert_null(difference(directory, &usual[i], 1));
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_golden),
		cmocka_unit_test(usual_guests_do_not_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
