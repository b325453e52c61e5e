/* Directories of a user without root. */
#include "tests/base/base_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/directories.h"

static void assert_run_directory(const char *variable, const char *expected)
{
	if (variable)
		setenv("XDG_RUNTIME_DIR", variable, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
	cleanup_free char *is = directories_user_run();
	assert_string_equal(is, expected);
}

static void run_directory(void **state)
{
	cleanup_free char *in_tmp = str_printf("/tmp/tare-%u", (unsigned)geteuid());

	(void)state;
	assert_run_directory("/usr", "/usr/tare");
	assert_run_directory(NULL, in_tmp);
	assert_run_directory("", in_tmp);
	assert_run_directory("usr", in_tmp);
	assert_run_directory("/is/not/there", in_tmp);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(run_directory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
