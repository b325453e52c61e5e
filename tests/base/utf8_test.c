/* UTF-8: only valid sequences are decoded, and text is measured and cut by whole characters. */
#include "tests/base/base_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

static void valid_sequences_are_decoded(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		uint32_t point;
	} rows[] = {
		{"a", 1, 'a'}, {"\x7F", 1, 0x7F}, {"\xC2\x80", 2, 0x80}, {"\xDF\xBF", 2, 0x7FF},
		{"\xE0\xA0\x80", 3, 0x800}, {"\xED\x9F\xBF", 3, 0xD7FF},
		{"\xEE\x80\x80", 3, 0xE000}, {"\xF0\x90\x80\x80", 4, 0x10000},
		{"\xF4\x8F\xBF\xBF", 4, 0x10FFFF}, {"\xC3\xA4z", 2, 0xE4}, /* no further */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t point = 0;

		assert_int_equal(utf8_decode(rows[i].text, &point), rows[i].length);
		assert_int_equal(point, rows[i].point);
	}
}

static void invalid_sequences_are_refused(void **state)
{
	static const char *const rows[] = {
		"\x80", "\xBF", "\xFE", "\xFF", /* never first */
		"\xC3", "\xC3z", "\xE2\x82", "\xE2\x82z", "\xF0\x9F\x98", /* cut off */
		"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", /* overlong */
		"\xED\xA0\x80", "\xED\xBF\xBF", /* surrogates */
		"\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", /* beyond U+10FFFF */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t point;

		if (utf8_decode(rows[i], &point) != 0)
			fail_msg("row %zu was decoded", i);
	}
}

static void control_characters_are_known(void **state)
{
	(void)state;
	assert_true(utf8_is_control('\n') && utf8_is_control(0x1B) && utf8_is_control(0x1F));
	assert_true(utf8_is_control(0x7F) && utf8_is_control(0x85) && utf8_is_control(0x9F));
	assert_false(utf8_is_control(' ') || utf8_is_control('~') || utf8_is_control(0xA0));
}

static void text_is_cut_by_characters(void **state)
{
	static const struct {
		const char *text;
		size_t width, bytes;
	} rows[] = {
		{"", 0, 0},
		{"", 5, 0},
		{"abc", 0, 0},
		{"abc", 2, 2},
		{"abc", 3, 3},
		{"abc", 9, 3},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", 1, 2},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", 2, 5},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", 3, 9},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z", 4, 10},
	};

	(void)state;
	assert_int_equal(utf8_width(""), 0);
	assert_int_equal(utf8_width("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z"), 4);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(utf8_prefix(rows[i].text, rows[i].width), rows[i].bytes);
}

static void cut_sequences_are_removed(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""}, {"abc", "abc"}, {"a\xC3", "a"}, {"a\xE2\x82", "a"},
		{"a\xF0\x9F\x98", "a"}, {"a\xC3\xA4", "a\xC3\xA4"},
		{"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"}, {"a\xC3z", "a\xC3z"}, /* not at the end */
		{"\x80\x80\x80\x80", "\x80\x80\x80\x80"}, /* not a beginning */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char *line = str_dup(rows[i].in);

		utf8_drop_cut(line, strlen(line));
		assert_string_equal(line, rows[i].out);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_sequences_are_decoded),
		cmocka_unit_test(invalid_sequences_are_refused),
		cmocka_unit_test(control_characters_are_known),
		cmocka_unit_test(text_is_cut_by_characters),
		cmocka_unit_test(cut_sequences_are_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
