/* The error object: one line whatever goes in, context in front, never beyond its size. */
#include "tests/base/base_test.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

static void set_formats_and_fails(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(error_set(&e, "cannot %s %d", "find", 7), -1);
	assert_string_equal(e.text, "cannot find 7");
	assert_int_equal(error_set(NULL, "no listener"), -1);
	assert_int_equal(error_errno(NULL, ENOENT, "no listener"), -1);
	assert_int_equal(error_prefix(NULL, "no listener"), -1);
}

static void control_characters_become_spaces(void **state)
{
	struct error e;

	(void)state;
	error_set(&e, "a\nb\tc\x1b[31md\x7f");
	assert_string_equal(e.text, "a b c [31md ");
	error_set(&e, "%s",
		"csi \xC2\x9B"
		"2J, but \xC3\xA4 stays");
	assert_string_equal(e.text, "csi   2J, but \xC3\xA4 stays");
}

static void errno_is_explained(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(error_errno(&e, ENOENT, "cannot open %s", "/x"), -1);
	assert_string_equal(e.text, "cannot open /x: No such file or directory");
}

static void context_goes_in_front(void **state)
{
	struct error e;

	(void)state;
	error_set(&e, "no such key");
	assert_int_equal(error_prefix(&e, "file %d", 3), -1);
	error_prefix(&e, "load");
	assert_string_equal(e.text, "load: file 3: no such key");
}

static void own_text_can_be_an_argument(void **state)
{
	struct error e;

	(void)state;
	error_set(&e, "inner");
	error_set(&e, "outer (%s)", e.text);
	assert_string_equal(e.text, "outer (inner)");
	error_prefix(&e, "%s", e.text);
	assert_string_equal(e.text, "outer (inner): outer (inner)");
}

static void too_long_is_cut_between_characters(void **state)
{
	char long_text[2 * ERROR_TEXT_BYTES];
	struct error e;

	(void)state;
	/* 1022 bytes, then a character of 3 bytes, of which 1 would fit. */
	memset(long_text, 'x', sizeof(long_text));
	memcpy(long_text + ERROR_TEXT_BYTES - 2, "\xE2\x82\xAC", 4);
	error_set(&e, "%s", long_text);
	assert_int_equal(strlen(e.text), ERROR_TEXT_BYTES - 2);
	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	error_set(&e, "%s", long_text);
	assert_int_equal(strlen(e.text), ERROR_TEXT_BYTES - 1);
	error_prefix(&e, "where");
	assert_int_equal(strlen(e.text), ERROR_TEXT_BYTES - 1);
	assert_memory_equal(e.text, "where: yyy", 10);
	error_errno(&e, ENOENT, "%s", long_text);
	assert_int_equal(strlen(e.text), ERROR_TEXT_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_formats_and_fails),
		cmocka_unit_test(control_characters_become_spaces),
		cmocka_unit_test(errno_is_explained),
		cmocka_unit_test(context_goes_in_front),
		cmocka_unit_test(own_text_can_be_an_argument),
		cmocka_unit_test(too_long_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
