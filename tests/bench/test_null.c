/* null: a captured output, and every way in which its kernel misbehaves. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define PROGRAM "program=" TARE_BINARY_DIR "/kernels/tare-null"

extern const struct benchmark bench_null;

static const struct role role = {.count = 1, .cpus = 1, .machines = 1};

static void test_golden(void **state)
{
	size_t count;
	char *text = golden_read("null/noise.txt", &count);
	struct samples samples = parse_good(&bench_null, text, count);

	(void)state;
	assert_int_equal(series_at(&bench_null, &samples, "value", 0)->count, 5);
	assert_true(series_at(&bench_null, &samples, "value", 0)->values[4] == 42.783068);
	assert_true(series_at(&bench_null, &samples, "elapsed", 0)->values[0] == 0.050141061);
	check_damage(&bench_null, text, count, count, 1);
	bench_samples_free(&samples);
	free(text);
}

static void test_noise(void **state)
{
	void *options = options_with(&bench_null, PROGRAM, "value=1000", "deviation=0.1",
		"count=500", "seconds=20ms", NULL);
	struct command command = {0};
	const struct series *values;
	struct samples samples;
	struct error e = {0};
	size_t count, distinct = 0;
	char *text;

	(void)state;
	assert_int_equal(bench_null.command(options, &role, &command, &e), 0);
	text = run_command(&command, NULL, 0, &count);
	samples = parse_good(&bench_null, text, count);
	values = series_at(&bench_null, &samples, "value", 0);
	assert_int_equal(values->count, 500);
	for (size_t i = 0; i < values->count; i++) {
		assert_true(values->values[i] >= 899.99 && values->values[i] <= 1100.01);
		distinct += i > 0 && values->values[i] != values->values[i - 1];
	}
	assert_true(distinct > 400);
	assert_true(series_at(&bench_null, &samples, "elapsed", 0)->values[0] >= 0.02);
	bench_samples_free(&samples);
	free(text);
	bench_command_free(&command);
	options_free(bench_null.options, options);
}

/* Each fault ends as it says, and no number comes of it. hang and flood have no end of their own:
 * the timeout and the bound on output are the agent's, and tested there. */
static void test_faults(void **state)
{
	static const struct {
		const char *option;
		int status;
	} cases[] = {{"fault=exit", 1}, {"fault=signal", -1}, {"fault=garbage", 0},
		{"fault=nan", 0}, {"fault=truncated", 0}, {"fault=silent", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(&bench_null, PROGRAM, cases[i].option, NULL);
		struct command command = {0};
		struct samples samples = {0};
		struct error e = {0};
		size_t count;
		char *text;

		assert_int_equal(bench_null.command(options, &role, &command, &e), 0);
		text = run_command(&command, NULL, cases[i].status, &count);
		if (bench_null.parse(text, count, &samples, &e) == 0)
			fail_msg("%s was parsed", cases[i].option);
		bench_samples_free(&samples);
		free(text);
		bench_command_free(&command);
		options_free(bench_null.options, options);
	}
}

static void test_hang_and_flood(void **state)
{
	static const char *const words[] = {"hang", "flood"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		struct process_result result;
		struct argv argv = {0};
		struct error e = {0};

		argv_add_all(
			&argv, TARE_BINARY_DIR "/kernels/tare-null", "--fault", words[i], NULL);
		assert_int_equal(process_run(&argv, 0.3, &result, &e), 0);
		assert_true(result.timed_out);
		assert_int_equal(result.output_bytes > 0, i == 1);
		process_result_free(&result);
		argv_free(&argv);
	}
}

static void test_rules(void **state)
{
	void *options = options_with(&bench_null, "program=tare-null", NULL);
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_null.check(options, &e), -1);
	assert_non_null(strstr(e.text, "absolute"));
	options_free(bench_null.options, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_noise), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_hang_and_flood), cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
