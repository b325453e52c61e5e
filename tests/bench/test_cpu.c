/* cpu: a captured output, damaged ones, and the kernel for real. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#define KERNEL TARE_BINARY_DIR "/kernels/tare-cpu"

extern const struct benchmark bench_cpu;

static const struct role role = {.count = 1, .cpus = 2, .machines = 1};

static void test_golden(void **state)
{
	size_t count;
	char *text = golden_read("cpu/four-iterations.txt", &count);
	struct samples samples = parse_good(&bench_cpu, text, count);
	const struct series *series;

	(void)state;
	assert_int_equal(samples.count, 3);
	series = series_at(&bench_cpu, &samples, "integer_rate", 0);
	assert_int_equal(series->count, 4);
	assert_true(series->values[0] == 4270.863023 && series->values[3] == 5286.328394);
	series = series_at(&bench_cpu, &samples, "floating_rate", 0);
	assert_true(series->count == 4 && series->values[1] == 7081.357346);
	series = series_at(&bench_cpu, &samples, "elapsed", 0);
	assert_true(series->count == 4 && series->values[2] == 0.224924093);
	check_damage(&bench_cpu, text, count, count, 1);
	samples_free(&samples);
	free(text);
}

static void run(const char *threads, size_t iterations)
{
	void *options = options_with(&bench_cpu, "iterations=3", "work=2", threads, NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	char *text;

	assert_int_equal(bench_cpu.command(options, &role, &command, &e), 0);
	text = run_command(&command, KERNEL, 0, &count);
	samples = parse_good(&bench_cpu, text, count);
	assert_int_equal(samples.count, 3);
	for (size_t i = 0; i < samples.count; i++) {
		assert_int_equal(samples.series[i].count, iterations);
		for (size_t k = 0; k < iterations; k++)
			assert_true(samples.series[i].values[k] > 0);
	}
	samples_free(&samples);
	free(text);
	command_free(&command);
	options_free(bench_cpu.options, options);
}

static void test_kernel(void **state)
{
	(void)state;
	run("threads=0", 3);
	run("threads=1", 3);
}

/* More threads than CPUs would measure the scheduler: the kernel says so, and prints no number. */
static void test_too_many_threads(void **state)
{
	static const struct machine_facts facts = {.machines = 1, .cpus = 2, .ranks = 2};
	void *options = options_with(&bench_cpu, "threads=4000", NULL);
	struct command command = {0};
	struct error e = {0};
	size_t count;
	char *text;

	(void)state;
	assert_non_null(bench_cpu.why_not(options, &facts));
	assert_int_equal(bench_cpu.command(options, &role, &command, &e), 0);
	text = run_command(&command, KERNEL, 1, &count);
	assert_non_null(strstr(text, "CPUs are allowed"));
	parse_bad(&bench_cpu, text, count, "output line 1");
	free(text);
	command_free(&command);
	options_free(bench_cpu.options, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_kernel), cmocka_unit_test(test_too_many_threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
