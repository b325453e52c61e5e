/* How numbers and text from elsewhere are written. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "report/write/words.h"

static void test_x(void **state)
{
	const struct report_metric bytes = {.x_name = "message size", .x_unit = "B"};
	const struct report_metric plain = {.x_name = "order", .x_unit = "1"};
	const struct report_metric none = {0};
	char buffer[WORDS_BYTES];

	(void)state;
	assert_string_equal(words_x(&bytes, 0, buffer), "0 B");
	assert_string_equal(words_x(&bytes, 1000, buffer), "1000 B");
	assert_string_equal(words_x(&bytes, 1536, buffer), "1536 B");
	assert_string_equal(words_x(&bytes, 65536, buffer), "64 KiB");
	assert_string_equal(words_x(&bytes, 4194304, buffer), "4 MiB");
	assert_string_equal(words_x(&plain, 2000, buffer), "2000");
	/* Different places never have the same name. */
	assert_string_equal(words_x(&plain, 1048576, buffer), "1048576");
	assert_string_equal(words_x(&plain, 1048577, buffer), "1048577");
	assert_string_equal(words_x(&plain, 1700003600, buffer), "1700003600");
	assert_string_equal(words_x(&plain, 0.1, buffer), "0.1");
	assert_string_equal(words_x(&plain, 0.12345678, buffer), "0.12345678");
	assert_string_equal(words_x(&none, 7, buffer), "");
	assert_string_equal(words_x(&bytes, NAN, buffer), "");
}

static void test_cost(void **state)
{
	static const struct {
		enum report_better better;
		double ratio, low, high; /* low NAN: too few blocks */
		int decided;
		const char *cost, *interval;
	} cases[] = {
		{REPORT_BETTER_LOWER, 1.012, 1.008, 1.016, 1, "+1.20 %", "[+0.80, +1.60]"},
		{REPORT_BETTER_HIGHER, 0.985, 0.98, 0.99, 1, "+1.52 %", "[+1.01, +2.04]"},
		{REPORT_BETTER_HIGHER, 1.3, 1.2, 1.4, -1, "-23.1 %", "[-28.6, -16.7]"},
		{REPORT_BETTER_NONE, 1.3, 1.2, 1.4, 0, "+30.0 % ~", "[+20.0, +40.0]"},
		{REPORT_BETTER_LOWER, 1.001, 0.9, 1.1, 0, "+0.10 % ~", "[-10.0, +10.0]"},
		{REPORT_BETTER_LOWER, 1.99, 1.9, 2.1, 1, "+99.0 %", "[+90.0, +110]"},
		{REPORT_BETTER_LOWER, 2, 1.9, 2.1, 1, "×2.00", "[×1.90, ×2.10]"},
		{REPORT_BETTER_LOWER, 0.4, 0.3, 0.5, -1, "×0.40", "[×0.30, ×0.50]"},
		{REPORT_BETTER_LOWER, 12, 11, 13, 1, "×12.0", "[×11.0, ×13.0]"},
		{REPORT_BETTER_HIGHER, 0.05, 0.04, 0.08, 1, "×20.0", "[×12.5, ×25.0]"},
		{REPORT_BETTER_LOWER, 1560.4, 999.4, 1234567, 1, "×1,560", "[×999, ×1,234,567]"},
		{REPORT_BETTER_HIGHER, 0.3, NAN, NAN, 0, "×3.33 ~", "n=2: no interval"},
		{REPORT_BETTER_LOWER, 1.000001, 0.999, 1.00001, 0, "+0.000 % ~", "[-0.10, +0.001]"},
	};
	char buffer[WORDS_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct report_metric metric = {.better = cases[i].better};
		bool few = isnan(cases[i].low);
		struct report_value value = {
			.compared = true,
			.headline = true,
			.decided = cases[i].decided,
			.change = {.estimate = cases[i].ratio,
				.low = cases[i].low,
				.high = cases[i].high,
				.blocks = few ? 2 : 5,
				.status = few ? INTERVAL_TOO_FEW : INTERVAL_OK},
		};
		model_slowdown(
			&metric, &value.change, &value.cost, &value.cost_low, &value.cost_high);
		assert_string_equal(words_cost(&value, &metric, buffer), cases[i].cost);
		assert_string_equal(words_interval(&value, &metric, buffer), cases[i].interval);
		assert_int_equal(words_tone(&value), cases[i].decided);
		/* What is no headline is neither marked nor coloured. */
		value.headline = false;
		assert_null(strchr(words_cost(&value, &metric, buffer), '~'));
		assert_int_equal(words_tone(&value), 0);
	}
}

static void test_units(void **state)
{
	static const char text[] = "at 4 KiB over 3 blocks: +5 % to 10 us, 7 ~";
	static const char *const kept[] = {"4 KiB", "5 %"};
	static const char *const apart[] = {"3 b", "10 us", "7 ~"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(kept); i++)
		assert_true(words_before_unit(text, strchr(strstr(text, kept[i]), ' ')));
	for (size_t i = 0; i < ARRAY_COUNT(apart); i++)
		assert_false(words_before_unit(text, strchr(strstr(text, apart[i]), ' ')));
	assert_false(words_before_unit(" %", " %"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
