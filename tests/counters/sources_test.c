/* Sources that are one file or a few: what the kernel writes there, captured; damaged and absent
 * files; and the two edges put together. */
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
#include "tests/counters/rig.h"

static const unsigned first_cpu[] = {0};

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%.12g, not %.12g", value, expected);
}

/* cpu0 of the captured file: 494424 41754 209424 1243571 2743 0 7811 1182, in hundredths of a
 * second. */
static void test_cpu(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy(&rig, "proc/stat");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "cpu", "watched"), 1);
	assert_near(rig_value(&rig.before, "cpu", "busy"), 7456.02);
	assert_near(rig_value(&rig.before, "cpu", "irq"), 78.11);
	assert_near(rig_value(&rig.before, "cpu", "steal"), 11.82);
	assert_near(rig_value(&rig.before, "cpu", "idle"), 12463.14);
	assert_near(rig_value(&rig.before, "cpu", "host_busy"), 15291.47);
	rig_close(&rig);
}

static void test_siblings_are_watched(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_copy(&rig, "proc/stat");
	rig_write(&rig, "sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "cpu", "watched"), 2);
	assert_near(rig_value(&rig.before, "cpu", "busy"), 7456.02 + 7638.09);
	/* A list that is none is no reason to watch nothing. */
	rig_write(&rig, "sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-x,9-2\n");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "cpu", "watched"), 1);
	rig_close(&rig);
}

static void test_cpu_is_not_there(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "cpu", NULL), "/proc/stat: No such file or directory");
	rig_write(&rig, "proc/stat", "cpu  1 2 3\ncpu7 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "cpu", NULL), "/proc/stat has none of the run's CPUs");
	rig_copy(&rig, "proc/stat");
	rig_write(&rig, "sys/hypervisor/type", "xen\n");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "cpu", NULL), "under Xen"));
	rig_close(&rig);
}

static void test_pressure(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	assert_true(rig_find(&rig.before, "pressure", NULL) == NULL);
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "pressure", NULL), "/proc/pressure/"));
	rig_copy(&rig, "proc/pressure/cpu");
	rig_copy(&rig, "proc/pressure/io");
	rig_copy(&rig, "proc/pressure/memory");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "pressure", "cpu_some"), 4605.474653);
	assert_near(rig_value(&rig.before, "pressure", "io_some"), 186.734302);
	assert_near(rig_value(&rig.before, "pressure", "io_full"), 78.083713);
	assert_true(rig_value(&rig.before, "pressure", "memory_full") == 0);
	rig_write(&rig, "proc/pressure/cpu", "some avg10=1 total=\nnonsense\nfull\n total=7");
	rig_write(&rig, "proc/pressure/io", "");
	rig_write(&rig, "proc/pressure/memory", "\n\n");
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_string_equal(rig_gap(&rig.before, "pressure", NULL), "/proc/pressure has no totals");
	rig_close(&rig);
}

static void test_throttle(void **state)
{
	static const unsigned cpus[] = {0, 1};
	static const char directory[] = "sys/devices/system/cpu/cpu%d/thermal_throttle/%s";
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, cpus, 2, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "throttle", NULL), "thermal_throttle"));
	for (int cpu = 0; cpu < 2; cpu++) {
		cleanup_free char *path = str_printf(directory, cpu, "core_throttle_count");
		rig_write(&rig, path, cpu ? "5\n" : "12\n");
	}
	rig_begin(&rig, cpus, 2, "0123abcd");
	assert_near(rig_value(&rig.before, "throttle", "core"), 17);
	assert_null(rig_find(&rig.before, "throttle", "package"));
	cleanup_free char *path = str_printf(directory, 1, "core_throttle_count");
	rig_write(&rig, path, "-5\n");
	rig_end(&rig);
	assert_near(rig_value(&rig.after, "throttle", "core"), 12);
	rig_close(&rig);
}

/* A register is eight bytes at the offset of its number: bytes 0xe8 and 0xe9 are 1 and 2. */
static void test_frequency(void **state)
{
	cleanup_free char *registers = mem_new(0x100, 1);
	struct rig rig;

	(void)state;
	rig_open(&rig, 1);
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "frequency", NULL), "module msr"));
	memset(registers, 1, 0xf0);
	rig_write(&rig, "dev/cpu/0/msr", registers);
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "frequency", "aperf"), 0x0101010101010101);
	registers[0xea] = '\0';
	rig_write(&rig, "dev/cpu/0/msr", registers);
	rig_begin(&rig, first_cpu, 1, "0123abcd");
	assert_non_null(strstr(rig_gap(&rig.before, "frequency", NULL), "no APERF"));
	rig_close(&rig);
}

/* --- both edges ------------------------------------------------------------------------------- */

static void add(struct counter_list *list, const char *source, const char *name, double value,
	const char *note)
{
	struct counter counter = {source, name, name ? "1" : NULL, COUNTER_TOTAL, value, note};

	counter_list_add(list, &counter);
}

static const struct counter_pair *find_pair(
	const struct counter_pair *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].name ? name && strcmp(pairs[i].name, name) == 0 : !name)
			return &pairs[i];
	fail_msg("there is no %s", name ? name : "gap");
	return NULL;
}

static void test_pairs(void **state)
{
	struct counter_list before = {0}, after = {0};
	cleanup_free struct counter_pair *pairs = NULL;

	(void)state;
	add(&before, "a", "stays", 1, NULL);
	add(&before, "a", "vanishes", 5, NULL);
	add(&before, "b", "stays", 2, NULL);
	add(&before, "c", "lost", 3, NULL);
	add(&after, "b", "stays", 4, "what it was");
	add(&after, "a", "comes", 7, NULL);
	add(&after, "a", "stays", 3, NULL);
	add(&after, "c", "lost", NAN, "process 5 ended");
	add(&after, "d", NULL, NAN, "no such file");
	size_t count = counters_pair(&before, &after, &pairs);
	assert_int_equal(count, 6);
	assert_true(pairs[0].before == 2 && pairs[0].after == 4);
	assert_string_equal(pairs[0].note, "what it was");
	const struct counter_pair *pair = find_pair(pairs, count, "comes");
	assert_true(isnan(pair->before) && pair->after == 7);
	assert_string_equal(pair->note, "it came during the run");
	pair = find_pair(pairs, count, "vanishes");
	assert_true(pair->before == 5 && isnan(pair->after));
	assert_string_equal(pair->note, "it vanished during the run");
	pair = find_pair(pairs, count, "lost");
	assert_true(pair->before == 3 && isnan(pair->after));
	assert_string_equal(pair->note, "process 5 ended");
	assert_string_equal(find_pair(pairs, count, NULL)->note, "no such file");
	assert_true(pairs[2].before == 1 && pairs[2].after == 3 && !pairs[2].note);
	counter_list_free(&before);
	counter_list_free(&after);
}

static void test_kinds(void **state)
{
	enum counter_kind kind;

	(void)state;
	for (int i = COUNTER_TOTAL; i <= COUNTER_LEVEL; i++) {
		assert_int_equal(
			counter_kind_read(counter_kind_text((enum counter_kind)i), &kind), 0);
		assert_int_equal(kind, i);
	}
	assert_int_equal(counter_kind_read("totals", &kind), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_siblings_are_watched),
		cmocka_unit_test(test_cpu_is_not_there),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_throttle),
		cmocka_unit_test(test_frequency),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
