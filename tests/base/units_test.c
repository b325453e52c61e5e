/* Quantities: what people write is read exactly, and what is written can be read by people. */
#include "tests/base/base_test.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} rows[] = {
		{"0", 0},
		{"4096", 4096},
		{"4096B", 4096},
		{"4K", 4096},
		{"4k", 4096},
		{"4KB", 4096},
		{"4KiB", 4096},
		{"4 KiB", 4096},
		{"1M", 1048576},
		{"2G", 2147483648},
		{"1T", 1099511627776},
		{"1.5K", 1536},
		{"0.5MiB", 524288},
		{"0.0625K", 64},
		{"7E", 8070450532247928832},
		{"9223372036854775807", INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct error e;
		int64_t bytes = -1;

		if (size_parse(rows[i].text, &bytes, &e) < 0)
			fail_msg("%s: %s", rows[i].text, e.text);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

static void bad_sizes_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"4Q", "expected a size such as 4K or 1MiB, not \"4Q\""},
		{"", "expected a size such as 4K or 1MiB, not \"\""},
		{"K", "expected a size"},
		{"-1", "expected a size"},
		{"+1", "expected a size"},
		{".5K", "expected a size"},
		{"1.", "expected a size"},
		{"1.K", "expected a size"},
		{"1 2", "expected a size"},
		{"0x10", "expected a size"},
		{"4Kx", "expected a size"},
		{"4iB", "expected a size"},
		{"1e3", "expected a size"},
		{"nan", "expected a size"},
		{"1.5", "expected a whole number of bytes, not \"1.5\""},
		{"0.3K", "whole number of bytes"},
		{"1.0000000001K", "too many digits"},
		{"9223372036854775808", "too large"},
		{"8E", "too large"},
		{"99999999999999999999999K", "too large"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct error e;
		int64_t bytes = -7;

		assert_int_equal(size_parse(rows[i].text, &bytes, &e), -1);
		assert_contains(e.text, rows[i].error);
		assert_int_equal(bytes, -7);
	}
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} rows[] = {
		{"10", 10},
		{"10s", 10},
		{"1.5s", 1.5},
		{"200ms", 0.2},
		{"30us", 30e-6},
		{"5ns", 5e-9},
		{"5m", 300},
		{"5min", 300},
		{"5 min", 300},
		{"1h", 3600},
		{"1d", 86400},
		{"0", 0},
		{".5s", 0.5},
	};
	static const char *const bad[] = {
		"", "s", "-1s", "1x", "1 h 5", "inf", "nan", "0x10", "1e400", "ms", "1S", "10s "};
	struct error e;
	double seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(duration_parse(rows[i].text, &seconds, &e), 0);
		assert_true(seconds == rows[i].seconds);
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		seconds = -7;
		if (duration_parse(bad[i], &seconds, &e) != -1)
			fail_msg("\"%s\" was taken for %g s", bad[i], seconds);
		assert_true(seconds == -7);
		assert_contains(e.text, bad[i]);
	}
	assert_int_equal(duration_parse("1e308d", &seconds, &e), -1);
}

static void fractions_are_read(void **state)
{
	struct error e;
	double fraction;

	(void)state;
	assert_int_equal(fraction_parse("1%", &fraction, &e), 0);
	assert_true(fraction == 0.01);
	assert_int_equal(fraction_parse("0.01", &fraction, &e), 0);
	assert_true(fraction == 0.01);
	assert_int_equal(fraction_parse("2.5 %", &fraction, &e), 0);
	assert_true(fraction == 0.025);
	assert_int_equal(fraction_parse("1%%", &fraction, &e), -1);
	assert_string_equal(e.text, "expected a fraction such as 1% or 0.01, not \"1%%\"");
	assert_int_equal(fraction_parse("%", &fraction, &e), -1);
	assert_int_equal(fraction_parse("inf", &fraction, &e), -1);
}

static void sizes_are_written(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0"},
		{1, "1"},
		{1536, "1536"},
		{4096, "4K"},
		{1048576, "1M"},
		{1048577, "1048577"},
		{3LL << 40, "3T"},
		{-4096, "-4K"},
		{INT64_MIN, "-8E"},
		{INT64_MAX, "9223372036854775807"},
	};
	char buffer[UNIT_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(size_format(rows[i].bytes, buffer), rows[i].text);
}

static void durations_are_written(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{0, "0 s"},
		{30e-6, "30 us"},
		{0.9996e-3, "1 ms"},
		{0.012, "12 ms"},
		{0.0994, "99 ms"},
		{0.0996, "0.1 s"},
		{0.4, "0.4 s"},
		{9.94, "9.9 s"},
		{9.96, "10 s"},
		{12, "12 s"},
		{59.4, "59 s"},
		{59.7, "1 min 00 s"},
		{200, "3 min 20 s"},
		{3599.4, "59 min 59 s"},
		{3599.7, "1 h 00 min"},
		{7500, "2 h 05 min"},
		{-12, "-12 s"},
		{NAN, "-"},
		{INFINITY, "-"},
	};
	char buffer[UNIT_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_string_equal(duration_format(rows[i].seconds, buffer), rows[i].text);
	/* Whatever it is, it fits. */
	duration_format(-1.7976931348623157e308, buffer);
	duration_format(-0.9e12, buffer);
	duration_format(-5e-324, buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(bad_sizes_are_refused),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(fractions_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(durations_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
