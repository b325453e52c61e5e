/* exits: a captured output, damaged ones, gaps with their reasons, and the kernel. */
#include "network_checks.h"

#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

extern const struct benchmark bench_exits;

static const char *gap_of(const struct samples *samples, const char *metric)
{
	for (size_t i = 0; i < samples->gap_count; i++)
		if (strcmp(bench_exits.metrics[samples->gaps[i].metric].name, metric) == 0)
			return samples->gaps[i].reason;
	return NULL;
}

static double median_of(const struct samples *samples, const char *metric)
{
	return median_at(&bench_exits, samples, metric, 0);
}

/* Of a guest without /dev/hpet whose kernel has no ioperm. */
static void test_golden(void **state)
{
	static const char *const names[] = {"page_first", "page_again", "cpuid", "hypercall",
		"halt_wakeup", "timer", "shootdown", "shootdown_alone", "cpuid_work"};
	size_t count;
	cleanup_free char *text = golden_read("exits/in-a-guest.txt", &count);
	struct samples samples = parse_good(&bench_exits, text, count);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cleanup_free char *done = str_printf("%s_done", names[i]);
		cleanup_free char *batch = str_printf("%s_batch", names[i]);
		assert_true(median_of(&samples, names[i]) > 0);
		assert_true(single_value(&bench_exits, &samples, done, 0) >=
			    single_value(&bench_exits, &samples, batch, 0));
	}
	assert_int_equal(samples.gap_count, 3);
	assert_string_equal(gap_of(&samples, "port_io"), "ioperm: Function not implemented");
	assert_string_equal(gap_of(&samples, "mmio"), "/dev/hpet: No such file or directory");
	assert_string_equal(
		gap_of(&samples, "xen_hypercall"), "/dev/xen/privcmd: No such file or directory");
	/* An exit is microseconds there, work with one in it is more. */
	assert_true(median_of(&samples, "cpuid") > 1000);
	assert_true(median_of(&samples, "cpuid_work") > median_of(&samples, "cpuid"));
	check_damage(&bench_exits, text, count, count, 13);
	refuse_noise(&bench_exits);
	bench_samples_free(&samples);
}

static void test_hostile(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"tare-exits 1\nclock_cost 0 1\n20\ngap reboot no\ndone 1\n", "unknown metric"},
		{"tare-exits 1\nclock_cost 0 1\n20\ngap mmio\ndone 1\n", "truncated"},
		{"tare-exits 1\nclock_cost 0 1\n20\ngap mmio a\tb\ndone 1\n", "in a reason"},
		{"tare-exits 1\nclock_cost 0 1\n20\ngap mmio no", "truncated"},
		{"tare-exits 1\nclock_cost 0 1\n20\ngap mmio no\n", "truncated"},
		{"tare-exits 1\nclock_cost 0 1\n20\ngap mmio no\ngap mmio no\ndone 1\n",
			"duplicate gap"},
		{"tare-exits 1\ngap mmio no\ndone 0\n", "measured no clock_cost"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		parse_bad(&bench_exits, cases[i].text, strlen(cases[i].text), cases[i].reason);
}

/* A reason that never ends. */
static void test_endless(void **state)
{
	cleanup_text struct text text = {0};

	(void)state;
	text_add(&text, "tare-exits 1\nclock_cost 0 1\n20\ngap mmio ");
	for (int i = 0; i < 300; i++)
		text_add(&text, "x");
	text_add(&text, "\ndone 1\n");
	parse_bad(&bench_exits, text.bytes, text.count, "in a reason");
}

static void test_rules(void **state)
{
	static const struct {
		const char *operations, *message; /* NULL: allowed */
	} cases[] = {
		{"operations=all", NULL},
		{"operations=cpuid,mmio", NULL},
		{"operations=reboot", "unknown operation \"reboot\": see tare list metrics exits"},
		{"operations=cpuid,cpuid", "duplicate"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(&bench_exits, cases[i].operations, NULL);
		struct error e = {0};

		assert_int_equal(bench_exits.check(options, &e), cases[i].message ? -1 : 0);
		if (cases[i].message && !strstr(e.text, cases[i].message))
			fail_msg("\"%s\" does not have \"%s\"", e.text, cases[i].message);
		options_free(bench_exits.options, options);
	}
}

static struct samples run_kernel(const char *operations, const char *seconds, const char *fixed)
{
	struct role role = {.count = 1, .cpus = 2, .machines = 1};
	void *options =
		options_with(&bench_exits, operations, seconds, fixed, "iterations=100", NULL);
	struct command command = {0};
	struct error e = {0};
	size_t count;

	assert_int_equal(bench_exits.command(options, &role, &command, &e), 0);
	use_built_kernel(&command);
	cleanup_free char *text = run_command(&command, NULL, 0, &count);
	struct samples samples = parse_good(&bench_exits, text, count);
	bench_command_free(&command);
	options_free(bench_exits.options, options);
	return samples;
}

/* Whatever the machine: every operation has its numbers or a reason. */
static void test_kernel(void **state)
{
	struct samples samples = run_kernel("operations=all", "seconds=0.05", NULL);
	size_t operations = 0;

	(void)state;
	for (size_t i = 0; i < samples.count; i++)
		operations +=
			strstr(bench_exits.metrics[samples.series[i].metric].name, "_done") != NULL;
	assert_int_equal(operations + samples.gap_count, 12);
	assert_true(median_of(&samples, "cpuid") > 0);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		assert_string_equal(gap_of(&samples, "halt_wakeup"), "it needs a second CPU");
	bench_samples_free(&samples);
}

/* Known exits are known: exactly so many, whatever the number of samples. */
static void test_count(void **state)
{
	struct samples samples =
		run_kernel("operations=cpuid,timer,shootdown_alone", "seconds=1", "count=1234");

	(void)state;
	assert_true(single_value(&bench_exits, &samples, "cpuid_done", 0) == 1234);
	assert_true(single_value(&bench_exits, &samples, "timer_done", 0) == 1234);
	assert_true(single_value(&bench_exits, &samples, "shootdown_alone_done", 0) == 1234);
	assert_int_equal(series_at(&bench_exits, &samples, "cpuid", 0)->count, 95); /* of 13 */
	assert_int_equal(series_at(&bench_exits, &samples, "timer", 0)->count, 1234);
	bench_samples_free(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
