/* Numbers for people: never in e-notation, whatever their size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/numbers.h"

static void numbers_have_four_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{0, "0"},
		{-0.0, "0"},
		{15, "15.00"},
		{9.9996, "10.00"},
		{0.61834, "0.6183"},
		{-117.23, "-117.2"},
		{12345, "12,345"},
		{-1234.4, "-1,234"},
		{999.96, "1,000"},
		{999999.7, "1,000,000"},
		{2.3933e9, "2,393,300,000"},
		{-1e20, "-100,000,000,000,000,000,000"},
		{0.00012346, "0.0001235"},
		{1.2e-7, "0.0000001200"},
		{1.7976931348623157e308, "1.798·10^308"},
		{-1e-300, "-1.000·10^-300"},
		{NAN, "nan"},
		{INFINITY, "inf"},
	};
	char buffer[NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(number_format(rows[i].value, buffer), rows[i].text);
}

static void short_numbers_have_three(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{0, "0.000"},
		{0.0523, "0.052"},
		{0.31, "0.31"},
		{9.996, "10.0"},
		{-12.34, "-12.3"},
		{99.96, "100"},
		{999.6, "1,000"},
		{1234567, "1,234,567"},
		{0.00001234, "0.0000123"},
		{3e25, "3.00·10^25"},
	};
	char buffer[NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(number_short(rows[i].value, buffer), rows[i].text);
}

static void changes_have_a_sign(void **state)
{
	static const struct {
		double change;
		const char *text;
	} rows[] = {
		{0.0523, "+0.052"},
		{-12.34, "-12.3"},
		{123.4, "+123"},
		{-1234567, "-1,234,567"},
	};
	char buffer[NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(number_signed(rows[i].change, buffer), rows[i].text);
}

static void units_take_prefixes(void **state)
{
	static const struct {
		double value;
		const char *unit, *text;
	} rows[] = {
		{22952, "Mop/s", "22,952 Mop/s"},
		{1986000, "B/s", "1.986 MB/s"},
		{3045e6, "MB/s", "3.045 PB/s"},
		{999999.7, "bit/s", "1.000 Mbit/s"},
		{2.5e7, "op/s", "25.00 Mop/s"},
		{2e6, "us", "2.000 s"},
		{0.00000034, "s", "340.0 ns"},
		{0.00001, "MB/s", "10.00 B/s"},
		{0.00001, "B/s", "0.00001000 B/s"},
		{5e6, "s", "5,000,000 s"},
		{2e6, "B", "2,000,000 B"},
		{1e7, "frames/s", "10,000,000 frames/s"},
		{1e7, "1", "10,000,000"},
		{12, NULL, "12.00"},
		{0, "B/s", "0 B/s"},
		/* A long unit is cut between characters. */
		{1, "äöüäöüäöüäöüäöüäöüäöü/s", "1.000 äöüäöüäöüäöüäöüäöüä"},
	};
	char buffer[NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(
			number_with_unit(rows[i].value, rows[i].unit, buffer), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_four_digits),
		cmocka_unit_test(short_numbers_have_three),
		cmocka_unit_test(changes_have_a_sign),
		cmocka_unit_test(units_take_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
