/* Messages and clocks. The lines are read back from a stderr that is a file. */
#include "tests/base/base_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"

/* What says() and the hooks left on stderr. */
static char *captured(void (*says)(void))
{
	char path[] = "/tmp/tare-log-test-XXXXXX";
	int fd = mkstemp(path), stderr_fd = dup(STDERR_FILENO);
	struct error e;
	char *bytes = NULL;

	assert_true(fd >= 0 && stderr_fd >= 0);
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	says();
	fflush(stderr);
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(fd);
	file_read(path, 1 << 16, &bytes, NULL, &e);
	unlink(path);
	return bytes;
}

static void warn_twice(void)
{
	log_warn("disk %s", "slow");
	log_warn("two\nlines");
}

static void one_line_each(void **state)
{
	cleanup_free char *text = captured(warn_twice);

	(void)state;
	assert_string_equal(text, "warning: disk slow\nwarning: two lines\n");
}

static void step_aside(void)
{
	fputs("<", stderr);
}

static void come_back(void)
{
	fputs(">", stderr);
}

static void hooks_surround_each_line(void **state)
{
	cleanup_free char *text = NULL;

	(void)state;
	log_set_hook(step_aside, come_back);
	text = captured(warn_twice);
	log_set_hook(NULL, NULL);
	assert_string_equal(text, "<warning: disk slow\n><warning: two lines\n>");
}

static void clocks_go_on(void **state)
{
	int64_t before_ns = clock_monotonic_ns();
	double before_s = clock_monotonic_s();

	(void)state;
	clock_sleep_s(0.02);
	assert_true(clock_monotonic_ns() - before_ns >= 20000000);
	assert_true(clock_monotonic_s() - before_s >= 0.0199);
	clock_sleep_s(-1);
	clock_sleep_s(0);
	/* After 2020, so it is nanoseconds of the epoch. */
	assert_true(clock_realtime_ns() > INT64_C(1577836800) * 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_each),
		cmocka_unit_test(hooks_surround_each_line),
		cmocka_unit_test(clocks_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
