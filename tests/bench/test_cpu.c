/* cpu: a captured output, damaged ones, and the kernel for real. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define KERNEL TARE_BINARY_DIR "/kernels/tare-cpu"

extern const struct benchmark bench_cpu;

static const struct role role = {.count = 1, .cpus = 2, .machines = 1};

static void test_golden(void **state)
{
	static const struct {
		const char *file;
		size_t iterations;
		double first_integer, last_floating, second_elapsed, floating_work;
	} cases[] = {{"cpu/by-time.txt", 8, 10299.0047951, 30921.5031225, 0.947748014, 783},
		{"cpu/fixed-work.txt", 4, 19660.374888, 31093.4920414, 0.055204538, 50}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count, last = cases[i].iterations - 1;
		char *text = golden_read(cases[i].file, &count);
		struct samples samples = parse_good(&bench_cpu, text, count);
		const struct series *series;

		assert_int_equal(samples.count, 5);
		series = series_at(&bench_cpu, &samples, "integer_rate", 0);
		assert_int_equal(series->count, cases[i].iterations);
		assert_true(series->values[0] == cases[i].first_integer);
		series = series_at(&bench_cpu, &samples, "floating_rate", 0);
		assert_int_equal(series->count, cases[i].iterations);
		assert_true(series->values[last] == cases[i].last_floating);
		series = series_at(&bench_cpu, &samples, "elapsed", 0);
		assert_true(series->values[1] == cases[i].second_elapsed);
		series = series_at(&bench_cpu, &samples, "floating_work", 0);
		assert_int_equal(series->count, 1);
		assert_true(series->values[0] == cases[i].floating_work);
		check_damage(&bench_cpu, text, count, count, 1);
		bench_samples_free(&samples);
		free(text);
	}
}

/* Runs the kernel with the options; the caller frees the samples. */
static struct samples run(const char *length, const char *threads)
{
	void *options = options_with(&bench_cpu, "iterations=3", length, threads, NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	char *text;

	assert_int_equal(bench_cpu.command(options, &role, &command, &e), 0);
	text = run_command(&command, KERNEL, 0, &count);
	samples = parse_good(&bench_cpu, text, count);
	free(text);
	bench_command_free(&command);
	options_free(bench_cpu.options, options);
	return samples;
}

static void check_counts(const struct samples *samples, size_t least, size_t most)
{
	static const char *const names[] = {"integer_rate", "floating_rate", "elapsed"};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const struct series *series = series_at(&bench_cpu, samples, names[i], 0);

		assert_in_range(series->count, least, most);
		for (size_t k = 0; k < series->count; k++)
			assert_true(series->values[k] > 0);
	}
}

static void test_fixed_work(void **state)
{
	static const char *const threads[] = {"threads=0", "threads=1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		struct samples samples = run("work=2", threads[i]);

		check_counts(&samples, 3, 3);
		assert_true(series_at(&bench_cpu, &samples, "integer_work", 0)->values[0] == 2);
		assert_true(series_at(&bench_cpu, &samples, "floating_work", 0)->values[0] == 2);
		bench_samples_free(&samples);
	}
}

/* The iterations together last as long as asked for, in both phases. */
static void test_time(void **state)
{
	struct samples samples = run("seconds=0.2", "threads=1");
	const struct series *elapsed = series_at(&bench_cpu, &samples, "elapsed", 0);
	double spent_s = 0;

	(void)state;
	check_counts(&samples, 3, 6);
	for (size_t i = 0; i < elapsed->count; i++)
		spent_s += elapsed->values[i];
	/* Twice as many iterations are the limit, whatever the warm-up was like. */
	assert_true(spent_s > 0.4 || elapsed->count == 6);
	assert_true(series_at(&bench_cpu, &samples, "floating_work", 0)->values[0] >= 1);
	bench_samples_free(&samples);
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
	bench_command_free(&command);
	options_free(bench_cpu.options, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_fixed_work), cmocka_unit_test(test_time),
		cmocka_unit_test(test_too_many_threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
