/* Comparisons of doubles for the tests of stats/. */
#ifndef TARE_TESTS_STATS_CLOSE_H
#define TARE_TESTS_STATS_CLOSE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static inline void close_(double actual, double expected, double relative, const char *what,
	const char *file, int line)
{
	double error = fabs(actual - expected) / (expected == 0 ? 1 : fabs(expected));

	if (actual == expected || error <= relative)
		return;
	print_error("%s is %.17g, expected %.17g (off by %.3g)\n", what, actual, expected, error);
	_fail(file, line);
}

/* Within `relative` of expected (absolute where 0 is expected). NaN is never close. */
#define assert_close(actual, expected, relative) \
	close_(actual, expected, relative, #actual, __FILE__, __LINE__)
/* What published and independently computed values are held to. */
#define assert_exact(actual, expected) assert_close(actual, expected, 1e-9)
#define assert_nan(actual) assert_true(isnan(actual))

#endif
