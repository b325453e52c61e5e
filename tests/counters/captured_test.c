/* Counters inside a guest, out of the files that its agent sent: captured in a guest of Linux 6.1,
 * damaged, and missing. */
#include <math.h>
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
#include "base/text.h"
#include "tests/counters/rig.h"

static const char *const paths[] = {"proc/stat", "proc/schedstat", "proc/interrupts",
	"proc/softirqs", "proc/vmstat", "proc/meminfo", "proc/diskstats", "proc/net/dev"};
enum { FILES = ARRAY_COUNT(paths) + 1 };

static void read_files(struct captured_file files[FILES])
{
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		cleanup_free char *path =
			str_printf("%s/tests/golden/counters/guest/%s", TARE_SOURCE_DIR, paths[i]);
		char *text = NULL;
		size_t count;
		if (file_read(path, 1 << 20, &text, &count, NULL) < 0)
			fail_msg("%s", path);
		files[i] = (struct captured_file){paths[i], text, true};
	}
	/* The agent says that vda is a disk; of vdb it does not. */
	files[FILES - 1] = (struct captured_file){"sys/block/vda/device", "", true};
}

static void free_files(struct captured_file files[FILES])
{
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		free((char *)files[i].text);
}

static void test_golden(void **state)
{
	struct captured_file files[FILES];
	struct counter_list list = {0};

	(void)state;
	read_files(files);
	counters_read_captured(files, FILES, &list);
	/* Both CPUs are watched: 7 + 0 + 352 hundredths of a second. */
	assert_float_equal(rig_value(&list, "guest_cpu", "busy"), 3.59, 1e-9);
	assert_float_equal(rig_value(&list, "guest_cpu", "watched"), 2, 1e-9);
	assert_float_equal(rig_value(&list, "guest_scheduler", "context_switches"), 1522, 1e-9);
	assert_true(rig_value(&list, "guest_scheduler", "run_delay") > 0.4);
	assert_true(rig_value(&list, "guest_interrupts", "timer") >= 607);
	assert_true(rig_value(&list, "guest_memory", "faults") > 0);
	assert_float_equal(rig_value(&list, "guest_disks", "reads"), 74, 1e-9);
	assert_true(rig_value(&list, "guest_softirqs", "timer") > 0);
	assert_true(rig_value(&list, "guest_network", "loopback_received") == 0);
	/* That kernel had no PSI, and the agent did not say why. */
	assert_non_null(strstr(rig_gap(&list, "guest_pressure", NULL), "does not read it"));
	free_files(files);
	counter_list_free(&list);
}

/* A reason of the agent's is passed on; a guest that says nothing has no counter. */
static void test_gaps(void **state)
{
	const struct captured_file files[] = {
		{"proc/pressure/cpu", "Operation not supported", false},
		{"proc/pressure/memory", "Operation not supported", false},
		{"proc/pressure/io", "Operation not supported", false}};
	struct counter_list list = {0};

	(void)state;
	counters_read_captured(files, ARRAY_COUNT(files), &list);
	assert_string_equal(rig_gap(&list, "guest_pressure", NULL),
		"/proc/pressure/io: Operation not supported");
	counter_list_free(&list);
	counters_read_captured(NULL, 0, &list);
	assert_int_equal(list.count, 8);
	assert_non_null(strstr(rig_gap(&list, "guest_cpu", NULL), "/proc/stat"));
	counter_list_free(&list);
	counters_add_silent(&list, "guest-1: it is gone");
	assert_int_equal(list.count, 8);
	assert_string_equal(rig_gap(&list, "guest_memory", NULL), "guest-1: it is gone");
	counter_list_free(&list);
}

/* Cut anywhere, a file gives what it has or a reason. */
static void test_damaged(void **state)
{
	struct captured_file files[FILES];

	(void)state;
	read_files(files);
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		const char *whole = files[i].text;
		size_t length = strlen(whole);
		for (size_t cut = 0; cut < length; cut += 1 + length / 64) {
			cleanup_free char *part = str_printf("%.*s", (int)cut, whole);
			struct counter_list list = {0};
			files[i].text = part;
			counters_read_captured(files, FILES, &list);
			for (size_t c = 0; c < list.count; c++)
				assert_true(isfinite(list.items[c].value) || list.items[c].note);
			counter_list_free(&list);
		}
		files[i].text = whole;
	}
	free_files(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
