/* KVM's counters as kvm_amd of Linux 6.1 wrote them for a running guest: debugfs, the histogram of
 * kvm_exit, and the vCPU's thread. */
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

#define ID "0123abcd"
#define INSTANCE "sys/kernel/tracing/instances/tare-" ID "/events/kvm/kvm_exit/"

static const unsigned first_cpu[] = {0};

static char *golden(const char *name)
{
	cleanup_free char *path =
		str_printf("%s/tests/golden/counters/kvm_amd/%s", TARE_SOURCE_DIR, name);
	struct error e = {""};
	char *text = NULL;
	size_t count;

	if (file_read(path, 1 << 20, &text, &count, &e) < 0)
		fail_msg("%s", e.text);
	return text;
}

/* The capture has a line "NAME VALUE" for each file of the guest's directory. */
static void write_debugfs(const struct rig *rig)
{
	cleanup_free char *text = golden("debugfs.txt");
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, ' ');
		assert_non_null(value);
		*value = '\0';
		cleanup_free char *path = str_printf("sys/kernel/debug/kvm/1406-14/%s", line);
		cleanup_free char *content = str_printf("%s\n", value + 1);
		rig_write(rig, path, content);
	}
}

static void write_guest(const struct rig *rig)
{
	cleanup_free char *vcpu = golden("vcpu_stat.txt"), *hist = golden("hist.txt");
	cleanup_free char *process = golden("process_stat.txt");

	write_debugfs(rig);
	rig_write(rig, "proc/1406/stat", process);
	rig_write(rig, "proc/1406/cmdline", "qemu-system-x86_64 guest=tare-" ID "-1");
	rig_write(rig, "proc/1406/task/1412/stat", vcpu);
	rig_write(rig, "proc/1412/status", "Name:\tCPU 0/KVM\nTgid:\t1406\nPid:\t1412\n");
	rig_write(rig, "sys/module/kvm_amd/version", "");
	rig_write(rig, INSTANCE "trigger", "");
	rig_write(rig, INSTANCE "hist", hist);
}

static void test_captured(void **state)
{
	static const struct {
		const char *source, *name;
		double value;
	} expected[] = {
		{"kvm", "exits", 30136},
		{"kvm", "halt_exits", 78},
		{"kvm", "io_exits", 19789},
		{"kvm", "mmio_exits", 1820},
		{"kvm", "halt_wait_ns", 2.051741161},
		{"kvm", "pages_2m", 62},
		/* 4,134 + 1,603 ticks. */
		{"guests", "vcpus", 57.37},
		{"exit_reasons", "cpuid", 3394},
		{"exit_reasons", "halt", 73},
		{"exit_reasons", "interrupt", 665},
		{"exit_reasons", "interrupt_window", 286},
		{"exit_reasons", "register", 995},
		{"exit_reasons", "page_fault", 92},
		{"exit_reasons", "port_io", 0},
		{"exit_reasons", "other", 0},
	};
	struct rig rig;

	(void)state;
	rig_open(&rig, 0x7ffffff);
	write_guest(&rig);
	rig.exit_reasons = true;
	rig_begin(&rig, first_cpu, 1, ID);
	rig_end(&rig);
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		double value = rig_value(&rig.after, expected[i].source, expected[i].name);
		if (fabs(value - expected[i].value) > 1e-9 * fabs(expected[i].value))
			fail_msg("%s %s: %.12g", expected[i].source, expected[i].name, value);
	}
	rig_close(&rig);
}

/* The guest ends in the middle of a run: its counters vanish, and nothing is made up. */
static void test_guest_ends(void **state)
{
	struct rig rig;
	cleanup_free struct counter_pair *pairs = NULL;
	size_t vanished = 0;

	(void)state;
	rig_open(&rig, 0x7ffffff);
	write_guest(&rig);
	rig.exit_reasons = true;
	rig_begin(&rig, first_cpu, 1, ID);
	rig_remove(&rig, "sys/kernel/debug/kvm/1406-14");
	rig_remove(&rig, "proc/1406");
	rig_remove(&rig, "proc/1412");
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "kvm", NULL), "no guest of KVM"));
	assert_string_equal(rig_gap(&rig.after, "exit_reasons", NULL),
		"5505 exits are of threads that have ended");
	size_t count = counters_pair(&rig.before, &rig.after, &pairs);
	for (size_t i = 0; i < count; i++)
		vanished += strcmp(pairs[i].source, "kvm") == 0 && pairs[i].note &&
			    strcmp(pairs[i].note, "it vanished during the run") == 0;
	assert_true(vanished > 20);
	rig_close(&rig);
}

/* Of campaigns that are gone; those of living ones, and of other programs, stay. */
static void test_exit_reasons_are_cleaned(void **state)
{
	cleanup_free char *run = NULL;
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	run = str_printf("%s/run/tare", rig.root);
	rig_write(&rig, "run/tare/0123abcd/owner", "");
	cleanup_free char *living =
		str_printf("%s/sys/kernel/tracing/instances/tare-0123abcd", rig.root);
	cleanup_free char *dead =
		str_printf("%s/sys/kernel/tracing/instances/tare-99999999", rig.root);
	cleanup_free char *another = str_printf("%s/sys/kernel/tracing/instances/perf", rig.root);
	assert_int_equal(dir_make(living, NULL), 0);
	assert_int_equal(dir_make(dead, NULL), 0);
	assert_int_equal(dir_make(another, NULL), 0);
	counters_clean(rig.root, run);
	assert_true(file_exists(living) && file_exists(another));
	assert_false(file_exists(dead));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_guest_ends),
		cmocka_unit_test(test_exit_reasons_are_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
