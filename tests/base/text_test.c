/* The growing buffer, and bytes of unknown origin made safe for XML and for a terminal. */
#include "tests/base/base_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

#define U_FFFD "\xEF\xBF\xBD"

static void grows_and_is_taken(void **state)
{
	struct text text = {0};
	char *taken;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_addf(&text, "%d,", i);
	assert_int_equal(text.count, 10 * 2 + 90 * 3 + 900 * 4);
	assert_string_equal(text.bytes + text.count - 8, "998,999,");
	text_add_bytes(&text, "a\0b", 3);
	assert_int_equal(text.bytes[text.count], '\0');
	taken = text_take(&text);
	assert_memory_equal(taken, "0,1,2,", 6);
	assert_null(text.bytes);
	assert_int_equal(text.count, 0);
	free(taken);
	taken = text_take(&text);
	assert_string_equal(taken, "");
	free(taken);
	text_free(&text);
}

/* Whether what is added fits into the room that is there, or is one byte longer. */
static void formats_at_the_end_of_its_room(void **state)
{
	(void)state;
	for (int length = 0; length < 40; length++) {
		cleanup_text struct text text = {0};
		text_add(&text, "begin");
		text_addf(&text, "%*s", length, "x");
		text_addf(&text, "%s", "end");
		cleanup_free char *expected = str_printf("begin%*send", length, "x");
		assert_string_equal(expected, text.bytes);
		assert_int_equal(strlen(expected), text.count);
	}
}

static void xml_is_escaped(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""}, {"plain", "plain"},
		{"<a b=\"c\">&'", "&lt;a b=&quot;c&quot;&gt;&amp;&#39;"}, {"]]>", "]]&gt;"},
		{"line\nand\ttab", "line\nand\ttab"},
		{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
		{"\x01\x1B[0m\r\x7F", U_FFFD U_FFFD "[0m" U_FFFD U_FFFD},
		{"\xC2\x85", U_FFFD}, /* a control character of two bytes */
		{"a\xFFz", "a" U_FFFD "z"}, /* never in UTF-8 */
		{"\x80", U_FFFD}, /* a continuation of nothing */
		{"\xC3", U_FFFD}, /* cut off */
		{"\xE2\x82", U_FFFD U_FFFD}, /* cut off */
		{"\xC3<", U_FFFD "&lt;"}, /* the next byte is not swallowed */
		{"\xC0\xBC", U_FFFD U_FFFD}, /* overlong < */
		{"\xE0\x80\xBC", U_FFFD U_FFFD U_FFFD}, /* overlong < */
		{"\xED\xA0\x80", U_FFFD U_FFFD U_FFFD}, /* a surrogate */
		{"\xF4\x90\x80\x80", U_FFFD U_FFFD U_FFFD U_FFFD}, /* beyond U+10FFFF */
		{"\xF4\x8F\xBF\xBD", "\xF4\x8F\xBF\xBD"}, /* just not beyond */
		{"\xEF\xBF\xBE\xEF\xBF\xBF", U_FFFD U_FFFD}, /* not XML characters */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_text struct text text = {0};

		text_add_xml(&text, rows[i].in);
		assert_string_equal(text.bytes, rows[i].out);
	}
}

static void control_characters_are_replaced(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"plain \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xA7",
			"plain \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xA7"},
		{"a\nb\tc", "a\nb\tc"}, {"<&>", "<&>"},
		{"\x1B[31m\x07\r\x7F", U_FFFD "[31m" U_FFFD U_FFFD U_FFFD},
		{"\xC2\x85", U_FFFD}, /* a control character of two bytes */
		{"x\xE2\x82", "x" U_FFFD U_FFFD}, /* cut off */
		{"\xC0\xAF", U_FFFD U_FFFD}, /* overlong */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_text struct text text = {0};

		text_add_clean(&text, rows[i].in);
		assert_string_equal(text.bytes, rows[i].out);
	}
}

static void one_line_is_one_line(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"a\r\nb", "a  b"},
		{"file\xFFname", "file\xFFname"}, /* file names need not be UTF-8 */
		{"cut \xE2\x82", "cut "},
		{"cut \xF0\x9F\x98", "cut "},
		{"whole \xE2\x82\xAC", "whole \xE2\x82\xAC"},
		{"\xC3", ""},
		{"\x80\x80\x80\x80", "\x80\x80\x80\x80"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char *line = str_dup(rows[i].in);

		text_one_line(line);
		assert_string_equal(line, rows[i].out);
		free(line);
	}
}

static void memory_helpers(void **state)
{
	int *numbers = NULL;
	size_t capacity = 0;
	char *text = str_printf("%s-%d", "a", 1);

	(void)state;
	assert_string_equal(text, "a-1");
	free(text);
	assert_null(str_dup(NULL));
	for (size_t i = 0; i < 100; i++) {
		array_reserve(&numbers, &capacity, i + 1);
		assert_true(capacity > i);
		numbers[i] = (int)i;
	}
	assert_int_equal(numbers[99], 99);
	free(numbers);
	numbers = mem_new(0, sizeof(*numbers));
	assert_non_null(numbers);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_is_taken),
		cmocka_unit_test(formats_at_the_end_of_its_room),
		cmocka_unit_test(xml_is_escaped),
		cmocka_unit_test(control_characters_are_replaced),
		cmocka_unit_test(one_line_is_one_line),
		cmocka_unit_test(memory_helpers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
