/* What every test of base needs: cmocka, which wants these headers first. */
#ifndef TARE_TESTS_BASE_TEST_H
#define TARE_TESTS_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails and shows both texts unless the first contains the second. */
#define assert_contains(text, part) \
	do { \
		if (!strstr((text), (part))) \
			fail_msg("\"%s\" does not contain \"%s\"", (text), (part)); \
	} while (0)

#endif
