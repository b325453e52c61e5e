/* linpack: a captured output, damaged ones, option rules, and the kernel for real. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define KERNEL TARE_BINARY_DIR "/kernels/tare-linpack"

extern const struct benchmark bench_linpack;

static void test_golden(void **state)
{
	static const struct {
		const char *file;
		double n;
		size_t samples;
		double first, last, elapsed_s;
	} cases[] = {{"linpack/fixed-work.txt", 100, 3, 10.9180214089, 10.9325549568, 0.000284339},
		{"linpack/fixed-work.txt", 300, 3, 14.5875781564, 14.8351810162, 0.004562046},
		{"linpack/fixed-work.txt", 1000, 3, 16.082515524, 16.0083612441, 0.133761297},
		{"linpack/fixed-work.txt", 2000, 3, 16.3180275461, 16.1777034084, 1.024845883},
		{"linpack/by-time.txt", 1000, 45, 15.9314757543, 15.894504199, 2.019946144},
		{"linpack/by-time.txt", 2000, 6, 16.190956198, 15.5475161173, 2.080510411}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count;
		char *text = golden_read(cases[i].file, &count);
		struct samples samples = parse_good(&bench_linpack, text, count);
		const struct series *series =
			series_at(&bench_linpack, &samples, "gflops", cases[i].n);

		assert_int_equal(series->count, cases[i].samples);
		assert_true(series->values[0] == cases[i].first);
		assert_true(series->values[series->count - 1] == cases[i].last);
		series = series_at(&bench_linpack, &samples, "elapsed", cases[i].n);
		assert_int_equal(series->count, 1);
		assert_true(series->values[0] == cases[i].elapsed_s);
		check_damage(&bench_linpack, text, count, count, 1);
		bench_samples_free(&samples);
		free(text);
	}
}

static void test_hostile(void **state)
{
	static const char *const texts[] = {"tare-linpack 1\ngflops 100 1\nnan\ndone 1\n",
		"tare-linpack 1\ngflops 100 1\n-1\ndone 1\n",
		"tare-linpack 1\ngflops 100 1\n1e300\ndone 1\n",
		"tare-linpack 1\ngflops 100 999999999999\n1\ndone 1\n",
		"tare-linpack 2\ngflops 100 1\n1\ndone 1\n",
		"tare-linpack 1\ngflops 100 1\n1\ndone 2\n", "tare-linpack 1\ndone 0\n", ""};
	struct samples samples = {0};
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		e = (struct error){""};
		assert_int_equal(bench_linpack.parse(texts[i], strlen(texts[i]), &samples, &e), -1);
		assert_true(error_is_set(&e));
		bench_samples_free(&samples);
	}
}

/* Runs the kernel; the caller frees the samples. */
static struct samples run(const char *sizes, const char *length)
{
	static const struct role role = {.count = 1, .cpus = 1, .machines = 1};
	void *options = options_with(&bench_linpack, sizes, length, NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	char *text;

	assert_int_equal(bench_linpack.command(options, &role, &command, &e), 0);
	assert_string_equal(command.env.words[0], "OPENBLAS_NUM_THREADS=1");
	text = run_command(&command, KERNEL, 0, &count);
	samples = parse_good(&bench_linpack, text, count);
	free(text);
	bench_command_free(&command);
	options_free(bench_linpack.options, options);
	return samples;
}

static void test_fixed_work(void **state)
{
	struct samples samples = run("sizes=2,50,150", "repetitions=4");

	(void)state;
	assert_int_equal(samples.count, 3 * 3);
	assert_int_equal(series_at(&bench_linpack, &samples, "gflops", 150)->count, 4);
	assert_true(series_at(&bench_linpack, &samples, "gflops", 150)->values[3] > 0);
	assert_true(series_at(&bench_linpack, &samples, "batch", 150)->values[0] == 1);
	bench_samples_free(&samples);
}

/* Every size takes the time; short solutions are batched to limit the number of samples. */
static void test_time(void **state)
{
	struct samples samples = run("sizes=2,300", "seconds=0.2");
	const double sizes[] = {2, 300};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		assert_true(
			series_at(&bench_linpack, &samples, "elapsed", sizes[i])->values[0] >= 0.2);
		/* 1,000 are aimed at; calibration on a busy machine may be off. */
		assert_in_range(
			series_at(&bench_linpack, &samples, "gflops", sizes[i])->count, 1, 10000);
	}
	assert_true(series_at(&bench_linpack, &samples, "batch", 2)->values[0] > 1);
	bench_samples_free(&samples);
}

static void test_rules(void **state)
{
	static const struct machine_facts small = {
		.machines = 1, .cpus = 1, .memory_bytes = 256 << 20};
	void *fits = options_with(&bench_linpack, "sizes=100,5000", NULL);
	void *beyond = options_with(&bench_linpack, "sizes=100,6000", NULL);
	void *unordered = options_with(&bench_linpack, "sizes=200,100", NULL);
	struct error e = {0};

	(void)state;
	assert_null(bench_linpack.why_not(fits, &small));
	assert_non_null(bench_linpack.why_not(beyond, &small));
	assert_int_equal(bench_linpack.check(unordered, &e), -1);
	assert_non_null(strstr(e.text, "increasing"));
	options_free(bench_linpack.options, fits);
	options_free(bench_linpack.options, beyond);
	options_free(bench_linpack.options, unordered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_fixed_work),
		cmocka_unit_test(test_time), cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
