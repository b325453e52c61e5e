/* Xen's counters: the CPU time of domains by libvirt's driver for tests, and what dom0's kernel
 * (Linux 6.1 under Xen 4.17) counted of the disks and network interfaces of two PV guests. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "tests/counters/rig.h"

#define DEVICES "sys/bus/xen-backend/devices/"

static const unsigned first_cpu[] = {0};

/* A host under Xen whose only domain, number 1, is called "test"; rig_close it. */
static void open_xen(struct rig *rig)
{
	rig_open(rig, 1);
	counters_ask_libvirt(rig->counters, "test:///default");
	rig_write(rig, "sys/hypervisor/type", "xen\n");
}

/* libvirt's driver for tests has one domain, "test", whose CPU time is the clock. */
static void test_xen(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	counters_ask_libvirt(rig.counters, "test:///default");
	rig_begin(&rig, first_cpu, 1, "test");
	assert_non_null(strstr(rig_gap(&rig.before, "xen", NULL), "not run under Xen"));
	rig_write(&rig, "sys/hypervisor/type", "xen\n");
	rig_begin(&rig, first_cpu, 1, "test");
	rig_end(&rig);
	assert_true(rig_value(&rig.before, "xen", "guests") > 0);
	assert_true(
		rig_value(&rig.after, "xen", "guests") > rig_value(&rig.before, "xen", "guests"));
	assert_true(
		rig_value(&rig.after, "xen", "clock") >= rig_value(&rig.before, "xen", "clock"));
	assert_true(rig_value(&rig.after, "xen", "guest_count") == 1);
	assert_true(rig_value(&rig.after, "xen", "others") == 0);
	assert_non_null(strstr(
		rig_gap(&rig.after, "xen", "control_domain"), "does not list the control domain"));
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "xen", "guests") == 0);
	assert_true(rig_value(&rig.before, "xen", "other_count") == 1);
	rig_close(&rig);
	rig_open(&rig, 1);
	counters_ask_libvirt(rig.counters, "nothing:///here");
	rig_write(&rig, "sys/hypervisor/type", "xen\n");
	rig_begin(&rig, first_cpu, 1, "test");
	assert_non_null(strstr(rig_gap(&rig.before, "xen", NULL), "libvirt: "));
	rig_close(&rig);
}

/* The capture has a line "PATH VALUE" for each file below the directory of devices. Its domains are
 * 4 and 5; the first stands for libvirt's. */
static void write_devices(const struct rig *rig)
{
	cleanup_free char *path =
		str_printf("%s/tests/golden/counters/xen/devices.txt", TARE_SOURCE_DIR);
	cleanup_free char *text = NULL;
	struct error e = {""};
	size_t count;
	char *rest = NULL;

	if (file_read(path, 1 << 20, &text, &count, &e) < 0)
		fail_msg("%s", e.text);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, ' ');
		assert_non_null(value);
		*value = '\0';
		if (line[strlen("vbd-")] == '4')
			line[strlen("vbd-")] = '1';
		cleanup_free char *file = str_printf(DEVICES "%s", line);
		cleanup_free char *content = str_printf("%s\n", value + 1);
		rig_write(rig, file, content);
	}
}

static void test_captured(void **state)
{
	static const struct {
		const char *source, *name;
		double value;
	} expected[] = {
		{"xen_disks", "guests_reads", 91},
		{"xen_disks", "guests_read", 4738048},
		{"xen_disks", "guests_writes", 4},
		{"xen_disks", "guests_written", 11264},
		{"xen_disks", "guests_flushes", 3},
		{"xen_disks", "others_reads", 91},
		{"xen_network", "guests_received", 106980437},
		{"xen_network", "guests_packets_received", 1950},
		{"xen_network", "guests_sent", 33920},
		{"xen_network", "guests_packets_sent", 653},
		{"xen_network", "others_sent", 107213337},
	};
	struct rig rig;

	(void)state;
	open_xen(&rig);
	write_devices(&rig);
	rig_begin(&rig, first_cpu, 1, "test");
	rig_end(&rig);
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		double value = rig_value(&rig.after, expected[i].source, expected[i].name);
		if (value != expected[i].value)
			fail_msg("%s %s: %.12g", expected[i].source, expected[i].name, value);
	}
	rig_close(&rig);
}

/* No device, a device without counts, and a host that does not tell whose they are. */
static void test_no_devices(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, first_cpu, 1, "test");
	assert_string_equal(
		rig_gap(&rig.before, "xen_disks", NULL), "this host does not run under Xen");
	rig_close(&rig);
	open_xen(&rig);
	rig_begin(&rig, first_cpu, 1, "test");
	assert_non_null(
		strstr(rig_gap(&rig.before, "xen_disks", NULL), "/sys/bus/xen-backend/devices: "));
	rig_write(&rig, DEVICES "vbd-7-51712/statistics/rd_req", "12\n");
	rig_begin(&rig, first_cpu, 1, "test");
	assert_string_equal(rig_gap(&rig.before, "xen_disks", "guests_reads"),
		"QEMU serves the disks, not dom0's kernel");
	assert_true(rig_value(&rig.before, "xen_disks", "others_reads") == 12);
	assert_string_equal(rig_gap(&rig.before, "xen_disks", "others_writes"),
		"dom0's kernel does not count it");
	assert_string_equal(rig_gap(&rig.before, "xen_network", "guests_sent"),
		"they have no network interface that dom0's kernel serves");
	assert_true(rig_value(&rig.before, "xen_network", "others_sent") == 0);
	/* A run without guests has sent nothing. */
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "xen_disks", "guests_reads") == 0);
	assert_true(rig_value(&rig.before, "xen_network", "guests_sent") == 0);
	rig_close(&rig);
}

/* Damaged and strange files; a guest that ends during the run. */
static void test_damaged(void **state)
{
	struct rig rig;

	(void)state;
	open_xen(&rig);
	rig_write(&rig, DEVICES "vbd-1-51712/statistics/rd_req", "-7\n");
	rig_write(&rig, DEVICES "vbd-1-51712/statistics/wr_req", "5\n");
	rig_write(&rig, DEVICES "vbd-1-51728/statistics/wr_req", "6 x\n");
	rig_write(&rig, DEVICES "vbd-x-51728/statistics/wr_req", "100\n");
	rig_write(&rig, DEVICES "vbd-11-51728/statistics/wr_req", "1000\n");
	rig_write(&rig, DEVICES "vif-1-0/net/vif1.0/statistics/rx_bytes", "99\n");
	rig_begin(&rig, first_cpu, 1, "test");
	assert_string_equal(rig_gap(&rig.before, "xen_disks", "guests_reads"),
		"dom0's kernel does not count it");
	assert_true(rig_value(&rig.before, "xen_disks", "guests_writes") == 5);
	assert_true(rig_value(&rig.before, "xen_disks", "others_writes") == 1000);
	assert_true(rig_value(&rig.before, "xen_network", "guests_sent") == 99);
	rig_remove(&rig, DEVICES "vif-1-0");
	rig_end(&rig);
	assert_non_null(rig_gap(&rig.after, "xen_network", "guests_sent"));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xen),
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_no_devices),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
