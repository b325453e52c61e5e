/* Sources that read tables of the kernel, as this kernel and that of a guest (Linux 6.1) wrote
 * them, and damaged ones; guests, KVM and energy out of made files; counters that wrap and
 * vanish. */
#include <assert.h>
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

static const unsigned both[] = {0, 1};

static void assert_values(const struct counter_list *list, const char *source,
	const char *const *names, const double *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double value = rig_value(list, source, names[i]);
		if (!(fabs(value - values[i]) <= 1e-9 * fabs(values[i])))
			fail_msg("%s %s: %.12g, not %.12g", source, names[i], value, values[i]);
	}
}

#define ASSERT_VALUES(list, source, names, ...) \
	do { \
		const double values_[] = {__VA_ARGS__}; \
		static_assert(ARRAY_COUNT(values_) == ARRAY_COUNT(names), ""); \
		assert_values(list, source, names, values_, ARRAY_COUNT(values_)); \
	} while (0)

static const char *const interrupt_names[] = {
	"timer", "reschedule", "function_call", "tlb_shootdown", "nmi", "posted_wakeup", "device"};

static void test_interrupts(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_string_equal(rig_gap(&rig.before, "interrupts", NULL),
		"/proc/interrupts: No such file or directory");
	rig_copy(&rig, "proc/interrupts");
	rig_begin(&rig, both, 2, "0123abcd");
	ASSERT_VALUES(&rig.before, "interrupts", interrupt_names, 5442509 + 6314468.,
		2814039 + 1263010., 2512765 + 2387317., 146231 + 560852., 0, 0,
		rig_value(&rig.before, "interrupts", "device"));
	assert_true(rig_value(&rig.before, "interrupts", "device") > 4e6);
	rig_copy_guest(&rig, "proc/interrupts");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "interrupts", interrupt_names, 607, 34, 1252, 1, 0, 0, 185);
	rig_begin(&rig, both, 2, "0123abcd");
	assert_int_equal(rig_find(&rig.before, "interrupts", "timer")->kind, COUNTER_TOTAL_32);
	assert_true(rig_value(&rig.before, "interrupts", "timer") == 607 + 679);
	rig_close(&rig);
}

/* CPUs that are off have no column; lines may be cut off. */
static void test_interrupts_of_some(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_write(
		&rig, "proc/interrupts", "      CPU1  CPU3\n  5: 10 20 x\nLOC: 3\nRES:\nZZZ: 5 6");
	rig_begin(&rig, both, 2, "0123abcd");
	assert_true(rig_value(&rig.before, "interrupts", "device") == 10);
	assert_true(rig_value(&rig.before, "interrupts", "timer") == 3);
	assert_true(rig_value(&rig.before, "interrupts", "reschedule") == 0);
	assert_null(rig_find(&rig.before, "interrupts", "tlb_shootdown"));
	rig_write(&rig, "proc/interrupts", "CPUx CPU1\n5: 1 2\n");
	rig_begin(&rig, both, 2, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "interrupts", NULL), "/proc/interrupts has no line of CPUs");
	rig_close(&rig);
}

static void test_softirqs(void **state)
{
	static const char *const names[] = {"hi", "timer", "net_rx", "block", "sched", "rcu"};
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy(&rig, "proc/softirqs");
	rig_begin(&rig, both, 2, "0123abcd");
	ASSERT_VALUES(&rig.before, "softirqs", names, 0, 525370 + 549434., 29729311 + 24576225.,
		16142 + 5011040., 514036 + 525805., 1755441 + 1811148.);
	rig_copy_guest(&rig, "proc/softirqs");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "softirqs", names, 0, 49, 0, 0, 220, 276);
	rig_write(&rig, "proc/softirqs", "");
	rig_begin(&rig, both, 1, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "softirqs", NULL), "/proc/softirqs has no line of CPUs");
	rig_close(&rig);
}

static void test_scheduler(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy_guest(&rig, "proc/stat");
	rig_begin(&rig, both, 2, "0123abcd");
	assert_true(rig_value(&rig.before, "scheduler", "context_switches") == 1522);
	assert_true(rig_value(&rig.before, "scheduler", "forks") == 94);
	assert_string_equal(rig_gap(&rig.before, "scheduler", "run_delay"),
		"/proc/schedstat: No such file or directory");
	rig_copy_guest(&rig, "proc/schedstat");
	rig_begin(&rig, both, 2, "0123abcd");
	assert_true(fabs(rig_value(&rig.before, "scheduler", "run_delay") -
			    (.406597264 + .189040247)) < 1e-12);
	rig_write(&rig, "proc/schedstat", "version 15\ncpu7 0 0 0 0 0 0 1 2 3\ncpu0 1\n");
	rig_begin(&rig, both, 2, "0123abcd");
	assert_non_null(
		strstr(rig_gap(&rig.before, "scheduler", "run_delay"), "none of the run's CPUs"));
	rig_close(&rig);
}

static void test_memory(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy_guest(&rig, "proc/vmstat");
	rig_copy_guest(&rig, "proc/meminfo");
	rig_begin(&rig, both, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "memory", "faults") == 581);
	assert_true(rig_value(&rig.before, "memory", "major_faults") == 34);
	assert_true(rig_value(&rig.before, "memory", "anonymous") == 336 * 1024);
	assert_int_equal(rig_find(&rig.before, "memory", "anonymous_huge")->kind, COUNTER_LEVEL);
	rig_write(&rig, "proc/vmstat", "pgfault\npgfault x\npgfault -5\npgfaults 7\npgmajfault 9");
	rig_remove(&rig, "proc/meminfo");
	rig_end(&rig);
	assert_null(rig_find(&rig.after, "memory", "faults"));
	assert_true(rig_value(&rig.after, "memory", "major_faults") == 9);
	rig_write(&rig, "proc/vmstat", "nothing 5\n");
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "memory", NULL), "/proc/meminfo"));
	rig_close(&rig);
}

/* Only what has a device of its own: not loop devices, not partitions. */
static void test_disks(void **state)
{
	static const char *const names[] = {
		"reads", "read", "writes", "written", "flushes", "busy"};
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy(&rig, "proc/diskstats");
	rig_begin(&rig, both, 1, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "disks", NULL), "this host has no disk of its own");
	rig_write(&rig, "sys/block/vda/device/vendor", "");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "disks", names, 2048090, 151935259 * 512., 3619176,
		407276376 * 512., 1115339, 358.772);
	/* Two disks, of which one comes from a kernel without flushes. */
	rig_write(&rig, "sys/block/vdb/device/vendor", "");
	rig_write(&rig, "proc/diskstats",
		" 254 0 vda 1 2 3 4 5 6 7 8 9 10 11\n 254 16 vdb 10 0 20 0 30 0 40 0 0 50 0 0 0 0 "
		"0 60 0\n 254 1 vda1 7 7 7\n 8 0 ../vda 1 2 3 4 5 6 7 8 9 10 11\nsda\n");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "disks", names, 11, 23 * 512, 35, 47 * 512, 60, .06);
	rig_close(&rig);
}

static void test_network(void **state)
{
	static const char *const names[] = {"card_received", "card_packets_sent",
		"virtual_received", "loopback_sent", "loopback_packets_received"};
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy(&rig, "proc/net/dev");
	rig_write(&rig, "sys/class/net/eth0/device/vendor", "");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "network", names, 1213297807, 12996, 0, 233280387731., 11785223);
	rig_remove(&rig, "sys/class");
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "network", names, 0, 0, 1213297807, 233280387731., 11785223);
	rig_close(&rig);
}

/* --- made hosts ------------------------------------------------------------------------------- */

static void write_process(const struct rig *rig, const char *path, const char *name, unsigned flags,
	unsigned long long ticks)
{
	cleanup_free char *text = str_printf(
		"5 (%s) S 1 1 1 0 -1 %u 0 0 0 0 %llu 0 0 0 20 0 1 0 7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 17 0 0 0\n",
		name, flags, ticks);

	/* The first number is the process's. */
	text[0] = path[strlen("proc/")];
	rig_write(rig, path, text);
}

/* Process 5 is a guest of the campaign, 6 one of another; thread 7 of the kernel serves 5. */
static void make_guests(const struct rig *rig)
{
	enum { KERNEL_THREAD = 0x00200000 };

	write_process(rig, "proc/5/stat", "qemu-system-x86", 0, 1000);
	rig_write(rig, "proc/5/cmdline", "qemu guest=tare-0123abcd-1");
	write_process(rig, "proc/5/task/5/stat", "qemu-system-x86", 0, 100);
	write_process(rig, "proc/5/task/51/stat", "CPU 0/KVM", 0, 500);
	write_process(rig, "proc/5/task/52/stat", "CPU 1/KVM", 0, 200);
	write_process(rig, "proc/5/task/53/stat", "IO iothread1", 0, 50);
	rig_write(rig, "proc/5/task/51/schedstat", "5000000000 250000000 77\n");
	rig_write(rig, "proc/5/task/52/schedstat", "2000000000 500000000 77\n");
	write_process(rig, "proc/6/stat", "qemu-system-x86", 0, 7000);
	rig_write(rig, "proc/6/cmdline", "qemu guest=other");
	write_process(rig, "proc/6/task/6/stat", "CPU 0/KVM", 0, 7000);
	write_process(rig, "proc/7/stat", "vhost-5", KERNEL_THREAD, 30);
	write_process(rig, "proc/8/stat", "vhost-6", KERNEL_THREAD, 90);
}

static void test_guests(void **state)
{
	static const char *const names[] = {
		"vcpus", "io_threads", "emulator", "vhost", "vcpu_run_delay"};
	struct rig rig;

	(void)state;
	rig_open(&rig, 0x7ffffff);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "guests", NULL), "no process of QEMU"));
	make_guests(&rig);
	rig_begin(&rig, both, 1, "0123abcd");
	ASSERT_VALUES(&rig.before, "guests", names, 7, .5, 2.5, .3, .75);
	/* A thread that ended is in the time of its process. */
	rig_remove(&rig, "proc/5/task/53");
	rig_end(&rig);
	ASSERT_VALUES(&rig.after, "guests", names, 7, 0, 3, .3, .75);
	rig_close(&rig);
}

static void test_kvm(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 0x7ffffff);
	make_guests(&rig);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_string_equal(rig_gap(&rig.before, "kvm", NULL),
		"/sys/kernel/debug/kvm: No such file or directory");
	rig_write(&rig, "sys/kernel/debug/kvm/exits", "999999\n");
	rig_write(&rig, "sys/kernel/debug/kvm/6-12/exits", "777777\n");
	rig_begin(&rig, both, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "kvm", NULL), "no guest of KVM"));
	rig_write(&rig, "sys/kernel/debug/kvm/5-11/exits", "1000\n");
	rig_write(&rig, "sys/kernel/debug/kvm/5-14/exits", "24\n");
	rig_write(&rig, "sys/kernel/debug/kvm/5-11/halt_wait_ns", "2500000000\n");
	rig_write(&rig, "sys/kernel/debug/kvm/5-11/io_exits", "-7\n");
	rig_begin(&rig, both, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "kvm", "exits") == 1024);
	assert_true(rig_value(&rig.before, "kvm", "halt_wait_ns") == 2.5);
	assert_string_equal(rig_find(&rig.before, "kvm", "halt_wait_ns")->unit, "s");
	assert_null(rig_find(&rig.before, "kvm", "io_exits"));
	rig_close(&rig);
}

#define INSTANCE "sys/kernel/tracing/instances/tare-0123abcd"
#define HIST INSTANCE "/events/kvm/kvm_exit/hist"

static const char hist_text[] =
	"# event histogram\n#\n"
	"# trigger info: hist:keys=common_pid,exit_reason:vals=hitcount:sort=hitcount:size=16384 "
	"[active]\n#\n\n"
	"{ common_pid:         51, exit_reason:        120 } hitcount:        300\n"
	"{ common_pid:         51, exit_reason:        114 } hitcount:     100020\n"
	"{ common_pid:         51, exit_reason:         10 } hitcount:          2\n"
	"{ common_pid:         61, exit_reason:        114 } hitcount:       7777\n"
	"{ common_pid:         99, exit_reason:        114 } hitcount:       8888\n"
	"{ common_pid:         51, exit_reason:       9999 } hitcount:          5\n"
	"\nTotals:\n    Hits: 116992\n    Entries: 6\n    Dropped: %u\n";

/* Thread 51 is of the run's QEMU, 61 of another's, and 99 has ended. */
static void test_exit_reasons(void **state)
{
	cleanup_free char *text = str_printf(hist_text, 0), *dropping = str_printf(hist_text, 3);
	struct rig rig;

	(void)state;
	rig_open(&rig, 0x7ffffff);
	make_guests(&rig);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "exit_reasons", NULL), "not asked for"));
	rig.exit_reasons = true;
	rig_begin(&rig, both, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "exit_reasons", NULL), "No such file"));
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "exit_reasons", NULL), "No such file"));
	rig_write(&rig, "proc/51/status", "Name:\tCPU 0/KVM\nTgid:\t5\nPid:\t51\n");
	rig_write(&rig, "proc/61/status", "Name:\tCPU 0/KVM\nTgid:\t6\nPid:\t61\n");
	rig_write(&rig, INSTANCE "/events/kvm/kvm_exit/trigger", "");
	rig_write(&rig, "sys/module/kvm_amd/x", "");
	rig_write(&rig, HIST, text);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "exit_reasons", "cpuid") == 0);
	rig_end(&rig);
	/* Whose guest the ended thread was of is not known: no count is better than a wrong one. */
	assert_string_equal(rig_gap(&rig.after, "exit_reasons", NULL),
		"8888 exits are of threads that have ended");
	rig_write(&rig, "proc/99/status", "Name:\tCPU 0/KVM\nTgid:\t6\nPid:\t99\n");
	rig_begin(&rig, both, 1, "0123abcd");
	rig_end(&rig);
	assert_true(rig_value(&rig.after, "exit_reasons", "cpuid") == 100020);
	assert_true(rig_value(&rig.after, "exit_reasons", "halt") == 300);
	/* On AMD 10 is a control register. */
	assert_true(rig_value(&rig.after, "exit_reasons", "control_register") == 2);
	assert_true(rig_value(&rig.after, "exit_reasons", "other") == 5);
	rig_remove(&rig, "sys/module/kvm_amd");
	rig_begin(&rig, both, 1, "0123abcd");
	rig_end(&rig);
	assert_true(rig_value(&rig.after, "exit_reasons", "cpuid") == 2);
	/* Exits that found no room, and a histogram that ends early, are no counts. */
	rig_write(&rig, HIST, dropping);
	rig_begin(&rig, both, 1, "0123abcd");
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "exit_reasons", NULL), "3 exits were dropped"));
	*strstr(text, "    Dropped") = '\0';
	rig_write(&rig, HIST, text);
	rig_begin(&rig, both, 1, "0123abcd");
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "exit_reasons", NULL), "no totals"));
	/* It vanished. */
	rig_begin(&rig, both, 1, "0123abcd");
	rig_remove(&rig, INSTANCE);
	rig_end(&rig);
	assert_non_null(strstr(rig_gap(&rig.after, "exit_reasons", NULL), "No such file"));
	rig_close(&rig);
}

/* Zones begin anew at their own range; core is a part of package-0. */
static void test_energy(void **state)
{
	static const struct {
		const char *zone, *name, *uj;
	} zones[] = {
		{"intel-rapl:0", "package-0", "900000000"},
		{"intel-rapl:1", "package-1", "5000000"},
		{"intel-rapl:0:0", "core", "800000000"},
		{"intel-rapl:0:1", "dram", "3000000"},
		{"intel-rapl-mmio:0", "package-0", "4000000"},
	};
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, both, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "energy", NULL), "/sys/class/powercap"));
	for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
		cleanup_free char *name = str_printf("sys/class/powercap/%s/name", zones[i].zone);
		cleanup_free char *uj =
			str_printf("sys/class/powercap/%s/energy_uj", zones[i].zone);
		cleanup_free char *range =
			str_printf("sys/class/powercap/%s/max_energy_range_uj", zones[i].zone);
		rig_write(&rig, name, zones[i].name);
		rig_write(&rig, uj, zones[i].uj);
		rig_write(&rig, range, "1000000000\n");
	}
	rig_begin(&rig, both, 1, "0123abcd");
	assert_true(fabs(rig_value(&rig.before, "energy", "packages") - 905) < 1e-9);
	assert_true(fabs(rig_value(&rig.before, "energy", "memory") - 3) < 1e-9);
	rig_write(&rig, "sys/class/powercap/intel-rapl:0/energy_uj", "50000000\n");
	rig_end(&rig);
	assert_true(fabs(rig_value(&rig.after, "energy", "packages") - 1055) < 1e-9);
	/* The next run begins where the zone is now. */
	rig_begin(&rig, both, 1, "0123abcd");
	assert_true(fabs(rig_value(&rig.before, "energy", "packages") - 55) < 1e-9);
	rig_close(&rig);
}

/* Perf events are this machine's own, whatever the root is: counted, or a reason. */
static void test_cycles(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, both, 1, "0123abcd");
	rig_end(&rig);
	if (rig_find(&rig.before, "cycles", "cycles")) {
		assert_true(rig_value(&rig.before, "cycles", "cycles") == 0);
		assert_true(rig_value(&rig.after, "cycles", "cycles") > 0);
	} else {
		assert_true(strlen(rig_gap(&rig.before, "cycles", NULL)) > 0);
		assert_true(strlen(rig_gap(&rig.after, "cycles", NULL)) > 0);
	}
	rig_close(&rig);
}

static void test_every_source_says_where(void **state)
{
	const char *where = NULL;
	size_t count = 0;

	(void)state;
	for (const char *name; (name = counters_source(count, &where)); count++)
		assert_true(strlen(name) > 0 && strlen(where) > 0);
	assert_int_equal(count, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_interrupts_of_some),
		cmocka_unit_test(test_softirqs),
		cmocka_unit_test(test_scheduler),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_exit_reasons),
		cmocka_unit_test(test_energy),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_every_source_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
