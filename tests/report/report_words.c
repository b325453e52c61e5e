/* How numbers and foreign text are said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/array.h"
#include "report/write/words.h"

static void test_value(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{15, "15.00"},
		{9.9996, "10.00"},
		{0.61834, "0.6183"},
		{-117.23, "-117.2"},
		{12345, "12345"},
		{999999.7, "1.000e6"},
		{2.3933e9, "2.393e9"},
		{0.00012346, "0.0001235"},
		{1.2e-7, "1.200e-7"},
		{NAN, "nan"},
	};
	char buffer[WORDS_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(words_value(cases[i].value, buffer), cases[i].text);
}

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
		const char *cost, *interval;
		int tone;
	} cases[] = {
		{REPORT_BETTER_LOWER, 1.012, 1.008, 1.016, "+1.20 %", "[+0.80, +1.60]", 1},
		{REPORT_BETTER_HIGHER, 0.985, 0.98, 0.99, "+1.50 %", "[+1.00, +2.00]", 1},
		{REPORT_BETTER_HIGHER, 1.3, 1.2, 1.4, "-30.0 %", "[-40.0, -20.0]", -1},
		{REPORT_BETTER_NONE, 1.3, 1.2, 1.4, "+30.0 %", "[+20.0, +40.0]", 1},
		{REPORT_BETTER_LOWER, 1.001, 0.9, 1.1, "+0.10 %", "[-10.00, +10.00]", 0},
		{REPORT_BETTER_LOWER, 12, 11, 13, "x12", "[x11, x13]", 1},
		{REPORT_BETTER_HIGHER, 0.05, 0.04, 0.08, "x20", "[x12.5, x25]", 1},
		{REPORT_BETTER_HIGHER, 0.3, NAN, NAN, "+70.0 %", "n=2: no interval", 0},
	};
	char buffer[WORDS_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct report_metric metric = {.better = cases[i].better};
		bool higher = cases[i].better == REPORT_BETTER_HIGHER;
		bool few = isnan(cases[i].low);
		const struct report_value value = {
			.compared = true,
			.change = {.estimate = cases[i].ratio,
				.low = cases[i].low,
				.high = cases[i].high,
				.blocks = few ? 2 : 5,
				.status = few ? INTERVAL_TOO_FEW : INTERVAL_OK},
			.cost = higher ? 1 - cases[i].ratio : cases[i].ratio - 1,
			.cost_low = higher ? 1 - cases[i].high : cases[i].low - 1,
			.cost_high = higher ? 1 - cases[i].low : cases[i].high - 1,
		};
		assert_string_equal(words_cost(&value, &metric, buffer), cases[i].cost);
		assert_string_equal(words_interval(&value, &metric, buffer), cases[i].interval);
		assert_int_equal(words_tone(&value), cases[i].tone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_x),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
