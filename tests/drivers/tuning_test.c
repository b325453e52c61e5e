/* The lines that each option changes in a domain's XML, for every hypervisor that takes it, against
 * tests/golden/domains/options.txt (TARE_UPDATE_GOLDEN=1 writes it anew); and options that
 * contradict each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "drivers/domain_change.h"
#include "drivers/tuning.h"

#define GOLDEN TARE_SOURCE_DIR "/tests/golden/domains/options.txt"

/* Values of the options; each is one domain of every hypervisor that takes the option. */
static const char *const examples[] = {
	"emulator=/opt/qemu/bin/qemu-system-x86_64",
	"machine=pc-q35-7.2",
	"firmware=seabios",
	"firmware=/opt/firmware.rom",
	"kernel=/boot/vmlinuz",
	"initrd=/boot/initrd",
	"cmdline=nohz=off",
	"mitigations=off",
	"mitigations=nosmt",
	"features=+invtsc,-svm",
	"nested=on",
	"nested=off",
	"topology=1x2x2",
	"numa=0,-1",
	"hugepages=2M",
	"lock_memory=true",
	"ksm=on",
	"ksm=off",
	"thp=never",
	"balloon=virtio",
	"halt_poll_ns=0",
	"disk_model=virtio-scsi",
	"disk_model=nvme",
	"disk_model=sata",
	"disk_model=ide",
	"cache=none",
	"cache=writethrough",
	"cache=writeback",
	"cache=directsync",
	"cache=unsafe",
	"io=native",
	"io=threads",
	"io=io_uring",
	"iothreads=1",
	"iothreads=2",
	"disk_queues=2",
	"discard=unmap",
	"net_model=e1000",
	"net_model=e1000e",
	"net_model=rtl8139",
	"vhost=on",
	"vhost=off",
	"net_queues=2",
	"packed=true",
	"share=virtiofs",
	"share=9p",
	"share_cache=none share=virtiofs",
	"share_msize=64K share=9p",
};

static const char *const hypervisors_tested[] = {"kvm", "xen-pv", "xen-pvh", "xen-hvm"};

/* Sets "OPTION=VALUE OPTION=VALUE …". */
static void set(struct libvirt_options *options, const char *settings)
{
	cleanup_free char *copy = str_dup(settings);
	struct error e = {""};

	for (char *rest = copy, *word; (word = strsep(&rest, " "));) {
		char *value = strchr(word, '=');
		*value++ = '\0';
		const struct option_row *row = option_find(libvirt_rows, word);
		assert_non_null(row);
		if (option_set(row, options, value, &e) < 0)
			fail_msg("%s", e.text);
	}
}

static char *example_xml(const char *hypervisor, struct libvirt_options *options)
{
	bool is_kvm = strcmp(hypervisor, "kvm") == 0;

	set(options, is_kvm ? "hypervisor=kvm devices=virtio" : "devices=pv");
	cleanup_free char *kind = str_printf("hypervisor=%s", hypervisor);
	set(options, kind);
	struct domain domain = domain_example(options, 4);
	domain.memory_bytes = 513 << 20;
	/* What prepare.c puts in place of the image's files and of the QEMU in PATH. */
	if (options->kernel)
		domain.kernel = domain.kernel_bzimage = options->kernel;
	if (options->initrd)
		domain.initrd = domain.initrd_packed = options->initrd;
	if (options->emulator)
		domain.emulator = options->emulator;
	return domain_xml(&domain);
}

/* The lines of one text that the other has not, each after the sign. */
static void add_lines(struct text *out, const char *of, const char *not_of, char sign)
{
	cleanup_free char *copy = str_dup(of);

	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		cleanup_free char *whole = str_printf("%s\n", line);
		if (*line && !strstr(not_of, whole))
			text_addf(out, "%c%s\n", sign, line);
	}
}

static void add_example(struct text *out, const char *hypervisor, const char *setting)
{
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	cleanup_free char *usual = example_xml(hypervisor, options);

	set(options, setting);
	cleanup_free char *xml = example_xml(hypervisor, options);
	text_addf(out, "%s %s\n", hypervisor, setting);
	add_lines(out, usual, xml, '-');
	add_lines(out, xml, usual, '+');
	options_free(libvirt_rows, options);
}

static bool takes(const char *hypervisor, const char *setting)
{
	const struct tuning_row *row = tuning_rows;
	size_t length = strcspn(setting, "=");

	while (row->option &&
		(strlen(row->option) != length || strncmp(row->option, setting, length) != 0))
		row++;
	assert_non_null(row->option);
	return row->takers & tuning_taker(hypervisor_find(hypervisor));
}

static void lines_are_golden(void **state)
{
	(void)state;
	cleanup_text struct text lines = {0};
	cleanup_free char *expected = NULL;
	struct error e = {""};
	size_t count;

	for (size_t h = 0; h < ARRAY_COUNT(hypervisors_tested); h++) {
		for (size_t i = 0; i < ARRAY_COUNT(examples); i++) {
			if (takes(hypervisors_tested[h], examples[i]))
				add_example(&lines, hypervisors_tested[h], examples[i]);
		}
	}
	if (getenv("TARE_UPDATE_GOLDEN"))
		assert_int_equal(file_write(GOLDEN, lines.bytes, lines.count, &e), 0);
	if (file_read(GOLDEN, 1 << 20, &expected, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(lines.bytes, expected);
}

/* Every option of the table has an example, except what has no line of its own to show. */
static void every_option_has_an_example(void **state)
{
	(void)state;
	for (const struct tuning_row *row = tuning_rows; row->option; row++) {
		bool found = strcmp(row->option, "xslt") == 0 ||
			     strcmp(row->option, "domain") == 0 ||
			     strcmp(row->option, "hostdev") == 0; /* domain_test.c has it */
		assert_non_null(option_find(libvirt_rows, row->option));
		for (size_t i = 0; i < ARRAY_COUNT(examples); i++)
			found |= strncmp(examples[i], row->option, strlen(row->option)) == 0;
		if (!found)
			fail_msg("%s has no example", row->option);
	}
}

/* By libvirt's own schema, where its tools are installed. */
static void schema_accepts(void **state)
{
	(void)state;
	char path[] = "/tmp/tare-tuning-XXXXXX";
	struct error e = {""};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_COUNT(examples); i++) {
		struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
		struct process_result result = {0};
		cleanup_argv struct argv argv = {0};
		set(options, examples[i]);
		cleanup_free char *xml = example_xml("kvm", options);
		options_free(libvirt_rows, options);
		assert_int_equal(file_write(path, xml, strlen(xml), &e), 0);
		argv_add_all(&argv, "virt-xml-validate", path, "domain", NULL);
		if (process_run(&argv, 30, &result, &e) < 0) {
			unlink(path);
			skip();
		}
		if (result.exit_status != 0)
			fail_msg("%s: %s", examples[i], result.output);
		process_result_free(&result);
	}
	unlink(path);
}

static const struct {
	const char *settings;
	unsigned cpus;
	const char *error; /* NULL: they do not contradict */
} contradictions[] = {
	{"pin=true", 0, NULL},
	{"io=native cache=none", 2, NULL},
	{"io=native cache=writeback", 2,
		"io: native needs cache none or directsync, not writeback"},
	{"io=native cache=unsafe", 0, "io: native needs"},
	{"disk_queues=2", 2, NULL},
	{"disk_queues=3", 2, "disk_queues: 3 queues for 2 CPUs"},
	{"net_queues=3", 2, "net_queues: 3 queues for 2 CPUs"},
	{"net_queues=3", 0, NULL},
	{"disk_model=sata disk_queues=1", 2, "disk_queues: only virtio disks"},
	{"disk_model=nvme iothreads=1", 2, "iothreads: only virtio disks"},
	{"devices=emulated iothreads=1", 2, "iothreads: only virtio disks"},
	{"devices=emulated disk_model=virtio-scsi iothreads=1", 2, NULL},
	{"devices=emulated disk_model=virtio-scsi iothreads=2", 2, "iothreads: the root disk"},
	{"net_model=e1000e net_queues=2", 2, "net_queues: e1000e has one queue"},
	{"net_model=rtl8139 vhost=on", 2, "vhost: the kernel serves virtio cards only"},
	{"devices=emulated packed=true", 2, "packed: e1000 has no virtqueues"},
	{"machine=microvm", 2, "machine: microvm has no PCI bus"},
	{"disk_model=ide machine=q35", 2, "disk_model: q35 has no IDE disks"},
	{"disk_model=ide", 2, NULL},
	{"disk_model=nvme firmware=qboot", 2, "firmware: qboot starts guests with virtio"},
	{"firmware=bios.rom", 2, "firmware: expected a full path"},
	{"emulator=qemu-system-x86_64", 2, "emulator: expected a full path"},
	{"features=aes", 2, "features: expected names with + or -"},
	{"features=+aes,-svm", 2, NULL},
	{"features=+svm,-svm", 2, "features: +svm contradicts -svm"},
	{"features=-aes,+svm,-aes", 2, "features: aes stands there twice"},
	{"features=+aes-x,-aes", 2, NULL},
	{"nested=on features=-svm", 2, "nested: on contradicts features: -svm"},
	{"nested=on features=+aes,-vmx", 2, "nested: on contradicts features: -vmx"},
	{"nested=off features=+svm", 2, "nested: off contradicts features: +svm"},
	{"nested=on features=+svm", 2, "nested: features names svm, too"},
	{"nested=off features=-aes", 2, NULL},
	{"topology=2x2", 4, "topology: expected SOCKETSxCORESxTHREADS"},
	{"topology=1x2x1", 4, "topology: 1x2x1 is 2 CPUs; the guest has 4"},
	{"topology=1x1x2 accelerator=tcg", 2, "topology: QEMU's emulated CPU"},
	{"topology=1x1x2 accelerator=tcg cpu=Nehalem", 2, NULL},
	{"hugepages=4M", 2, "hugepages: expected 2M or 1G"},
	{"hugepages=2M ksm=on", 2, "ksm: the kernel merges no huge pages"},
	{"numa=0,0 memory_node=0", 2, "numa: memory_node is for guests without cells"},
	{"numa=0,0,0", 2, "numa: 3 cells need as many CPUs; the guest has 2"},
	{"share=virtiofs share_cache=always", 2, NULL},
	{"share=9p share_msize=500K", 2, NULL},
	{"share_cache=none", 2, "share_cache: is for share: virtiofs"},
	{"share=9p share_cache=none", 2, "share_cache: is for share: virtiofs"},
	{"share=virtiofs share_msize=64K", 2, "share_msize: is for share: 9p"},
	{"hypervisor=xen-pv devices=pv share=9p", 2, "share: guests of xen-pv do not take it"},
	{"hostdev=0000:01:00.0,0000:02:00.0", 2, NULL},
	{"hostdev=01:00.0", 2, "hostdev: expected addresses such as"},
	{"hypervisor=xen-pv devices=pv hostdev=0000:01:00.0,0000:01:00.0", 2,
		"hostdev: 0000:01:00.0 stands there twice"},
	{"hypervisor=xen-pvh devices=pv hostdev=0000:01:00.0", 2,
		"hostdev: guests of xen-pvh do not take it"},
	{"halt_poll_ns=0 accelerator=tcg", 2, "halt_poll_ns: KVM polls, but"},
	{"domain=" TARE_SOURCE_DIR "/tests/golden/domains/template.xml", 2, NULL},
	{"domain=" TARE_SOURCE_DIR "/tests/golden/domains/template.xml", 1,
		"domain: disk_queues: 2 queues for 1 CPUs"},
	{"hypervisor=xen-pv devices=pv cache=none", 2, "cache: guests of xen-pv do not take it"},
	{"hypervisor=xen-pv devices=pv kernel=/boot/vmlinuz", 2, NULL},
	{"hypervisor=xen-pvh devices=pv kernel=vmlinuz", 2, "kernel: expected a full path"},
};

static void contradictions_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(contradictions); i++) {
		struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
		const char *expected = contradictions[i].error;
		struct error e = {""};
		set(options, contradictions[i].settings);
		int status = tuning_check(options, contradictions[i].cpus, &e);
		if (status != (expected ? -1 : 0) ||
			(expected && strncmp(e.text, expected, strlen(expected)) != 0))
			fail_msg("%s: %s", contradictions[i].settings, e.text);
		options_free(libvirt_rows, options);
	}
}

/* What this host lacks is a reason that names the option and the fix. */
static void the_host_is_asked(void **state)
{
	(void)state;
	static const struct {
		const char *settings, *error;
	} rows[] = {
		{"emulator=/nowhere/qemu", "emulator: /nowhere/qemu: No such file"},
		{"kernel=/nowhere/vmlinuz", "kernel: /nowhere/vmlinuz: No such file"},
		{"initrd=/", "initrd: / is a directory"},
		{"hostdev=ffff:ff:1f.7", "hostdev: this host has no PCI device"},
		{"numa=1023", "numa: this host has no node 1023"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
		struct error e = {""};
		set(options, rows[i].settings);
		assert_int_equal(tuning_check_host(options, &e), -1);
		if (strncmp(e.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s", e.text);
		options_free(libvirt_rows, options);
	}
}

/* A container's driver has few of the rows. */
static void containers_have_no_options(void **state)
{
	(void)state;
	struct libvirt_options *options = options_new(lxc_rows, sizeof(*options));
	struct error e = {""};

	assert_int_equal(option_set(option_find(lxc_rows, "hypervisor"), options, "lxc", &e), 0);
	assert_int_equal(option_set(option_find(lxc_rows, "devices"), options, "container", &e), 0);
	assert_int_equal(tuning_check(options, 2, &e), 0);
	assert_int_equal(tuning_check_host(options, &e), 0);
	options_free(lxc_rows, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_golden),
		cmocka_unit_test(every_option_has_an_example),
		cmocka_unit_test(schema_accepts),
		cmocka_unit_test(contradictions_are_found),
		cmocka_unit_test(the_host_is_asked),
		cmocka_unit_test(containers_have_no_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
