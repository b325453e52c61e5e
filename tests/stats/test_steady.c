/* Warm-up and fairness. */
#include "tests/stats/deviates.h"
#include "tests/stats/close.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/fairness.h"
#include "stats/random.h"
#include "stats/steady.h"

static void noise(double *values, size_t count, double sd, uint64_t stream)
{
	struct random random;

	random_seed(&random, 2, stream);
	for (size_t i = 0; i < count; i++)
		values[i] = 100 + sd * draw_normal(&random);
}

static void warm_up_is_cut(void **state)
{
	double values[400];
	struct steady s;
	(void)state;

	noise(values, 400, 1, 0);
	for (size_t i = 0; i < 60; i++)
		values[i] += 30 * exp(-(double)i / 15);
	assert_int_equal(steady_find(values, 400, &s), 0);
	assert_in_range(s.cut, 25, 100);
	assert_int_equal(s.cut % STEADY_BATCH, 0);
}

static void no_steady_state(void **state)
{
	double values[400];
	struct steady s;
	(void)state;

	noise(values, 400, 1, 1);
	for (size_t i = 0; i < 400; i++)
		values[i] += .05 * (double)i;
	assert_int_equal(steady_find(values, 400, &s), -1);
	assert_int_equal(s.status, STEADY_AT_BOUND);
	assert_int_equal(s.cut, 0);

	noise(values, 400, 1, 2);
	for (size_t i = 300; i < 400; i++)
		values[i] += 1.5;
	assert_int_equal(steady_find(values, 400, &s), -1);
	assert_int_equal(s.status, STEADY_SHIFT);
}

/* Independent noise is called steady nearly always. */
static void noise_is_steady(void **state)
{
	enum { TRIALS = 500, COUNT = 300 };
	int refused = 0;
	(void)state;

	for (uint64_t trial = 0; trial < TRIALS; trial++) {
		double values[COUNT];
		struct steady s;

		noise(values, COUNT, 1, 100 + trial);
		refused += steady_find(values, COUNT, &s) != 0;
	}
	assert_in_range(refused, 0, TRIALS / 20);
}

static void steady_hostile(void **state)
{
	double values[200];
	struct steady s;
	(void)state;

	for (size_t i = 0; i < 200; i++)
		values[i] = .1;
	assert_int_equal(steady_find(values, 200, &s), 0);
	assert_int_equal(s.cut, 0);
	assert_int_equal(steady_find(values, 29, &s), -1);
	assert_int_equal(s.status, STEADY_TOO_FEW);
	assert_int_equal(steady_find(NULL, 0, &s), -1);
	assert_int_equal(s.status, STEADY_TOO_FEW);
	values[0] = 1e6; /* one wild start */
	assert_int_equal(steady_find(values, 200, &s), 0);
	assert_int_equal(s.cut, STEADY_BATCH);
	values[199] = NAN;
	assert_int_equal(steady_find(values, 200, &s), -1);
	assert_int_equal(s.status, STEADY_NONFINITE);
	values[199] = -INFINITY;
	assert_int_equal(steady_find(values, 200, &s), -1);
	assert_int_equal(s.status, STEADY_NONFINITE);
}

static void steady_ten_million(void **state)
{
	enum { COUNT = 10000000 };
	cleanup_free double *values = mem_new(COUNT, sizeof(*values));
	struct steady s;
	(void)state;

	for (size_t i = 0; i < COUNT; i++)
		values[i] = (double)(i * 7919 % 1000) + (i < COUNT / 10 ? 5000 : 0);
	assert_int_equal(steady_find(values, COUNT, &s), 0);
	assert_int_equal(s.cut, COUNT / 10);
}

static void fairness(void **state)
{
	static const double even[] = {3, 3, 3}, one_has_all[] = {0, 0, 7, 0}, uneven[] = {1, 2, 3},
			    zeros[] = {0, 0}, huge[] = {1e200, 1e200}, bad[] = {1, -1},
			    nan[] = {1, NAN}, inf[] = {1, INFINITY};
	struct fairness f;
	(void)state;

	assert_int_equal(fairness_of(even, 3, &f), 0);
	assert_true(f.jain == 1 && f.max_min == 1);
	assert_int_equal(fairness_of(one_has_all, 4, &f), 0);
	assert_true(f.jain == .25 && f.max_min == INFINITY);
	assert_int_equal(fairness_of(uneven, 3, &f), 0);
	assert_exact(f.jain, 36.0 / 42);
	assert_exact(f.max_min, 3);
	assert_int_equal(fairness_of(zeros, 2, &f), 0);
	assert_true(f.jain == 1 && f.max_min == 1);
	assert_int_equal(fairness_of(huge, 2, &f), 0);
	assert_exact(f.jain, 1);
	assert_int_equal(fairness_of(bad, 2, &f), -1);
	assert_nan(f.jain);
	assert_int_equal(fairness_of(nan, 2, &f), -1);
	assert_int_equal(fairness_of(inf, 2, &f), -1);
	assert_int_equal(fairness_of(NULL, 0, &f), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warm_up_is_cut),
		cmocka_unit_test(no_steady_state),
		cmocka_unit_test(noise_is_steady),
		cmocka_unit_test(steady_hostile),
		cmocka_unit_test(steady_ten_million),
		cmocka_unit_test(fairness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
