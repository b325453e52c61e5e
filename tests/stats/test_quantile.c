/* Hyndman & Fan's definition 7 against numpy's digits, selection against sorting. */
#include "tests/stats/close.h"
#include "tests/stats/deviates.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/quantile.h"
#include "stats/random.h"

static void as_numpy_has_them(void **state)
{
	static const double values[] = {15, 20, 35, 40, 50, 3.5, 8};
	static const double chances[] = {.99, .05, .25, .4, .5, 0, 1};
	static const double expected[] = {49.4, 4.85, 11.5, 17, 20, 3.5, 50};
	double out[ARRAY_COUNT(chances)];
	(void)state;

	assert_int_equal(quantile_several(values, ARRAY_COUNT(values), chances, 7, out), 0);
	for (size_t i = 0; i < ARRAY_COUNT(chances); i++) {
		assert_exact(out[i], expected[i]);
		assert_exact(quantile_of(values, ARRAY_COUNT(values), chances[i]), expected[i]);
	}
	assert_true(values[0] == 15 && values[5] == 3.5); /* untouched */
}

static void small_and_even(void **state)
{
	static const double even[] = {4, 1, 3, 2}, one[] = {7};
	(void)state;

	assert_exact(quantile_median(even, 4), 2.5);
	assert_exact(quantile_median(even, 3), 3);
	assert_exact(quantile_median(one, 1), 7);
	assert_exact(quantile_of(one, 1, .99), 7);
}

static void hostile(void **state)
{
	static const double nan[] = {1, NAN}, inf[] = {INFINITY, 1, INFINITY, INFINITY, -INFINITY};
	static const double fine[] = {1, 2}, bad_chances[] = {.5, 1.5};
	double out[2] = {0, 0};
	(void)state;

	assert_nan(quantile_median(NULL, 0));
	assert_nan(quantile_median(nan, 2));
	assert_nan(quantile_of(fine, 2, -.1));
	assert_nan(quantile_of(fine, 2, NAN));
	assert_int_equal(quantile_several(fine, 2, bad_chances, 2, out), -1);
	assert_nan(out[0]);
	assert_nan(out[1]);
	assert_true(quantile_median(inf, 5) == INFINITY);
	assert_true(quantile_of(inf, 5, .8) == INFINITY);
	assert_true(quantile_of(inf, 5, 0) == -INFINITY);
	assert_true(quantile_of(inf, 5, .25) == 1);
}

static double shape(int kind, size_t i, size_t count, struct random *random)
{
	switch (kind) {
	case 0:
		return draw_uniform(random);
	case 1:
		return 3; /* all equal */
	case 2:
		return (double)(i % 2);
	case 3:
		return (double)i;
	case 4:
		return (double)(count - i);
	case 5: /* organ pipe */
		return (double)(i < count / 2 ? i : count - i);
	default:
		return floor(10 * draw_uniform(random));
	}
}

static void selects_what_sorting_gives(void **state)
{
	static const size_t counts[] = {1, 2, 31, 32, 33, 34, 100, 1001};
	struct random random;
	(void)state;

	random_seed(&random, 1, 0);
	for (int kind = 0; kind < 7; kind++)
		for (size_t c = 0; c < ARRAY_COUNT(counts); c++)
			for (size_t k = 0; k < counts[c]; k += 1 + counts[c] / 7) {
				double values[1001], sorted[1001];

				for (size_t i = 0; i < counts[c]; i++)
					values[i] = shape(kind, i, counts[c], &random);
				/* cppcheck-suppress uninitvar ; counts[c] is never 0 */
				memcpy(sorted, values, counts[c] * sizeof(*sorted));
				quantile_sort(sorted, counts[c]);
				assert_true(quantile_select(values, counts[c], k) == sorted[k]);
				for (size_t i = 0; i < counts[c]; i++)
					assert_true(i < k ? values[i] <= values[k]
							  : values[i] >= values[k]);
			}
}

static void ten_million(void **state)
{
	enum { COUNT = 10000000 };
	cleanup_free double *values = mem_new(COUNT, sizeof(*values));
	static const double chances[] = {.5, .99, .001};
	double out[3];
	(void)state;

	/* 7919 is prime to the count: a permutation of 0 … COUNT − 1. */
	for (size_t i = 0; i < COUNT; i++)
		values[i] = (double)(i * 7919 % COUNT);
	assert_int_equal(quantile_several(values, COUNT, chances, 3, out), 0);
	assert_exact(out[0], (COUNT - 1) * .5);
	assert_exact(out[1], (COUNT - 1) * .99);
	assert_exact(out[2], (COUNT - 1) * .001);
	for (size_t i = 0; i < COUNT; i++)
		values[i] = 4;
	assert_exact(quantile_median(values, COUNT), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_numpy_has_them),
		cmocka_unit_test(small_and_even),
		cmocka_unit_test(hostile),
		cmocka_unit_test(selects_what_sorting_gives),
		cmocka_unit_test(ten_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
