/* micro: a captured output, damaged ones, which operations are asked for, and the kernel. */
#include "network_checks.h"

#include <unistd.h>

#include "base/cleanup.h"

extern const struct benchmark bench_micro;

static void test_golden(void **state)
{
	static const char *const names[] = {"syscall", "signal", "pipe", "context_switch",
		"page_fault", "mmap", "fork", "exec", "timer", "wakeup_futex", "wakeup_eventfd",
		"shootdown"};
	size_t count;
	cleanup_free char *text = golden_read("micro/all-operations.txt", &count);
	struct samples samples = parse_good(&bench_micro, text, count);

	(void)state;
	assert_int_equal(samples.count, 2 + 3 * ARRAY_COUNT(names));
	assert_true(single_value(&bench_micro, &samples, "elapsed", 0) >= 24); /* 12 of 2 s */
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cleanup_free char *p99 = str_printf("%s_p99", names[i]);
		cleanup_free char *batch = str_printf("%s_batch", names[i]);
		const struct series *s = series_at(&bench_micro, &samples, names[i], 0);
		double limit = single_value(&bench_micro, &samples, p99, 0);
		int beyond = 0;

		/* Up to 120 of all samples, as far as the calibration foresaw the time. */
		assert_in_range(s->count, 116, 120);
		assert_true(single_value(&bench_micro, &samples, batch, 0) >= 1);
		/* Nearest rank: at most one of 120 values is beyond the 99th percentile. */
		for (size_t v = 0; v < s->count; v++)
			beyond += s->values[v] > limit;
		assert_true(beyond <= 1);
	}
	check_damage(&bench_micro, text, count, count, 13);
	refuse_noise(&bench_micro);
	bench_samples_free(&samples);
}

static void test_hostile(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"tare-micro 1\nclock_cost 0 1\n20\ndone 1\n", "measured no operation"},
		{"tare-micro 1\nfork 0 1\n20\ndone 1\n", "measured no clock_cost"},
		{"tare-micro 1\nclock_cost 0 1\n20\nreboot 0 1\n1\ndone 2\n", "unknown metric"},
		{"tare-micro 1\nclock_cost 0 1\n20\nfork 8 1\n1\ndone 2\n", "has no axis"},
		{"tare-micro 1\nclock_cost 0 1\n20\nfork 0 1\n-1\ndone 2\n", "expected a number"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		parse_bad(&bench_micro, cases[i].text, strlen(cases[i].text), cases[i].reason);
}

static void test_rules(void **state)
{
	static const struct {
		const char *operations, *message; /* NULL: allowed */
		int one_cpu; /* can a machine with one CPU do it? */
	} cases[] = {
		{"operations=all", NULL, 1},
		{"operations=fork", NULL, 1},
		{"operations=fork,exec", NULL, 1},
		{"operations=fork,shootdown", NULL, 0},
		{"operations=wakeup_futex", NULL, 0},
		{"operations=reboot", "unknown operation \"reboot\"", 1},
		{"operations=fork,", NULL, 1},
		{"operations=fork,,exec", "unknown operation \"\"", 1},
		{"operations=fork, exec", "unknown operation \" exec\"", 1},
		{"operations=fork,fork", "duplicate", 1},
	};
	static const struct machine_facts one = {.machines = 1, .cpus = 1};
	static const struct machine_facts two = {.machines = 1, .cpus = 2};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(&bench_micro, cases[i].operations, NULL);
		struct error e = {0};

		assert_int_equal(bench_micro.check(options, &e), cases[i].message ? -1 : 0);
		if (cases[i].message && !strstr(e.text, cases[i].message))
			fail_msg("\"%s\" does not have \"%s\"", e.text, cases[i].message);
		assert_null(bench_micro.why_not(options, &two));
		assert_int_equal(!bench_micro.why_not(options, &one), cases[i].one_cpu);
		options_free(bench_micro.options, options);
	}
}

/* "all" leaves out what takes two CPUs where there is one. */
static void test_command(void **state)
{
	void *options = options_with(&bench_micro, NULL);
	struct error e = {0};

	(void)state;
	for (unsigned cpus = 1; cpus <= 2; cpus++) {
		struct role role = {.count = 1, .cpus = cpus, .machines = 1};
		struct command command = {0};

		assert_int_equal(bench_micro.command(options, &role, &command, &e), 0);
		assert_non_null(strstr(command.argv.words[2], "syscall,"));
		assert_int_equal(!strstr(command.argv.words[2], "shootdown"), cpus == 1);
		bench_command_free(&command);
	}
	options_free(bench_micro.options, options);
}

/* seconds is an option: "seconds=0" for fixed work. */
static struct samples run_kernel(const char *operations, const char *seconds)
{
	struct role role = {.count = 1, .cpus = 2, .machines = 1};
	void *options = options_with(&bench_micro, operations, seconds, "iterations=100", NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	cleanup_free char *text = NULL;

	assert_int_equal(bench_micro.command(options, &role, &command, &e), 0);
	use_built_kernel(&command);
	text = run_command(&command, NULL, 0, &count);
	samples = parse_good(&bench_micro, text, count);
	bench_command_free(&command);
	options_free(bench_micro.options, options);
	return samples;
}

/* Orders of size that hold on every machine: a system call costs less than a fork, a fork less
 * than a fork with an exec. */
static void test_kernel(void **state)
{
	struct samples samples = run_kernel("operations=syscall,pipe,page_fault,mmap,fork,exec,"
					    "signal,context_switch,timer",
		"seconds=0");
	double syscall_ns, fork_ns;

	(void)state;
	syscall_ns = median_at(&bench_micro, &samples, "syscall", 0);
	fork_ns = median_at(&bench_micro, &samples, "fork", 0);
	assert_true(syscall_ns > 0 && 10 * syscall_ns < fork_ns);
	assert_true(single_value(&bench_micro, &samples, "fork_batch", 0) == 1);
	/* A sample is long against the clock's reading. */
	assert_true(syscall_ns * single_value(&bench_micro, &samples, "syscall_batch", 0) >
		    49 * single_value(&bench_micro, &samples, "clock_cost", 0));
	bench_samples_free(&samples);
}

/* The time is filled whatever an operation costs, and samples are spread over it. */
static void test_time(void **state)
{
	struct samples samples = run_kernel("operations=syscall,fork", "seconds=0.2");

	(void)state;
	assert_true(single_value(&bench_micro, &samples, "elapsed", 0) >= 0.4);
	/* Fewer than asked for if the operations get slower than in the warm-up. */
	assert_in_range(series_at(&bench_micro, &samples, "syscall", 0)->count, 1, 100);
	assert_in_range(series_at(&bench_micro, &samples, "fork", 0)->count, 1, 100);
	bench_samples_free(&samples);
}

static void test_kernel_on_two_cpus(void **state)
{
	struct samples samples;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	samples = run_kernel("operations=wakeup_futex,wakeup_eventfd,shootdown", "seconds=0");
	assert_int_equal(samples.count, 2 + 3 * 3);
	bench_samples_free(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_command), cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_time), cmocka_unit_test(test_kernel_on_two_cpus)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
