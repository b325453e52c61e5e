/* The studentised bootstrap of blocks. */
#include "tests/stats/deviates.h"
#include "tests/stats/close.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/bootstrap_t.h"
#include "stats/random.h"

static const double skewed[] = {
	10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213};

static void studentised(void **state)
{
	static const double equal[] = {.02, .02, .02}, nan[] = {1, NAN, 2};
	struct interval normal, resampled, again;
	double d[40];
	struct random random;
	(void)state;

	random_seed(&random, 11, 0);
	for (size_t i = 0; i < ARRAY_COUNT(d); i++)
		d[i] = .01 * draw_normal(&random);
	interval_difference_paired(d, ARRAY_COUNT(d), .95, &normal);
	assert_int_equal(bootstrap_t(d, ARRAY_COUNT(d), 20000, .95, 1, &resampled), 0);
	/* normal data: the two agree */
	assert_close(resampled.high - resampled.low, normal.high - normal.low, .1);
	assert_close(resampled.p, normal.p, .2);
	bootstrap_t(d, ARRAY_COUNT(d), 20000, .95, 1, &again);
	assert_true(again.low == resampled.low && again.p == resampled.p);

	/* Of 3 blocks, 1 resample in 9 has no spread: beyond .025 on each side. */
	assert_int_equal(bootstrap_t(skewed, 3, 5000, .95, 1, &resampled), -1);
	assert_int_equal(resampled.status, INTERVAL_UNBOUNDED);
	assert_int_equal(bootstrap_t(d, 2, 5000, .95, 1, &resampled), -1);
	assert_int_equal(resampled.status, INTERVAL_TOO_FEW);
	assert_int_equal(bootstrap_t(nan, 3, 5000, .95, 1, &resampled), -1);
	assert_int_equal(resampled.status, INTERVAL_UNDEFINED);
	assert_int_equal(bootstrap_t(d, 8, 1, .95, 1, &resampled), -1);
	assert_int_equal(resampled.status, INTERVAL_UNDEFINED);
	assert_int_equal(bootstrap_t(equal, 3, 5000, .95, 1, &resampled), 0);
	assert_true(resampled.low == resampled.high && resampled.p == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(studentised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
