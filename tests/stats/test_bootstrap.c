/* Bootstrap against published intervals and exact distributions; the same for every number of
 * threads. */
#include "tests/stats/close.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/bootstrap.h"
#include "stats/bootstrap_t.h"
#include "stats/random.h"

static const double skewed[] = {
	10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213};

static void published_mean(void **state)
{
	struct bootstrap b;
	(void)state;

	assert_int_equal(bootstrap_mean(skewed, ARRAY_COUNT(skewed), 200000, .95, 1, 2, &b), 0);
	assert_exact(b.estimate, 863.9 / 16);
	assert_close(b.low, 28.86, .005);
	assert_close(b.high, 84.21, .005);
	assert_close(b.bca_low, 32.31, .005);
	assert_close(b.bca_high, 91.43, .005);
	/* the plug-in standard error, √(Σ(x − x̄)²)/n */
	assert_close(b.standard_error, 14.18, .01);
}

/* Chunks of 1024, 512, … down to 1: every value is as likely as every other. The variance of a
 * resampled mean is the plug-in variance / n, which wrong draws would miss. */
static void chunks_draw_evenly(void **state)
{
	enum { COUNT = 5 * 1024 + 777, RESAMPLES = 20000 };
	cleanup_free double *values = mem_new(COUNT, sizeof(*values));
	(void)state;

	/* All the weight in one place, moved through chunks of every size. */
	static const size_t places[] = {0, 1023, 5000, 5 * 1024, 5 * 1024 + 511, COUNT - 1};

	for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
		struct bootstrap b;
		double share = 1.0 / COUNT;

		memset(values, 0, COUNT * sizeof(*values));
		values[places[i]] = 1;
		bootstrap_mean(values, COUNT, RESAMPLES, .95, i, 2, &b);
		/* Counts of one value are Poisson(1): sd 1, kurtosis 4 → sd of variance √3. */
		assert_close(b.standard_error / share, 1, 4 * .5 * sqrt(3.0 / RESAMPLES));
	}
}

static void same_for_any_threads(void **state)
{
	struct bootstrap one, more;
	double values[3000];
	struct random random;
	(void)state;

	random_seed(&random, 9, 0);
	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		values[i] = random_normal(&random);
	bootstrap_mean(values, ARRAY_COUNT(values), 999, .95, 7, 1, &one);
	for (unsigned threads = 2; threads <= 5; threads++) {
		bootstrap_mean(values, ARRAY_COUNT(values), 999, .95, 7, threads, &more);
		assert_memory_equal(&one, &more, sizeof(one));
	}
	bootstrap_mean(values, ARRAY_COUNT(values), 999, .95, 7, 0, &more);
	assert_memory_equal(&one, &more, sizeof(one));
	bootstrap_mean(values, ARRAY_COUNT(values), 999, .95, 8, 1, &more);
	assert_true(one.low != more.low);
}

static void exact_median_of_five(void **state)
{
	static const double values[] = {8, 1, 5, 2, 3};
	static const double shares[] = {181, 811, 1141, 811, 181};
	static const double sorted[] = {1, 2, 3, 5, 8};
	double chances[5], mean = 0, square = 0;
	struct bootstrap b;
	(void)state;

	assert_int_equal(bootstrap_order_chances(5, 3, chances), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_exact(chances[i], shares[i] / 3125);
		mean += chances[i] * sorted[i];
		square += chances[i] * sorted[i] * sorted[i];
	}
	assert_int_equal(bootstrap_quantile(values, 5, .5, 400000, .9, 1, &b), 0);
	assert_true(b.estimate == 3);
	assert_true(b.low == 1 && b.high == 8); /* 181/3125 = .058 > .05 on either side */
	assert_close(b.standard_error, sqrt(square - mean * mean), .005);
	bootstrap_quantile(values, 5, .5, 400000, .88, 1, &b);
	assert_true(b.low == 2 && b.high == 5); /* .058 < .06 */
	assert_nan(b.bca_low);
	assert_int_equal(bootstrap_order_chances(5, 0, chances), -1);
	assert_int_equal(bootstrap_order_chances(5, 6, chances), -1);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Even counts and interpolated quantiles need two neighbouring order statistics: compared with
 * plain drawing. */
static void quantile_as_by_drawing(void **state)
{
	enum { COUNT = 12, RESAMPLES = 200000 };
	static const double chances[] = {0, .1, .5, .75, 1};
	struct random random;
	(void)state;

	random_seed(&random, 3, 0);
	for (size_t c = 0; c < ARRAY_COUNT(chances); c++) {
		double sum = 0, squares = 0, h = (COUNT - 1) * chances[c];
		size_t k = (size_t)h;
		struct bootstrap b;

		for (int r = 0; r < RESAMPLES; r++) {
			double drawn[COUNT];

			for (size_t i = 0; i < COUNT; i++)
				drawn[i] = skewed[random_below(&random, COUNT)];
			qsort(drawn, COUNT, sizeof(*drawn), compare);
			double q = drawn[k];

			if (k + 1 < COUNT)
				q += (h - (double)k) * (drawn[k + 1] - drawn[k]);
			sum += q;
			squares += q * q;
		}
		double variance = squares / RESAMPLES - sum / RESAMPLES * (sum / RESAMPLES);

		bootstrap_quantile(skewed, COUNT, chances[c], RESAMPLES, .95, 5, &b);
		assert_close(b.standard_error, sqrt(variance), .02);
	}
}

static void hostile(void **state)
{
	static const double nan[] = {1, NAN, 2}, equal[] = {.1, .1, .1};
	struct bootstrap b;
	(void)state;

	assert_int_equal(bootstrap_mean(NULL, 0, 99, .95, 1, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_TOO_FEW);
	assert_int_equal(bootstrap_mean(skewed, 1, 99, .95, 1, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_TOO_FEW);
	assert_int_equal(bootstrap_mean(skewed, 5, 0, .95, 1, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_TOO_FEW);
	assert_int_equal(bootstrap_mean(nan, 3, 99, .95, 1, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_UNDEFINED);
	assert_nan(b.low);
	assert_int_equal(bootstrap_mean(skewed, 5, 99, 1.5, 1, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_UNDEFINED);
	assert_int_equal(bootstrap_quantile(skewed, 5, 2, 99, .95, 1, &b), -1);
	assert_int_equal(b.status, BOOTSTRAP_UNDEFINED);
	assert_int_equal(bootstrap_quantile(nan, 3, .5, 99, .95, 1, &b), -1);
	assert_int_equal(bootstrap_mean(equal, 3, 99, .95, 1, 1, &b), 0);
	assert_exact(b.low, .1);
	assert_exact(b.bca_high, .1);
	assert_close(b.standard_error, 0, 1e-15);
	assert_int_equal(bootstrap_mean(skewed, 2, 99, .95, 1, 1, &b), 0);
	assert_true(b.low >= 10 && b.high <= 12);
}

static void studentised(void **state)
{
	static const double equal[] = {.02, .02, .02}, nan[] = {1, NAN, 2};
	struct interval normal, resampled, again;
	double d[40];
	struct random random;
	(void)state;

	random_seed(&random, 11, 0);
	for (size_t i = 0; i < ARRAY_COUNT(d); i++)
		d[i] = .01 * random_normal(&random);
	difference_paired(d, ARRAY_COUNT(d), .95, &normal);
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
		cmocka_unit_test(published_mean),
		cmocka_unit_test(chunks_draw_evenly),
		cmocka_unit_test(same_for_any_threads),
		cmocka_unit_test(exact_median_of_five),
		cmocka_unit_test(quantile_as_by_drawing),
		cmocka_unit_test(hostile),
		cmocka_unit_test(studentised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
