/* The mains of tests that some machines cannot run: those are skipped, with the reason. */
#ifndef TARE_TESTS_SKIPPABLE_H
#define TARE_TESTS_SKIPPABLE_H

#include <stdio.h>
#include <unistd.h>

static inline int skip_all(const char *why_not)
{
	printf("skipped: %s\n", why_not ? why_not : "");
	return 77; /* SKIP_RETURN_CODE in the CMakeLists.txt */
}

/* What main returns: the result of the group, or that it was skipped. why_not: NULL if it runs. */
#define RUN_UNLESS(why_not, name, tests, set_up, tear_down) \
	((why_not) ? skip_all(why_not) \
		   : cmocka_run_group_tests_name(name, tests, set_up, tear_down))

#define RUN_AS_ROOT(name, tests, set_up, tear_down) \
	RUN_UNLESS(geteuid() != 0 ? "not root" : NULL, name, tests, set_up, tear_down)

#endif
