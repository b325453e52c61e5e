/* Tests that only root can do. */
#ifndef TARE_TESTS_AS_ROOT_H
#define TARE_TESTS_AS_ROOT_H

#include <stdio.h>
#include <unistd.h>

static inline int skip_not_root(void)
{
	puts("skipped: not root");
	return 77;
}

/* What main returns: the result of the group, or that it was skipped. */
#define RUN_AS_ROOT(name, tests, set_up, tear_down) \
	(geteuid() != 0 ? skip_not_root() \
			: cmocka_run_group_tests_name(name, tests, set_up, tear_down))

#endif
