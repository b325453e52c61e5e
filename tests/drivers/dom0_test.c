/* dom0's CPUs and memory, over a tree that looks like /sys. */
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
#include "drivers/dom0.h"

#define MIB (1024ULL * 1024)

static char root[] = "/tmp/tare-dom0-XXXXXX";

/* state NULL: a CPU that is always online. */
static void make_cpu(unsigned cpu, const char *state)
{
	cleanup_free char *directory = str_printf("%s/devices/system/cpu/cpu%u", root, cpu);
	cleanup_free char *path = str_printf("%s/online", directory);

	assert_int_equal(dir_make(directory, NULL), 0);
	if (state)
		assert_int_equal(file_write(path, state, strlen(state), NULL), 0);
}

static char *state_of(unsigned cpu)
{
	cleanup_free char *path = str_printf("%s/devices/system/cpu/cpu%u/online", root, cpu);

	return file_read_line(path);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	make_cpu(0, NULL);
	make_cpu(1, "0\n");
	make_cpu(2, "1\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dir_remove(root, NULL);
	return 0;
}

static void test_offline_cpus_come_online_and_go_again(void **state)
{
	const unsigned cpus[] = {0, 1, 2};
	cleanup_free unsigned *onlined = NULL;
	struct error e = {""};
	size_t count;

	(void)state;
	assert_int_equal(dom0_take_cpus(root, cpus, 3, &onlined, &count, &e), 0);
	assert_int_equal(count, 1);
	assert_int_equal(onlined[0], 1);
	cleanup_free char *during = state_of(1);
	assert_string_equal(during, "1");
	dom0_release(root, onlined, count);
	cleanup_free char *after = state_of(1), *other = state_of(2);
	assert_string_equal(after, "0");
	assert_string_equal(other, "1");
}

static void test_cpu_that_dom0_has_not(void **state)
{
	const unsigned cpus[] = {1, 3};
	cleanup_free unsigned *onlined = NULL;
	struct error e = {""};
	size_t count;

	(void)state;
	assert_int_equal(dom0_take_cpus(root, cpus, 2, &onlined, &count, &e), -1);
	assert_non_null(strstr(e.text, "CPU 3"));
	assert_non_null(strstr(e.text, "dom0_max_vcpus=4"));
	/* What was brought online is reported, so that it can be undone. */
	assert_int_equal(count, 1);
	dom0_release(root, onlined, count);
}

static void test_memory(void **state)
{
	struct error e = {""};

	(void)state;
	assert_int_equal(dom0_check_memory(1536 * MIB, 1400 * MIB, &e), 0);
	assert_int_equal(dom0_check_memory(2048 * MIB, 1400 * MIB, &e), -1);
	assert_non_null(strstr(e.text, "dom0_mem=2048M"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offline_cpus_come_online_and_go_again),
		cmocka_unit_test(test_cpu_that_dom0_has_not),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
