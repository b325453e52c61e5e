/* The domain XML of every target against tests/golden/domains/. TARE_UPDATE_GOLDEN=1 writes the
 * files anew: read the difference before it is committed. */
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
#include "drivers/domain.h"

#define QEMU "/usr/bin/qemu-system-x86_64"
#define KVM .type = "kvm", .cpu = "host-passthrough", .emulator = QEMU
#define TCG .type = "qemu", .cpu = "max", .emulator = QEMU

static const struct golden {
	const char *file, *hypervisor, *devices, *type, *cpu, *emulator, *extra;
	unsigned cpus;
	bool no_pin;
	const char *scratch, *format; /* NULL: a raw file */
	bool pass_through; /* an NVMe disk and a network card of the host */
} goldens[] = {
	{"kvm-virtio", "kvm", "virtio", .cpus = 2, KVM},
	{"kvm-virtio-tcg", "kvm", "virtio", .cpus = 2, TCG},
	{"kvm-emulated", "kvm", "emulated", .cpus = 2, KVM},
	{"kvm-emulated-tcg", "kvm", "emulated", .cpus = 1, TCG, .extra = "mitigations=off",
		.no_pin = true},
	{"kvm-emulated-2009", "kvm", "emulated-2009", .cpus = 4, .type = "kvm", .cpu = "Opteron_G3",
		.emulator = QEMU},
	{"kvm-qcow2", "kvm", "virtio", .cpus = 1, KVM, .scratch = "/work/example-1/scratch.qcow2",
		.format = "qcow2"},
	{"kvm-partition", "kvm", "virtio", .cpus = 1, KVM, .scratch = "/dev/loop0p1"},
	{"kvm-pass-through", "kvm", "virtio", .cpus = 2, KVM, .pass_through = true},
	{"xen-pv-pass-through", "xen-pv", "pv", .cpus = 2, .pass_through = true},
	{"xen-pv", "xen-pv", "pv", .cpus = 2},
	{"xen-pv-block-device", "xen-pv", "pv", .cpus = 1, .scratch = "/dev/loop0"},
	{"xen-pv-qcow2", "xen-pv", "pv", .cpus = 1, .scratch = "/work/example-1/scratch.qcow2",
		.format = "qcow2"},
	{"xen-pvh", "xen-pvh", "pv", .cpus = 2},
	{"xen-hvm", "xen-hvm", "pv", .cpus = 2},
	{"xen-fv", "xen-hvm", "emulated-2009", .cpus = 2},
	{"lxc", "lxc", "container", .cpus = 2},
};

static const unsigned pins[] = {2, 3};

static const struct pci_list devices = {{"0000:01:00.0", "0000:02:00.1"}, 2};

static struct domain example(const struct golden *golden)
{
	struct domain domain = {
		.hypervisor = hypervisor_find(golden->hypervisor),
		.devices = device_model_find(golden->devices),
		.type = golden->type,
		.cpu = golden->cpu,
		.emulator = golden->emulator,
		.name = "tare-0123abcd-example-1",
		.hostname = "example-1",
		.kernel = "/cache/images/0/vmlinux",
		.kernel_bzimage = "/cache/images/0/vmlinuz",
		.initrd = "/cache/images/0/initrd.img",
		.initrd_packed = "/cache/images/0/initrd.img.zst",
		.extra_cmdline = golden->extra,
		.root_dir = "/cache/images/0/root",
		.root_disk = "/cache/images/0/root.img",
		.root_format = "raw",
		.scratch_disk = golden->scratch ? golden->scratch : "/work/example-1/scratch.raw",
		.scratch_format = golden->format ? golden->format : "raw",
		.scratch_device = golden->scratch && strncmp(golden->scratch, "/dev/", 5) == 0,
		.scratch_direct = true,
		.cpus = golden->cpus,
		.memory_bytes = 512 << 20,
		.pin_cpus = pins,
		.pin_count = golden->no_pin ? 0 : ARRAY_COUNT(pins),
		.pin_each = golden->type == NULL || strcmp(golden->type, "qemu") != 0,
		.memory_node = golden->no_pin ? 0 : -1,
		.bridge = "br0",
		.mac = "52:54:c6:12:00:02",
		.tap = golden->type ? "t0123abcd-0002" : NULL,
		.console_log = "/work/example-1/console.log",
		.channel_socket = "/run/tare/0123abcd/example-1.sock",
	};

	if (golden->pass_through) {
		domain.pass_through = (struct pass_through){.devices = &devices,
			.modules = "nvme,e1000e",
			.scratch_node = "/dev/nvme0n1"};
		domain.scratch_disk = NULL;
		domain.bridge = NULL;
	}
	if (domain.devices->writable_root) {
		domain.root_disk = "/work/example-1/root.qcow2";
		domain.root_format = "qcow2";
	}
	if (strcmp(golden->devices, "container") == 0) {
		domain.root_dir = "/work/example-1/container/root";
		domain.scratch_dir = "/work/example-1/scratch";
		domain.netns = domain.name;
		domain.scratch_disk = NULL;
		domain.bridge = NULL;
	}
	return domain;
}

static void migratable_test(void **state)
{
	(void)state;
	struct domain domain = example(&goldens[0]);

	assert_string_equal(domain.cpu, "host-passthrough");
	domain.migratable = true;
	cleanup_free char *xml = domain_xml(&domain);
	assert_non_null(strstr(xml, "mode='host-passthrough' check='none' migratable='on'"));
}

/* libvirt's names of the features that are asked for depend on what it may use. */
static void asked_features_test(void **state)
{
	(void)state;
	const struct golden golden = {"", "kvm", "virtio", .cpus = 1, TCG};
	struct libvirt_options options = {.features = (char *)"-avx2"};
	struct domain domain = example(&golden);
	cleanup_free char *none = domain_xml(&domain);

	domain.options = &options;
	cleanup_free char *some = domain_xml(&domain);
	assert_non_null(strstr(none, "<qemu:capabilities>"));
	assert_non_null(strstr(some, "avx2"));
	assert_null(strstr(some, "<qemu:capabilities>"));
}

static void golden_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(goldens); i++) {
		struct domain domain = example(&goldens[i]);
		cleanup_free char *path =
			str_printf(TARE_SOURCE_DIR "/tests/golden/domains/%s.xml", goldens[i].file);
		assert_non_null(domain.hypervisor);
		assert_non_null(domain.devices);
		cleanup_free char *xml = domain_xml(&domain);
		cleanup_free char *expected = NULL;
		size_t count;
		struct error e = {""};
		if (getenv("TARE_UPDATE_GOLDEN"))
			assert_int_equal(file_write(path, xml, strlen(xml), &e), 0);
		if (file_read(path, 1 << 20, &expected, &count, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(xml, expected);
	}
}

/* By libvirt's own schema, where its tools are installed. */
static void schema_accepts(void **state)
{
	(void)state;
	struct error e = {""};

	for (size_t i = 0; i < ARRAY_COUNT(goldens); i++) {
		cleanup_free char *path =
			str_printf(TARE_SOURCE_DIR "/tests/golden/domains/%s.xml", goldens[i].file);
		cleanup_argv struct argv argv = {0};
		struct process_result result = {0};
		argv_add_all(&argv, "virt-xml-validate", path, "domain", NULL);
		if (process_run(&argv, 30, &result, &e) < 0)
			skip();
		if (result.exit_status != 0)
			fail_msg("%s", result.output);
		process_result_free(&result);
	}
}

/* "No virtio device at all" is what the emulated target promises. */
static void emulated_has_no_virtio(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(goldens); i++) {
		if (strncmp(goldens[i].devices, "emulated", 8) != 0)
			continue;
		struct domain domain = example(&goldens[i]);
		cleanup_free char *xml = domain_xml(&domain);
		assert_null(strstr(xml, "virtio"));
	}
}

static void names_are_escaped(void **state)
{
	(void)state;
	struct domain domain = example(&goldens[0]);

	domain.root_disk = "/a'b&<c>/root.img";
	domain.extra_cmdline = "x=\"<&>\"";
	cleanup_free char *xml = domain_xml(&domain);
	assert_non_null(strstr(xml, "<source file='/a&#39;b&amp;&lt;c&gt;/root.img'/>"));
	assert_non_null(strstr(xml, "x=&quot;&lt;&amp;&gt;&quot;</cmdline>"));
}

static void parts_that_are_left_out(void **state)
{
	(void)state;
	struct domain domain = example(&goldens[0]);

	domain.bridge = NULL;
	domain.scratch_disk = NULL;
	cleanup_free char *xml = domain_xml(&domain);
	assert_null(strstr(xml, "<interface"));
	assert_null(strstr(xml, "tare.scratch"));
	assert_null(strstr(xml, "vdb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_test),
		cmocka_unit_test(migratable_test),
		cmocka_unit_test(asked_features_test),
		cmocka_unit_test(schema_accepts),
		cmocka_unit_test(emulated_has_no_virtio),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(parts_that_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
