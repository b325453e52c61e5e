/* Changes are found at their positions, and none in a series without a change. */
#include "tests/stats/deviates.h"
#include "tests/stats/close.h"

#include <stdbool.h>

#include "base/array.h"
#include "stats/changepoint.h"
#include "stats/random.h"

enum { MOST = 200 };

static void one_step(void **state)
{
	struct changepoint found[MOST];
	double series[30];
	size_t count;
	(void)state;

	for (size_t i = 0; i < 30; i++)
		series[i] = i < 15 ? 50 : 100;
	assert_int_equal(changepoint_find(series, 30, &(struct changepoint_options){.seed = 1},
				 found, &count),
		CHANGEPOINT_OK);
	assert_int_equal(count, 1);
	assert_int_equal(found[0].position, 15);
	assert_true(found[0].p <= .05);
	/* m k/(m + k) · 2 · 50 with m = k = 15, within-sums 0 */
	assert_exact(found[0].statistic, 750);
}

static void several_steps_sorted(void **state)
{
	static const double levels[] = {10, 12, 9, 9.2};
	struct changepoint found[MOST];
	struct random random;
	double series[120];
	size_t count;
	(void)state;

	random_seed(&random, 4, 0);
	for (size_t i = 0; i < 120; i++)
		series[i] = levels[i / 30] + .3 * draw_normal(&random);
	changepoint_find(series, 120, &(struct changepoint_options){.seed = 1}, found, &count);
	assert_int_equal(count, 2); /* the last step is smaller than the noise */
	assert_int_equal(found[0].position, 30);
	assert_int_equal(found[1].position, 60);
}

static void same_for_any_threads(void **state)
{
	struct changepoint one[MOST], more[MOST];
	struct random random;
	double series[100];
	size_t one_count, more_count;
	(void)state;

	random_seed(&random, 5, 0);
	for (size_t i = 0; i < 100; i++)
		series[i] = (i < 40 ? 0 : 1) + draw_normal(&random);
	changepoint_find(series, 100, &(struct changepoint_options){.seed = 3, .threads = 1}, one,
		&one_count);
	assert_true(one_count >= 1);
	for (unsigned threads = 2; threads < 5; threads++) {
		changepoint_find(series, 100,
			&(struct changepoint_options){.seed = 3, .threads = threads}, more,
			&more_count);
		assert_int_equal(one_count, more_count);
		assert_memory_equal(one, more, one_count * sizeof(*one));
	}
}

/* The statistic of the best split, from incremental sums, is that of the definition. */
static void statistic_by_definition(void **state)
{
	enum { COUNT = 14, LEAST = CHANGEPOINT_LEAST_SEGMENT };
	struct changepoint found[MOST];
	struct random random;
	double x[COUNT], best = -INFINITY;
	size_t where = 0, count;
	bool seen = false;
	(void)state;

	random_seed(&random, 6, 0);
	for (size_t i = 0; i < COUNT; i++)
		x[i] = (i < 6 ? 0 : 5) + draw_normal(&random);
	for (size_t tau = LEAST; tau + LEAST <= COUNT; tau++)
		for (size_t kappa = tau + LEAST; kappa <= COUNT; kappa++) {
			double m = (double)tau, k = (double)(kappa - tau), between = 0, a = 0,
			       b = 0;

			for (size_t i = 0; i < kappa; i++)
				for (size_t j = i + 1; j < kappa; j++)
					*(j < tau         ? &a
						: i < tau ? &between
							  : &b) += fabs(x[i] - x[j]);
			double q = m * k / (m + k) *
				   (2 * between / (m * k) - a / (m * (m - 1) / 2) -
					   b / (k * (k - 1) / 2));

			if (q > best) {
				best = q;
				where = tau;
			}
		}
	changepoint_find(
		x, COUNT, &(struct changepoint_options){.seed = 1, .alpha = 1}, found, &count);
	assert_int_equal(where, 6);
	for (size_t i = 0; i < count && !seen; i++)
		if (found[i].position == where) {
			assert_exact(found[i].statistic, best);
			seen = true;
		}
	assert_true(seen);
}

static void hostile(void **state)
{
	static const double flat[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const double bad[] = {1, 1, 1, NAN, 1, 1, 1}, inf[] = {1, 1, 1, INFINITY, 1, 1, 1};
	struct changepoint_options options = {.seed = 1};
	struct changepoint found[MOST];
	size_t count = 9;
	(void)state;

	assert_int_equal(changepoint_find(NULL, 0, &options, found, &count), CHANGEPOINT_TOO_SHORT);
	assert_int_equal(count, 0);
	assert_int_equal(changepoint_find(flat, 5, &options, found, &count), CHANGEPOINT_TOO_SHORT);
	assert_int_equal(changepoint_find(flat, 10, &options, found, &count), CHANGEPOINT_OK);
	assert_int_equal(count, 0);
	assert_int_equal(changepoint_find(bad, 7, &options, found, &count), CHANGEPOINT_NONFINITE);
	assert_int_equal(count, 0);
	assert_int_equal(changepoint_find(inf, 7, &options, found, &count), CHANGEPOINT_NONFINITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_step),
		cmocka_unit_test(several_steps_sorted),
		cmocka_unit_test(same_for_any_threads),
		cmocka_unit_test(statistic_by_definition),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
