/* Reading what is imported: of many mistakes the first ones are kept, and all are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "cli/import.h"

#define HEADER "target,benchmark,metric,unit,better,block,run,value\n"

static char path[] = "/tmp/tare-test-import-XXXXXX";

static void read_text(
	const struct text *text, struct import *import, struct yaml_mistakes *mistakes)
{
	struct error e = {""};

	assert_int_equal(file_write(path, text->bytes, text->count, &e), 0);
	import_read(path, import, mistakes);
}

/* Lines that have too few fields, and lines with several mistakes each. */
static void test_many(void **state)
{
	static const struct {
		const char *line;
		size_t mistakes;
	} bad[] = {{"x\n", 1}, {",,,,,,,\n", 8}};
	enum { LINES = 10000, MOST = 100 };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		cleanup_text struct text text = {0};
		struct yaml_mistakes mistakes = {0};
		struct import import;
		text_add(&text, HEADER);
		for (size_t k = 0; k < LINES; k++)
			text_add(&text, bad[i].line);
		read_text(&text, &import, &mistakes);
		assert_int_equal(import.mistake_count, LINES * bad[i].mistakes);
		assert_in_range(mistakes.count, 1, MOST);
		assert_non_null(strstr(mistakes.lines[0], ":2: "));
		import_free(&import);
		yaml_mistakes_free(&mistakes);
	}
}

static void test_none_and_no_file(void **state)
{
	cleanup_text struct text text = {0};
	struct yaml_mistakes mistakes = {0};
	struct import import;

	(void)state;
	text_add(&text, HEADER "native,disk,bandwidth,MB/s,higher,0,0,1\n");
	read_text(&text, &import, &mistakes);
	assert_int_equal(import.mistake_count, 0);
	assert_int_equal(import.count, 1);
	import_free(&import);
	import_read("/nowhere/x.csv", &import, &mistakes);
	assert_int_equal(import.mistake_count, 1);
	assert_int_equal(mistakes.count, 1);
	import_free(&import);
	yaml_mistakes_free(&mistakes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_none_and_no_file),
	};
	int made = mkstemp(path);

	if (made < 0)
		return 1;
	close(made);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
