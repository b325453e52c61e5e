/* Every option that sets something in a guest's domain, in guests that run: what the driver reads
 * back from QEMU and what the guest itself sees. In emulation. Needs root, an image with the
 * modules of all device models, QEMU and libvirt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/host_setting.h"
#include "drivers/local.h"
#include "drivers/tuning.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

/* A guest with two CPUs. In settings and effective "OPTION=VALUE" words are separated by blanks. */
static const struct seen {
	const char *name, *target, *settings, *effective;
	const char *line, *expected; /* a shell line in the guest and what it prints; or NULL */
	const char *needs; /* a file of the host without which it is skipped; or NULL */
} seen[] = {
	{"as_usual", "kvm-virtio", "",
		"cache=none io=native iothreads=0 disk_model=virtio-blk net_model=virtio "
		"firmware=qboot balloon=none packed=false lock_memory=false net_queues=1 "
		"share=none",
		"cat /sys/block/vdb/queue/write_cache", "write back\n", NULL},
	{"writethrough", "kvm-virtio",
		"cache=writethrough io=threads discard=unmap net_queues=1 disk_queues=1",
		"cache=writethrough io=threads discard=unmap net_queues=1 disk_queues=1",
		"cat /sys/block/vdb/queue/write_cache", "write through\n", NULL},
	{"unsafe", "kvm-virtio", "cache=unsafe discard=ignore", "cache=unsafe discard=ignore", NULL,
		NULL, NULL},
	{"ring_and_threads", "kvm-virtio",
		"cache=directsync io=io_uring iothreads=2 disk_queues=2 packed=true net_queues=2",
		"cache=directsync io=io_uring iothreads=2 disk_queues=2 packed=true net_queues=2",
		"cut -c35 /sys/block/vdb/device/features; cut -c35 "
		"/sys/class/net/eth0/device/features; "
		"ls /sys/class/net/eth0/queues | grep -c rx; ls /sys/block/vdb/mq | wc -l",
		"1\n1\n2\n2\n", NULL},
	{"virtio_scsi", "kvm-virtio", "disk_model=virtio-scsi iothreads=1 disk_queues=2",
		"disk_model=virtio-scsi iothreads=1 disk_queues=2 cache=none",
		"findmnt -no SOURCE /scratch; cat /sys/block/sda/device/model; ls "
		"/sys/block/sda/mq | wc -l",
		"/dev/sda\nQEMU HARDDISK   \n2\n", NULL},
	{"nvme", "kvm-virtio", "disk_model=nvme cache=none io=io_uring",
		"disk_model=nvme cache=none io=io_uring firmware=seabios",
		"findmnt -no SOURCE /scratch; cat /sys/class/nvme/nvme0/model",
		"/dev/nvme0n1\nQEMU NVMe Ctrl                          \n", NULL},
	{"sata", "kvm-virtio", "disk_model=sata cache=writeback", "disk_model=sata cache=writeback",
		"findmnt -no SOURCE /scratch; basename $(readlink "
		"/sys/bus/pci/drivers/ahci/0000:00:1f.2)",
		"/dev/sda\n0000:00:1f.2\n", NULL},
	{"ide", "kvm-virtio", "disk_model=ide", "disk_model=ide",
		"findmnt -no SOURCE /scratch; ls /sys/bus/pci/drivers/ata_piix | grep -c ^0000",
		"/dev/sda\n1\n", NULL},
	{"e1000e", "kvm-virtio", "net_model=e1000e", "net_model=e1000e firmware=seabios",
		"basename $(readlink /sys/class/net/eth0/device/driver)", "e1000e\n", NULL},
	{"rtl8139", "kvm-virtio", "net_model=rtl8139 vhost=off", "net_model=rtl8139 vhost=off",
		"basename $(readlink /sys/class/net/eth0/device/driver); "
		"grep -c threadirqs /proc/cmdline",
		"8139cp\n1\n", NULL},
	{"virtio_in_an_emulated_guest", "kvm-emulated", "disk_model=virtio-blk net_model=virtio",
		"disk_model=virtio-blk net_model=virtio",
		"findmnt -no SOURCE /scratch; basename $(readlink "
		"/sys/class/net/eth0/device/driver)",
		"/dev/vda\nvirtio_net\n", NULL},
	{"CPU", "kvm-virtio",
		"topology=1x2x1 features=-aes,+svm numa=-1,-1 mitigations=off cmdline=nohz=off",
		"topology=1x2x1 features=-aes,+svm numa=-1,-1 mitigations=off cmdline=nohz=off",
		"lscpu | grep -c 'Core(s) per socket: *2$'; ls -d /sys/devices/system/node/node? | "
		"wc -l; "
		"grep -cw aes /proc/cpuinfo; grep -cw svm /proc/cpuinfo; grep -cw mitigations=off "
		"/proc/cmdline",
		"1\n2\n0\n2\n1\n", NULL},
	{"threads", "kvm-virtio", "cpu=Nehalem topology=1x1x2 nested=off",
		"topology=1x1x2 nested=off",
		"cat /sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n", NULL},
	{"machine_firmware_balloon", "kvm-virtio",
		"machine=pc-q35-7.2 firmware=seabios balloon=virtio",
		"machine=pc-q35-7.2 firmware=seabios balloon=virtio",
		"cat /sys/class/dmi/id/product_version; ls -d "
		"/sys/bus/virtio/drivers/virtio_balloon/virtio* | wc -l",
		"pc-q35-7.2\n1\n", NULL},
	{"ksm_and_thp", "kvm-virtio", "ksm=on thp=never", "ksm=on thp=never", NULL, NULL,
		"/sys/kernel/mm/ksm/run"},
	{"locked_memory", "kvm-virtio", "lock_memory=true", "lock_memory=true", NULL, NULL, NULL},
	{"guest_of_the_user", "kvm-virtio",
		"domain=" TARE_SOURCE_DIR "/tests/golden/domains/template.xml cache=none",
		"cache=none io=threads machine=pc-q35-7.2 iothreads=2 net_queues=2 vhost=off "
		"balloon=virtio",
		"cat /sys/class/dmi/id/product_version", "pc-q35-7.2\n", NULL},
	{"virtiofs", "kvm-virtio", "share=virtiofs share_cache=none",
		"share=virtiofs share_cache=none",
		"touch /share/a && findmnt -no SOURCE,FSTYPE /share", "tare   virtiofs\n", NULL},
	{"virtiofs_as_usual", "kvm-emulated", "share=virtiofs numa=-1,-1",
		"share=virtiofs share_cache=auto", "findmnt -no FSTYPE /share", "virtiofs\n", NULL},
	{"9p", "kvm-virtio", "share=9p", "share=9p share_msize=256K",
		"touch /share/a && findmnt -no FSTYPE,OPTIONS /share |"
		" grep -o '^9p\\|msize=[0-9]*'",
		"9p\nmsize=262144\n", NULL},
	{"9p_with_small_messages", "kvm-virtio", "share=9p share_msize=64K",
		"share=9p share_msize=64K", "findmnt -no OPTIONS /share | grep -c msize=65536",
		"1\n", NULL},
	{"without_ksm", "kvm-virtio", "ksm=off", "ksm=off", NULL, NULL, NULL},
	{"huge_pages", "kvm-virtio", "hugepages=2M", "hugepages=2M", NULL, NULL, "/dev/hugepages"},
};

/* The words between blanks, with NULL at the end; words_free frees them. */
static char **words_of(const char *text)
{
	char **words = mem_new(strlen(text) / 2 + 2, sizeof(*words));
	char *copy = str_dup(text), *rest = copy, *word;
	size_t count = 0;

	while ((word = strsep(&rest, " ")))
		if (*word)
			words[count++] = str_dup(word);
	free(copy);
	return words;
}

static void words_free(char **words)
{
	for (char **at = words; *at; at++)
		free(*at);
	free(words);
}

static void check_effective(const struct machine *machine, const char *expected)
{
	json_t *facts = json_loads(machine->facts_json, 0, NULL);
	const json_t *options = json_object_get(facts, "options");
	char **words = words_of(expected);

	for (char **at = words; *at; at++) {
		char *value = strchr(*at, '=');
		*value++ = '\0';
		const char *found = json_string_value(json_object_get(options, *at));
		if (!found || strcmp(found, value) != 0)
			fail_msg("%s: %s, not %s", *at, found ? found : "not read", value);
	}
	words_free(words);
	/* A domain without one has none. */
	if (!strstr(expected, "topology"))
		assert_null(json_object_get(options, "topology"));
	assert_non_null(json_object_get(facts, "running_xml"));
	json_decref(facts);
}

/* Whether the guest's memory of 256 MiB fits into those that the host has reserved. */
static bool has_huge_pages(void)
{
	cleanup_free char *free_pages =
		file_read_line("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");

	return free_pages && atoi(free_pages) >= 128;
}

static bool can_lock_memory(void)
{
	const struct driver *driver = driver_find("libvirt");
	struct libvirt_options *options = options_new(driver->options, driver->options_size);
	struct error why_not = {""};

	options->lock_memory = true;
	bool can = tuning_check_host(options, &why_not) == 0;
	options_free(driver->options, options);
	return can;
}

static bool can_be_tried(const struct seen *row)
{
	return (!row->needs || file_exists(row->needs)) &&
	       (!strstr(row->settings, "hugepages") || has_huge_pages()) &&
	       (!strstr(row->settings, "lock_memory") || can_lock_memory());
}

static void takes_effect(void **state)
{
	const struct seen *row = *state;

	if (!can_be_tried(row))
		skip(); /* does not return, and frees nothing */
	cleanup_free char *all = str_printf("accelerator=tcg %s", row->settings);
	char **settings = words_of(all);
	struct machine *machine = rig_started(row->target, 0, (const char *const *)settings);
	words_free(settings);
	check_effective(machine, row->effective);
	cleanup_free char *output = rig_output(machine, row->line ? row->line : "true");
	assert_string_equal(output, row->line ? row->expected : "");
	machine_stop(machine);
}

/* --- what is not taken ----------------------------------------------------------------------- */

static void refused(const char *settings, const char *words)
{
	cleanup_free char *all = str_printf("accelerator=tcg %s", settings);
	char **list = words_of(all);
	struct machine *machine = NULL;
	struct error e = {""};

	assert_int_equal(rig_start("kvm-virtio", 0, (const char *const *)list, &machine, &e), -1);
	words_free(list);
	if (!strstr(e.text, words))
		fail_msg("%s", e.text);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

static void not_taken(void **state)
{
	(void)state;
	refused("features=+vmx", "features: +vmx was asked for, but the running guest has -vmx");
	if (!file_exists("/dev/vhost-net"))
		refused("vhost=on", "vhost: on was asked for, but the running guest has off");
}

/* What the host had before holds again when the last guest has ended. */
static void settings_are_restored(void **state)
{
	(void)state;
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	static const char *const settings[] = {"accelerator=tcg", "thp=never", NULL};
	cleanup_free char *before = file_read_line(path);
	struct error e = {""};

	if (access(path, W_OK) < 0)
		skip();
	struct machine *machine = rig_started("kvm-virtio", 0, settings);
	cleanup_free char *during = file_read_line(path);
	machine_stop(machine);
	cleanup_free char *after = file_read_line(path);
	assert_non_null(strstr(during, "[never]"));
	assert_string_equal(after, before);
	/* What a killed campaign left, as cleaning finds it. */
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	assert_int_equal(option_set(option_find(libvirt_rows, "thp"), options, "never", &e), 0);
	assert_int_equal(host_settings_hold(rig.id, options, &e), 0);
	assert_int_equal(host_settings_restore(rig.id), 1);
	cleanup_free char *cleaned = file_read_line(path);
	assert_string_equal(cleaned, before);
	host_settings_release(rig.id);
	options_free(libvirt_rows, options);
}

/* A script that starts QEMU, and a kernel and an initrd of the user's own. */
static void own_programs(void **state)
{
	(void)state;
	cleanup_free char *script = str_printf("%s/qemu", rig.work_dir);
	cleanup_free char *setting = str_printf("emulator=%s", script);
	cleanup_free char *kernel = str_printf("kernel=%s", rig.image->kernel_bzimage);
	cleanup_free char *initrd = str_printf("initrd=%s", rig.image->initrd_packed);
	const char *const settings[] = {"accelerator=tcg", setting, kernel, initrd, NULL};
	static const char text[] = "#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 \"$@\"\n";
	cleanup_free char *version = host_qemu_version();
	struct error e = {""};

	assert_int_equal(file_write(script, text, strlen(text), &e), 0);
	assert_int_equal(chmod(script, 0755), 0);
	struct machine *machine = rig_started("kvm-virtio", 0, settings);
	cleanup_free char *effective = str_printf("%s %s %s", setting, kernel, initrd);
	check_effective(machine, effective);
	cleanup_free char *fact = str_printf("\"hypervisor_version\":\"%s\"", version);
	assert_non_null(strstr(machine->facts_json, fact));
	cleanup_free char *output = rig_shell(machine, "echo up", &e);
	assert_string_equal(output ? output : e.text, "up\n");
	machine_stop(machine);
}

#define SHEET(element) \
	"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>" \
	"<xsl:template match='@*|node()'><xsl:copy><xsl:apply-templates " \
	"select='@*|node()'/></xsl:copy></xsl:template><xsl:template match='/domain/vcpu'>" \
	"<xsl:copy-of select='.'/>" element "</xsl:template></xsl:stylesheet>"

/* A guest with the change of a stylesheet; what libvirt's schema does not know is refused. */
static void stylesheets(void **state)
{
	(void)state;
	static const char good[] = SHEET("<iothreads>1</iothreads>");
	static const char bad[] = SHEET("<iothreadz>1</iothreadz>");
	cleanup_free char *path = str_printf("%s/sheet.xsl", rig.work_dir);
	cleanup_free char *setting = str_printf("xslt=%s", path);
	const char *const settings[] = {"accelerator=tcg", setting, NULL};
	struct error e = {""};

	assert_int_equal(file_write(path, good, strlen(good), &e), 0);
	struct machine *machine = rig_started("kvm-virtio", 0, settings);
	assert_non_null(strstr(machine->facts_json, "\"stylesheet\":{\"path\":\""));
	assert_non_null(strstr(machine->facts_json, "\"+  <iothreads>1</iothreads>\""));
	cleanup_free char *output = rig_shell(machine, "echo up", &e);
	assert_string_equal(output ? output : e.text, "up\n");
	machine_stop(machine);
	assert_int_equal(file_write(path, bad, strlen(bad), &e), 0);
	refused(setting, "extra content: iothreadz");
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int word = 1; word < argc; word++)
		if (strcmp(argv[word], name) == 0)
			return true;
	return argc < 2;
}

/* One test for each row, and the others; with arguments only those of these names. */
static int run(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {cmocka_unit_test(not_taken),
		cmocka_unit_test(settings_are_restored), cmocka_unit_test(own_programs),
		cmocka_unit_test(stylesheets)};
	struct CMUnitTest tests[ARRAY_COUNT(seen) + ARRAY_COUNT(others)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(seen); i++)
		if (is_wanted(seen[i].name, argc, argv))
			tests[count++] = (struct CMUnitTest){.name = seen[i].name,
				.test_func = takes_effect,
				.initial_state = (void *)(uintptr_t)&seen[i]};
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (is_wanted(others[i].name, argc, argv))
			tests[count++] = others[i];
	return _cmocka_run_group_tests("options", tests, count, NULL, rig_tear_down);
}

int main(int argc, char **argv)
{
	const char *why_not = rig_why_not(NULL);

	if (why_not)
		return skip_all(why_not);
	rig.cpus = 2;
	return run(argc, argv);
}
