/* The exact test of sign flips against counting all patterns. */
#include "tests/stats/deviates.h"
#include "tests/stats/close.h"

#include "base/array.h"
#include "stats/random.h"
#include "stats/signs.h"

static double signs_by_enumeration(const double *d, size_t count)
{
	double observed = 0, reached = 0;

	for (size_t i = 0; i < count; i++)
		observed += d[i];
	for (size_t pattern = 0; pattern < (size_t)1 << count; pattern++) {
		double sum = 0;

		for (size_t i = 0; i < count; i++)
			sum += pattern >> i & 1 ? d[i] : -d[i];
		reached += fabs(sum) >= fabs(observed) - 1e-9;
	}
	return reached / (double)((size_t)1 << count);
}

static void signs_match_enumeration(void **state)
{
	struct random random;
	(void)state;

	random_seed(&random, 1, 0);
	for (size_t count = 1; count <= 12; count++)
		for (int trial = 0; trial < 20; trial++) {
			double d[12];

			for (size_t i = 0; i < count; i++)
				d[i] = trial % 2 ? draw_normal(&random) + .5
						 : floor(4 * draw_uniform(&random)) - 1;
			assert_exact(signs_p(d, count), signs_by_enumeration(d, count));
		}
}

static void signs_edges(void **state)
{
	static const double zeros[] = {0, 0, 0}, nan[] = {1, NAN}, inf[] = {1, INFINITY};
	double ones[SIGNS_MOST_BLOCKS + 1];
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(ones); i++)
		ones[i] = .1;
	for (size_t count = 1; count <= SIGNS_MOST_BLOCKS; count += 13)
		assert_exact(signs_p(ones, count), pow(2, 1 - (double)count));
	assert_exact(signs_p(ones, SIGNS_MOST_BLOCKS), pow(2, 1 - SIGNS_MOST_BLOCKS));
	assert_nan(signs_p(ones, SIGNS_MOST_BLOCKS + 1));
	assert_nan(signs_p(NULL, 0));
	assert_nan(signs_p(nan, 2));
	assert_nan(signs_p(inf, 2));
	assert_true(signs_p(zeros, 3) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_match_enumeration),
		cmocka_unit_test(signs_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
