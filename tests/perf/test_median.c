/* The interval that scripts/perf shows: ranks against a published table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/array.h"
#include "tests/perf/median.h"

/* 95 %: Conover, Practical Nonparametric Statistics, 1999, by the binomial table. */
static void ranks(void **state)
{
	static const struct {
		size_t count, rank;
	} rows[] = {{1, 0}, {5, 0}, {6, 1}, {8, 1}, {9, 2}, {12, 3}, {15, 4}, {20, 6}, {25, 8},
		{50, 18}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(median_rank(rows[i].count, 0.95), rows[i].rank);
}

static void interval(void **state)
{
	double values[] = {9, 1, 8, 2, 7, 3, 6, 4, 5}, few[] = {3, 1, 2};
	struct median median = median_interval(values, ARRAY_COUNT(values), 0.95);

	(void)state;
	assert_true(median.median == 5 && median.low == 2 && median.high == 8);
	median = median_interval(few, ARRAY_COUNT(few), 0.95);
	assert_true(median.median == 2 && isnan(median.low) && isnan(median.high));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ranks), cmocka_unit_test(interval)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
