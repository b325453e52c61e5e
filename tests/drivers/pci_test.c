/* PCI devices of the host, in a made tree of sysfs: what they are, when the host uses them, and
 * that they are bound to the driver of pass-through and back. A thread stands for the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "drivers/pci.h"

#define NVME "0000:01:00.0"
#define CARD "0000:02:00.0"
#define CARD2 "0000:02:00.1"
#define BRIDGE "0000:02:01.0"
#define VGA "0000:03:00.0"
#define EMPTY "0000:04:00.0"
#define MULTI "0000:05:00.0" /* a path to an NVMe disk of several controllers */

static char root[] = "/tmp/tare-pci-XXXXXX";
static char *sys, *proc, *run, *xl;
static struct pci_place place;

static char *at(const char *path)
{
	return str_printf("%s/%s", root, path);
}

static void make_dir(const char *path)
{
	cleanup_free char *whole = at(path);
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "mkdir", "-p", whole, NULL);
	assert_int_equal(process_check(&argv, 10, NULL), 0);
}

static void put(const char *path, const char *text)
{
	cleanup_free char *whole = at(path);
	struct error e = {""};

	if (file_write(whole, text, strlen(text), &e) < 0)
		fail_msg("%s", e.text);
}

/* With the whole path of what it leads to. */
static void link_to(const char *path, const char *target)
{
	cleanup_free char *whole = at(path), *whole_target = at(target);

	unlink(whole);
	assert_int_equal(symlink(whole_target, whole), 0);
}

static void bind_to(const char *address, const char *driver)
{
	cleanup_free char *link = str_printf("sys/devices/%s/driver", address);
	cleanup_free char *target = str_printf("sys/bus/pci/drivers/%s", driver);

	link_to(link, target);
}

static void add_device(
	const char *address, const char *class_code, const char *driver, const char *group)
{
	cleanup_free char *device = str_printf("sys/devices/%s", address);
	cleanup_free char *on_bus = str_printf("sys/bus/pci/devices/%s", address);
	cleanup_free char *members = str_printf("sys/groups/%s/devices", group);
	cleanup_free char *member = str_printf("%s/%s", members, address);
	cleanup_free char *group_link = str_printf("%s/iommu_group", device);
	cleanup_free char *group_dir = str_printf("sys/groups/%s", group);
	cleanup_free char *class_path = str_printf("%s/class", device);
	cleanup_free char *override = str_printf("%s/driver_override", device);

	make_dir(device);
	make_dir(members);
	put(class_path, class_code);
	put(override, "(null)\n");
	link_to(on_bus, device);
	link_to(member, device);
	link_to(group_link, group_dir);
	if (driver)
		bind_to(address, driver);
}

static void add_member(const char *class_name, const char *device_path, const char *name)
{
	cleanup_free char *device = str_printf("sys/devices/%s/%s", device_path, name);
	cleanup_free char *in_class = str_printf("sys/class/%s/%s", class_name, name);

	make_dir(device);
	link_to(in_class, device);
}

static int set_up(void **state)
{
	static const char *const drivers[] = {"nvme", "e1000e", "vfio-pci", "pciback", "nouveau"};

	(void)state;
	assert_non_null(mkdtemp(root));
	sys = at("sys");
	proc = at("proc");
	run = at("run");
	xl = at("xl");
	place = (struct pci_place){sys, proc, run, xl};
	make_dir("sys/bus/pci/devices");
	make_dir("sys/class/net");
	make_dir("sys/class/block");
	make_dir("proc/self");
	make_dir("run");
	for (size_t i = 0; i < ARRAY_COUNT(drivers); i++) {
		cleanup_free char *path = str_printf("sys/bus/pci/drivers/%s", drivers[i]);
		cleanup_free char *unbind = str_printf("%s/unbind", path);
		make_dir(path);
		put(unbind, "");
	}
	put("sys/bus/pci/drivers_probe", "");
	put("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put("proc/swaps", "Filename Type Size Used Priority\n");
	add_device(NVME, "0x010802\n", "nvme", "5");
	add_device(CARD, "0x020000\n", "e1000e", "6");
	add_device(CARD2, "0x020000\n", "e1000e", "6");
	add_device(BRIDGE, "0x060400\n", "e1000e", "6");
	add_device(VGA, "0x030000\n", "nouveau", "7");
	add_device(EMPTY, "0x020000\n", NULL, "8");
	add_member("block", NVME "/nvme/nvme0", "nvme0n1");
	add_member("block", NVME "/nvme/nvme0/nvme0n1", "nvme0n1p1");
	put("sys/class/block/nvme0n1/dev", "259:0\n");
	put("sys/class/block/nvme0n1p1/dev", "259:1\n");
	put("sys/class/block/nvme0n1p1/partition", "1\n");
	make_dir("sys/class/block/nvme0n1/holders");
	add_device(MULTI, "0x010802\n", "nvme", "9");
	add_member("block", MULTI "/nvme/nvme2", "nvme1c2n1");
	add_member("block", "virtual/nvme-subsystem/nvme-subsys1", "nvme1n1");
	add_member("block", "virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "nvme1n1p3");
	add_member("block", "virtual/nvme-subsystem/nvme-subsys10", "nvme1n10");
	put("sys/class/block/nvme1n1/dev", "259:8\n");
	put("sys/class/block/nvme1n1p3/dev", "259:9\n");
	put("sys/class/block/nvme1n1p3/partition", "3\n");
	put("sys/class/block/nvme1n10/dev", "259:10\n");
	add_member("net", CARD "/net", "tarefake0");
	put("sys/class/net/tarefake0/flags", "0x1002\n");
	return 0;
}

static int tear_down(void **state)
{
	cleanup_argv struct argv argv = {0};

	(void)state;
	argv_add_all(&argv, "rm", "-rf", root, NULL);
	assert_int_equal(process_check(&argv, 10, NULL), 0);
	free(sys);
	free(proc);
	free(run);
	free(xl);
	return 0;
}

/* --- lists ------------------------------------------------------------------------------------ */

static void lists(void **state)
{
	static const struct {
		const char *text, *error;
		size_t count;
	} rows[] = {
		{NULL, NULL, 0},
		{"", NULL, 0},
		{NVME, NULL, 1},
		{NVME "," CARD, NULL, 2},
		{NVME ", " CARD, NULL, 2},
		{NVME "," NVME, NVME " stands there twice", 0},
		{"01:00.0", "expected addresses such as 0000:01:00.0", 0},
		{"0000:01:00.8", "expected addresses", 0},
		{"0000:01:00.00", "expected addresses", 0},
		{"../../x:01:00.0", "expected addresses", 0},
		{"0000:01:00.0,0000:01:00.1,0000:01:00.2,0000:01:00.3,0000:01:00.4",
			"more than 4 devices", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pci_list list;
		struct error e = {""};
		assert_int_equal(pci_list_parse(rows[i].text, &list, &e), rows[i].error ? -1 : 0);
		if (rows[i].error && !strstr(e.text, rows[i].error))
			fail_msg("%s", e.text);
		if (!rows[i].error)
			assert_int_equal(list.count, rows[i].count);
	}
}

static void looks(void **state)
{
	struct pci_device device;
	struct error e = {""};

	(void)state;
	assert_int_equal(pci_look(&place, NVME, &device, &e), 0);
	assert_int_equal(device.kind, PCI_DISK);
	assert_string_equal(device.driver, "nvme");
	assert_string_equal(device.block, "nvme0n1");
	pci_device_free(&device);
	assert_int_equal(pci_look(&place, MULTI, &device, &e), 0);
	assert_string_equal(device.block, "nvme1n1");
	pci_device_free(&device);
	assert_int_equal(pci_look(&place, CARD, &device, &e), 0);
	assert_int_equal(device.kind, PCI_NET);
	assert_null(device.block);
	pci_device_free(&device);
	assert_int_equal(pci_look(&place, "0000:09:00.0", &device, &e), -1);
	assert_string_equal(e.text, "this host has no PCI device 0000:09:00.0");
}

/* --- use by the host -------------------------------------------------------------------------- */

static void expect_free(const char *address, const char *error)
{
	struct pci_device device;
	struct error e = {""};

	assert_int_equal(pci_look(&place, address, &device, &e), 0);
	int status = pci_check_free(&place, &device, &e);
	pci_device_free(&device);
	if (status != (error ? -1 : 0) || (error && !strstr(e.text, error)))
		fail_msg("%s: %s", address, e.text);
}

static void the_host_uses_it(void **state)
{
	(void)state;
	expect_free(NVME, NULL);
	put("proc/self/mountinfo", "21 1 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw\n");
	expect_free(NVME, "the host uses it: /dev/nvme0n1p1 is mounted");
	put("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put("proc/self/mountinfo", "21 1 259:9 / /data rw - ext4 /dev/nvme1n1p3 rw\n");
	expect_free(MULTI, "the host uses it: /dev/nvme1n1p3 is mounted");
	put("proc/self/mountinfo", "21 1 259:10 / /data rw - ext4 /dev/nvme1n10 rw\n");
	expect_free(MULTI, NULL);
	put("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put("proc/swaps", "Filename Type\n/dev/nvme0n1 partition 1 0 -2\n");
	expect_free(NVME, "/dev/nvme0n1 is swapped to");
	put("proc/swaps", "Filename Type\n/dev/nvme0n10 partition 1 0 -2\n");
	expect_free(NVME, NULL);
	put("sys/class/block/nvme0n1/holders/dm-0", "");
	expect_free(NVME, "/dev/nvme0n1 is part of another device");
	cleanup_free char *holder = at("sys/class/block/nvme0n1/holders/dm-0");
	unlink(holder);
	expect_free(NVME, NULL);
	expect_free(CARD, NULL);
	put("sys/class/net/tarefake0/flags", "0x1003\n");
	expect_free(CARD, "interface tarefake0 is up");
	put("sys/class/net/tarefake0/flags", "0x1002\n");
	put("sys/class/net/tarefake0/master", "");
	expect_free(CARD, "interface tarefake0 is part of another interface");
	cleanup_free char *master = at("sys/class/net/tarefake0/master");
	unlink(master);
	/* An address of this machine's own loopback, under which the made card goes for once. */
	add_member("net", CARD "/net", "lo");
	put("sys/class/net/lo/flags", "0x8\n");
	expect_free(CARD, "interface lo has an address");
	cleanup_free char *lo = at("sys/class/net/lo");
	unlink(lo);
	expect_free(VGA, "is neither a disk nor a network card");
	expect_free(EMPTY, "has no driver");
	bind_to(NVME, "vfio-pci");
	expect_free(NVME, "belongs to vfio-pci");
	bind_to(NVME, "nvme");
}

static void expect_group(const char *address, const char *list_text, const char *error)
{
	struct pci_list list;
	struct error e = {""};

	assert_int_equal(pci_list_parse(list_text, &list, &e), 0);
	int status = pci_check_group(&place, address, &list, &e);
	if (status != (error ? -1 : 0) || (error && !strstr(e.text, error)))
		fail_msg("%s: %s", address, e.text);
}

static void groups(void **state)
{
	(void)state;
	expect_group(NVME, NVME, NULL);
	expect_group(CARD, CARD, "shares IOMMU group 6 with " CARD2);
	expect_group(CARD, CARD "," CARD2, NULL);
	cleanup_free char *link = at("sys/devices/" NVME "/iommu_group");
	unlink(link);
	expect_group(NVME, NVME, "has no IOMMU group");
	link_to("sys/devices/" NVME "/iommu_group", "sys/groups/5");
}

/* --- binding ---------------------------------------------------------------------------------- */

static bool kernel_ends;

enum { DISK_DELAY_MS = 50, RELEASE_MS = 200 };

/* The driver nvme has a disk some time after it is bound; another one has none. */
static void show_disk(bool own)
{
	cleanup_free char *link = at("sys/class/block/nvme0n1");

	if (!own) {
		unlink(link);
		return;
	}
	clock_sleep_s(DISK_DELAY_MS / 1e3);
	link_to("sys/class/block/nvme0n1", "sys/devices/" NVME "/nvme/nvme0/nvme0n1");
}

/* Binds what is written to drivers_probe: to the driver that overrides, else to nvme. */
static void *be_kernel(void *unused)
{
	cleanup_free char *probe = at("sys/bus/pci/drivers_probe");
	cleanup_free char *override = at("sys/devices/" NVME "/driver_override");

	while (!__atomic_load_n(&kernel_ends, __ATOMIC_SEQ_CST)) {
		cleanup_free char *address = file_read_line(probe);
		cleanup_free char *driver = file_read_line(override);
		if (address && strcmp(address, NVME) == 0) {
			assert_int_equal(truncate(probe, 0), 0);
			bool own = !driver || !driver[0] || driver[0] == '(';
			bind_to(NVME, own ? "nvme" : "vfio-pci");
			show_disk(own);
		}
		clock_sleep_s(0.002);
	}
	return unused;
}

static pthread_t kernel_start(void)
{
	pthread_t thread;

	kernel_ends = false;
	assert_int_equal(pthread_create(&thread, NULL, be_kernel, NULL), 0);
	return thread;
}

static void kernel_stop(pthread_t thread)
{
	__atomic_store_n(&kernel_ends, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
}

static void expect_driver(const char *expected)
{
	struct pci_device device;

	assert_int_equal(pci_look(&place, NVME, &device, NULL), 0);
	assert_string_equal(device.driver, expected);
	if (strcmp(expected, "nvme") == 0)
		assert_string_equal(device.block, "nvme0n1");
	pci_device_free(&device);
}

static void take(void)
{
	struct pci_device device;
	struct error e = {""};

	assert_int_equal(pci_look(&place, NVME, &device, &e), 0);
	if (pci_take(&place, &device, "vfio-pci", &e) < 0)
		fail_msg("%s", e.text);
	pci_device_free(&device);
	expect_driver("vfio-pci");
}

static void taken_and_given_back(void **state)
{
	pthread_t kernel = kernel_start();
	struct error e = {""};

	(void)state;
	take();
	cleanup_free char *unbind = at("sys/bus/pci/drivers/nvme/unbind");
	cleanup_free char *unbound = file_read_line(unbind);
	assert_string_equal(unbound, NVME);
	cleanup_free char *record = at("run/pci-" NVME);
	cleanup_free char *own = file_read_line(record);
	assert_string_equal(own, "nvme");
	assert_true(pci_is_taken(&place, NVME));
	assert_int_equal(pci_give_back(&place, NVME, &e), 0);
	expect_driver("nvme");
	assert_false(file_exists(record));
	assert_false(pci_is_taken(&place, NVME));
	/* Again: it has been done. */
	assert_int_equal(pci_give_back(&place, NVME, &e), 0);
	kernel_stop(kernel);
}

/* The directory of the kernel is there until the back end has reset the device. */
static void *release_later(void *backend)
{
	clock_sleep_s(RELEASE_MS / 1e3);
	rmdir(backend);
	return NULL;
}

/* Unbound before, the device would keep its guest's interrupts. Then Xen is asked for it, once the
 * back end is gone. */
static void the_back_end_lets_go_first(void **state)
{
	static const char script[] = "#!/bin/sh\n[ ! -e ${0%xl}sys/devices/pci-1-0 ] && "
				     "echo \"$@\" >${0%xl}asked\n";
	pthread_t kernel = kernel_start(), release;
	cleanup_free char *backend = at("sys/devices/pci-1-0");
	cleanup_free char *unbind = at("sys/bus/pci/drivers/pciback/unbind");
	double begun_s = clock_monotonic_s();
	struct error e = {""};

	(void)state;
	put("xl", script);
	assert_int_equal(chmod(xl, 0755), 0);
	bind_to(NVME, "pciback");
	put("run/pci-" NVME, "nvme");
	make_dir("sys/devices/pci-1-0");
	assert_int_equal(pthread_create(&release, NULL, release_later, backend), 0);
	assert_int_equal(pci_give_back(&place, NVME, &e), 0);
	assert_true(clock_monotonic_s() - begun_s >= RELEASE_MS / 1e3);
	pthread_join(release, NULL);
	expect_driver("nvme");
	cleanup_free char *unbound = file_read_line(unbind);
	assert_string_equal(unbound, NVME);
	cleanup_free char *asked_path = at("asked");
	cleanup_free char *asked = file_read_line(asked_path);
	assert_string_equal(asked, "pci-assignable-remove " NVME);
	kernel_stop(kernel);
}

/* What a killed campaign left is found by its records. */
static void cleaned(void **state)
{
	pthread_t kernel = kernel_start();
	struct error e = {""};
	size_t count;

	(void)state;
	take();
	assert_int_equal(pci_clean(&place, &count, &e), 0);
	assert_int_equal(count, 1);
	expect_driver("nvme");
	assert_int_equal(pci_clean(&place, &count, &e), 0);
	assert_int_equal(count, 0);
	/* The device is gone: that is said, and the record stays. */
	put("run/pci-0000:09:00.0", "nvme");
	assert_int_equal(pci_clean(&place, &count, &e), -1);
	assert_non_null(strstr(e.text, "0000:09:00.0"));
	cleanup_free char *record = at("run/pci-0000:09:00.0");
	assert_int_equal(unlink(record), 0);
	kernel_stop(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(looks),
		cmocka_unit_test(the_host_uses_it),
		cmocka_unit_test(groups),
		cmocka_unit_test(taken_and_given_back),
		cmocka_unit_test(the_back_end_lets_go_first),
		cmocka_unit_test(cleaned),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
