/* NIST's certified univariate data sets, and hostile input. */
#include "tests/stats/close.h"

#include <stdlib.h>

#include "base/array.h"
#include "stats/describe.h"

/* NIST StRD, Michelso: the speed of light, millions of metres a second. */
static const double michelso[] = {299.85, 299.74, 299.90, 300.07, 299.93, 299.85, 299.95, 299.98,
	299.98, 299.88, 300.00, 299.98, 299.93, 299.65, 299.76, 299.81, 300.00, 300.00, 299.96,
	299.96, 299.96, 299.94, 299.96, 299.94, 299.88, 299.80, 299.85, 299.88, 299.90, 299.84,
	299.83, 299.79, 299.81, 299.88, 299.88, 299.83, 299.80, 299.79, 299.76, 299.80, 299.88,
	299.88, 299.88, 299.86, 299.72, 299.72, 299.62, 299.86, 299.97, 299.95, 299.88, 299.91,
	299.85, 299.87, 299.84, 299.84, 299.85, 299.84, 299.84, 299.84, 299.89, 299.81, 299.81,
	299.82, 299.80, 299.77, 299.76, 299.74, 299.75, 299.76, 299.91, 299.92, 299.89, 299.86,
	299.88, 299.72, 299.84, 299.85, 299.85, 299.78, 299.89, 299.84, 299.78, 299.81, 299.76,
	299.81, 299.79, 299.81, 299.82, 299.85, 299.87, 299.87, 299.81, 299.74, 299.81, 299.94,
	299.95, 299.80, 299.81, 299.87};

static void nist_michelso(void **state)
{
	struct describe d;
	(void)state;

	assert_int_equal(describe_samples(michelso, ARRAY_COUNT(michelso), &d), 0);
	assert_exact(d.mean, 299.8524);
	assert_exact(d.sd, .0790105478190518);
}

/* NumAcc4: 10000000.2, then 10000000.1 and 10000000.3 in turn. The certified sd of .1 is that
 * of the decimal numbers; as doubles they are up to 9e-10 off, which is 6e-9 of the sd. */
static void nist_numacc4(void **state)
{
	double values[1001];
	struct describe d;
	(void)state;

	values[0] = 10000000.2;
	for (size_t i = 1; i < ARRAY_COUNT(values); i++)
		values[i] = i % 2 ? 10000000.1 : 10000000.3;
	describe_samples(values, ARRAY_COUNT(values), &d);
	assert_exact(d.mean, 10000000.2);
	assert_close(d.sd, .1, 1e-8);
	assert_exact(d.sd, (10000000.3 - 10000000.1) / 2);
}

static void hostile(void **state)
{
	static const double one[] = {5}, two[] = {1, 3}, equal[] = {.1, .1, .1, .1},
			    with_nan[] = {1, NAN, 3}, with_inf[] = {1, INFINITY, -INFINITY},
			    huge[] = {1e308, 1e308, 1e308}, cancel[] = {1e100, 1, -1e100};
	struct describe d;
	(void)state;

	assert_int_equal(describe_samples(NULL, 0, &d), -1);
	assert_nan(d.mean);

	assert_int_equal(describe_samples(one, 1, &d), 0);
	assert_true(d.mean == 5);
	assert_nan(d.sd);

	assert_int_equal(describe_samples(two, 2, &d), 0);
	assert_true(d.mean == 2 && d.variance == 2);

	assert_int_equal(describe_samples(equal, 4, &d), 0);
	assert_true(d.mean == .1 && d.sd == 0);

	assert_int_equal(describe_samples(with_nan, 3, &d), -1);
	assert_nan(d.mean);
	assert_nan(d.sd);

	assert_int_equal(describe_samples(with_inf, 3, &d), -1);
	assert_nan(d.variance);

	assert_true(isinf(describe_sum(huge, 3)));
	assert_true(describe_sum(cancel, 3) == 1);
	assert_true(isnan(describe_sum(with_nan, 3)));
	assert_nan(describe_mean(NULL, 0));
}

static void ten_million(void **state)
{
	enum { COUNT = 10000000 };
	double *values = mem_new(COUNT, sizeof(*values));
	struct describe d;
	(void)state;

	for (size_t i = 0; i < COUNT; i++)
		values[i] = 1e9 + (double)(i % 2);
	assert_int_equal(describe_samples(values, COUNT, &d), 0);
	assert_exact(d.mean, 1e9 + .5);
	assert_exact(d.variance, .25 * COUNT / (COUNT - 1.0));
	free(values);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_michelso),
		cmocka_unit_test(nist_numacc4),
		cmocka_unit_test(hostile),
		cmocka_unit_test(ten_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
