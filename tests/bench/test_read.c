/* Lines, numbers and collected files out of bytes that are not NUL-terminated. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "bench/read.h"

#define PIECE(text) ((struct piece){text, sizeof(text) - 1})

static void test_numbers(void **state)
{
	static const struct {
		struct piece text;
		bool valid;
		double value;
	} cases[] = {
		{PIECE("0"), true, 0},
		{PIECE("-1.5e3"), true, -1500},
		{PIECE("  7 "), true, 7},
		{PIECE("2.225074e-308"), true, 2.225074e-308},
		{PIECE("1.797693e+308"), true, 1.797693e308},
		{PIECE(""), false, 0},
		{PIECE("  "), false, 0},
		{PIECE("nan"), false, 0},
		{PIECE("-inf"), false, 0},
		{PIECE("0x10"), false, 0},
		{PIECE("1e999"), false, 0},
		{PIECE("1 2"), false, 0},
		{PIECE("12a"), false, 0},
		{PIECE("1\0"), false, 0},
		{PIECE("\t1"), false, 0},
		{PIECE("--1"), false, 0},
		{PIECE("e5"), false, 0},
		{PIECE("1111111111111111111111111111111111111111111111111111111111111111111111"),
			false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		/* On the heap at its exact size, so that reading on is seen. */
		char *copy = mem_new(cases[i].text.count, 1);
		double value = -7;

		memcpy(copy, cases[i].text.bytes, cases[i].text.count);
		if (read_number((struct piece){copy, cases[i].text.count}, &value) !=
			cases[i].valid)
			fail_msg("\"%s\"", cases[i].text.bytes);
		assert_true(value == (cases[i].valid ? cases[i].value : -7));
		free(copy);
	}
}

static void test_lines(void **state)
{
	struct piece rest = PIECE("one\n\nthree\ncut"), line;

	(void)state;
	assert_true(read_line(&rest, &line) && read_is(line, "one"));
	assert_true(read_line(&rest, &line) && read_is(line, ""));
	assert_true(read_line(&rest, &line) && read_starts(line, "thr") && read_has(line, "ree"));
	assert_false(read_is(line, "thre") || read_starts(line, "three ") || read_has(line, "x"));
	assert_false(read_line(&rest, &line));
	assert_true(read_is(rest, "cut"));
	rest = (struct piece){0};
	assert_false(read_line(&rest, &line));
}

static void test_collected(void **state)
{
	struct piece text = PIECE("noise ==> a <==\n==> a <==\nfirst\n==> b <==\nsecond\n"),
		     content;

	(void)state;
	assert_true(read_collected(text, "a", "b", &content) && read_is(content, "first\n"));
	assert_true(read_collected(text, "b", NULL, &content) && read_is(content, "second\n"));
	assert_false(read_collected(text, "b", "a", &content));
	assert_false(read_collected(text, "c", NULL, &content));
	assert_false(read_collected((struct piece){0}, "a", NULL, &content));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_collected)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
