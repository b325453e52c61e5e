/* Times as text. */
#include "tests/base/base_test.h"

#include "base/array.h"
#include "base/clock.h"

static void times_are_utc(void **state)
{
	static const struct {
		int64_t time_ns;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00"},
		{1, "1970-01-01T00:00:00"},
		{-1, "1969-12-31T23:59:59"},
		{951782400000000000, "2000-02-29T00:00:00"},
		{1772366400999999999, "2026-03-01T12:00:00"},
		{INT64_MAX, "2262-04-11T23:47:16"},
		{INT64_MIN, "1677-09-21T00:12:43"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char text[CLOCK_TEXT_BYTES];
		assert_string_equal(clock_utc_text(rows[i].time_ns, text), rows[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_utc)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
