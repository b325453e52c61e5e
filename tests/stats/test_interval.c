/* Intervals against worked examples (scipy's digits), Stein, and what too little data gives. */
#include "tests/stats/close.h"

#include "base/array.h"
#include "stats/interval.h"
#include "stats/newest.h"
#include "stats/signs.h"
#include "stats/stein.h"
#include "stats/verdict.h"

enum { B = 6 };
static const double native[B] = {100, 101.2, 99.4, 100.6, 100.1, 99.8};
static const double target[B] = {100.3, 101.6, 99.5, 101.1, 100.2, 100.3};

static void log_differences(double d[B])
{
	for (size_t i = 0; i < B; i++)
		d[i] = log(target[i]) - log(native[i]);
}

static void paired(void **state)
{
	struct interval i;
	double d[B];
	(void)state;

	log_differences(d);
	assert_int_equal(interval_ratio_paired(d, B, .95, &i), 0);
	assert_exact(i.centre, .0031499500189469);
	assert_exact(i.estimate, exp(.0031499500189469));
	assert_close(i.low, 1.00124058, 5e-9); /* as many digits as the example has */
	assert_close(i.high, 1.00507292, 5e-9);
	assert_exact(i.p, .0081769555922);
	assert_true(i.df == 5 && i.blocks == B && i.status == INTERVAL_OK);
	assert_exact(verdict_p_equivalent(i.centre, i.error, i.df, log(1.01)), .00013054639730513);
	assert_exact(signs_p(d, B), .03125);

	assert_int_equal(interval_difference_paired(d, B, .95, &i), 0);
	assert_exact(i.estimate, .0031499500189469);
	assert_close(exp(i.low), 1.00124058, 5e-9);
}

static void welch(void **state)
{
	double t[5], n[4];
	struct interval i;
	(void)state;

	for (size_t k = 0; k < 5; k++)
		t[k] = log(target[k]);
	t[4] = log(100.2);
	for (size_t k = 0; k < 4; k++)
		n[k] = log(native[k]);
	assert_int_equal(interval_ratio_welch(t, 5, n, 4, .95, &i), 0);
	assert_exact(i.estimate, 1.002388557317142);
	assert_exact(i.low, 0.9897727730529726);
	assert_exact(i.high, 1.0151651441583607);
	assert_exact(i.p, 0.6674670882025446);
	assert_exact(i.df, 6.726197365222573);
	assert_int_equal(i.blocks, 4);

	assert_int_equal(interval_difference_welch(target, 5, native, 4, .95, &i), 0);
	assert_exact(i.estimate, 0.2400000000000091);
	assert_exact(i.low, -1.031676628183305);
	assert_exact(i.high, 1.5116766281833232);
	assert_exact(i.p, 0.6669237471320737);
	assert_exact(i.df, 6.7333284009280785);
}

static void too_few(void **state)
{
	static const double d[] = {.01, .03, .02};
	struct interval i;
	(void)state;

	for (size_t n = 1; n <= 2; n++) {
		assert_int_equal(interval_ratio_paired(d, n, .95, &i), -1);
		assert_int_equal(i.status, INTERVAL_TOO_FEW);
		assert_exact(i.estimate, n == 1 ? exp(.01) : exp(.02));
		assert_nan(i.low);
		assert_nan(i.p);
		assert_int_equal(i.blocks, n);
		assert_int_equal(interval_ratio_welch(d, 3, d, n, .95, &i), -1);
		assert_int_equal(i.status, INTERVAL_TOO_FEW);
		assert_false(isnan(i.estimate));
	}
	assert_int_equal(interval_ratio_paired(d, 3, .95, &i), 0);
}

static void hostile(void **state)
{
	static const double zeros[] = {0, 0, 0}, equal[] = {.01, .01, .01}, ones[] = {1, 2, 3};
	static const double bad[][3] = {{1, NAN, 3}, {1, INFINITY, 3}, {-INFINITY, 2, 3}};
	struct interval i;
	(void)state;

	for (size_t k = 0; k < ARRAY_COUNT(bad); k++) {
		assert_int_equal(interval_ratio_paired(bad[k], 3, .95, &i), -1);
		assert_int_equal(i.status, INTERVAL_UNDEFINED);
		assert_nan(i.estimate);
		assert_int_equal(interval_difference_welch(ones, 3, bad[k], 3, .95, &i), -1);
		assert_int_equal(i.status, INTERVAL_UNDEFINED);
	}
	assert_int_equal(interval_ratio_paired(NULL, 0, .95, &i), -1);
	assert_int_equal(i.status, INTERVAL_UNDEFINED);
	assert_int_equal(interval_ratio_welch(ones, 3, NULL, 0, .95, &i), -1);
	assert_int_equal(i.status, INTERVAL_UNDEFINED);
	assert_int_equal(interval_ratio_paired(ones, 3, 1, &i), -1);
	assert_int_equal(i.status, INTERVAL_UNDEFINED);
	assert_int_equal(interval_ratio_paired(ones, 3, NAN, &i), -1);

	assert_int_equal(interval_ratio_paired(zeros, 3, .95, &i), 0);
	assert_true(i.low == 1 && i.high == 1 && i.p == 1);
	assert_int_equal(interval_ratio_paired(equal, 3, .95, &i), 0);
	assert_true(i.low == i.estimate && i.high == i.estimate && i.p == 0);
	assert_int_equal(interval_ratio_welch(equal, 3, equal, 3, .95, &i), 0);
	assert_true(i.estimate == 1 && i.p == 1 && i.df == 4);
}

static void stein(void **state)
{
	(void)state;

	/* (t.975(4) · 2)² = 30.83, (t.975(7) · 2)² = 22.37 */
	assert_int_equal(stein_blocks(.01, 5, .005, .95), 31);
	assert_int_equal(stein_blocks(.02, 8, .01, .95), 23);
	assert_int_equal(stein_blocks(.0001, 5, .005, .95), 5);
	assert_int_equal(stein_blocks(0, 5, .005, .95), 5);
	assert_int_equal(stein_blocks(1e9, 5, 1e-9, .95), STEIN_MOST_BLOCKS);
	assert_int_equal(stein_blocks(.01, 2, .005, .95), 0);
	assert_int_equal(stein_blocks(NAN, 5, .005, .95), 0);
	assert_int_equal(stein_blocks(INFINITY, 5, .005, .95), 0);
	assert_int_equal(stein_blocks(.01, 5, 0, .95), 0);
	assert_int_equal(stein_blocks(.01, 5, .005, 1), 0);
}

static void newest(void **state)
{
	static const double segment[] = {1, 2, 3, 4, 5};
	struct interval i;
	(void)state;

	/* s = √2.5; error = √(2.5 · 1.2) = √3 */
	assert_int_equal(newest_judge(segment, 5, 7, .95, &i), 0);
	assert_exact(i.estimate, 4);
	assert_exact(i.error, sqrt(3));
	assert_exact(i.high - i.low, 2 * 2.7764451051977987 * sqrt(3));
	assert_int_equal(newest_judge(segment, 2, 7, .95, &i), -1);
	assert_int_equal(i.status, INTERVAL_TOO_FEW);
	assert_int_equal(newest_judge(segment, 5, NAN, .95, &i), -1);
	assert_int_equal(i.status, INTERVAL_UNDEFINED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paired),
		cmocka_unit_test(welch),
		cmocka_unit_test(too_few),
		cmocka_unit_test(hostile),
		cmocka_unit_test(stein),
		cmocka_unit_test(newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
