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
		double n, first, last;
	} expected[] = {{100, 13.9935267, 17.5741638}, {300, 31.7541196, 33.2576547},
		{1000, 16.2162265, 12.6589316}, {2000, 14.7295183, 14.8615301}};
	size_t count;
	char *text = golden_read("linpack/four-sizes.txt", &count);
	struct samples samples = parse_good(&bench_linpack, text, count);

	(void)state;
	assert_int_equal(samples.count, ARRAY_COUNT(expected));
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		const struct series *series =
			series_at(&bench_linpack, &samples, "gflops", expected[i].n);

		assert_int_equal(series->count, 3);
		assert_true(series->values[0] == expected[i].first);
		assert_true(series->values[2] == expected[i].last);
	}
	check_damage(&bench_linpack, text, count, count, 1);
	samples_free(&samples);
	free(text);
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
		samples_free(&samples);
	}
}

static void test_kernel(void **state)
{
	static const struct role role = {.count = 1, .cpus = 1, .machines = 1};
	void *options = options_with(&bench_linpack, "sizes=2,50,150", "repetitions=4", NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	char *text;

	(void)state;
	assert_int_equal(bench_linpack.command(options, &role, &command, &e), 0);
	assert_string_equal(command.env.words[0], "OPENBLAS_NUM_THREADS=1");
	text = run_command(&command, KERNEL, 0, &count);
	samples = parse_good(&bench_linpack, text, count);
	assert_int_equal(samples.count, 3);
	assert_int_equal(series_at(&bench_linpack, &samples, "gflops", 150)->count, 4);
	assert_true(series_at(&bench_linpack, &samples, "gflops", 150)->values[3] > 0);
	samples_free(&samples);
	free(text);
	command_free(&command);
	options_free(bench_linpack.options, options);
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
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
