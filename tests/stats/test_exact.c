/* Tests by counting: sign flips and Mann–Whitney. */
#include "tests/stats/close.h"

#include "base/array.h"
#include "stats/random.h"
#include "stats/ranksum.h"
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
				d[i] = trial % 2 ? random_normal(&random) + .5
						 : floor(4 * random_uniform(&random)) - 1;
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

static void mann_whitney(void **state)
{
	static const double x[] = {19, 22, 16, 29, 24}, y[] = {20, 11, 17, 12};
	double a[10], b[12];
	struct ranksum r;
	(void)state;

	assert_int_equal(ranksum_test(x, 5, y, 4, &r), 0);
	assert_true(r.u == 17);
	assert_exact(r.p_exact, .1111111111111111);
	assert_exact(r.p_asymptotic, .11134688653314041);
	assert_int_equal(ranksum_test(y, 4, x, 5, &r), 0);
	assert_true(r.u == 3);
	assert_exact(r.p_exact, .1111111111111111);

	for (size_t i = 0; i < 10; i++)
		a[i] = (double)i + 1;
	for (size_t i = 0; i < 12; i++)
		b[i] = 2 * (double)i + 2;
	assert_int_equal(ranksum_test(a, 10, b, 12, &r), 0);
	assert_true(r.u == 22.5);
	assert_exact(r.p_exact, .011889039752816842);
	assert_exact(r.p_asymptotic, .014559320062070944);
}

static void mann_whitney_edges(void **state)
{
	static const double one[] = {1}, two[] = {2}, equal[] = {3, 3, 3}, nan[] = {1, NAN},
			    inf[] = {INFINITY, -INFINITY};
	double many[60];
	struct ranksum r;
	(void)state;

	assert_int_equal(ranksum_test(one, 1, NULL, 0, &r), -1);
	assert_nan(r.u);
	assert_int_equal(ranksum_test(nan, 2, one, 1, &r), -1);
	assert_nan(r.p_exact);
	assert_int_equal(ranksum_test(one, 1, two, 1, &r), 0);
	assert_true(r.u == 0 && r.p_exact == 1 && r.p_asymptotic == 1);
	assert_int_equal(ranksum_test(equal, 3, equal, 2, &r), 0);
	assert_true(r.u == 3 && r.p_exact == 1);
	assert_nan(r.p_asymptotic);
	assert_int_equal(ranksum_test(inf, 2, one, 1, &r), 0);
	assert_true(r.u == 1);

	for (size_t i = 0; i < ARRAY_COUNT(many); i++)
		many[i] = (double)i;
	assert_int_equal(ranksum_test(many, 50, many, 50, &r), 0);
	assert_true(r.p_exact > .99);
	assert_int_equal(ranksum_test(many, 51, many, 50, &r), 0);
	assert_nan(r.p_exact); /* too many to count: only the normal approximation */
	assert_false(isnan(r.p_asymptotic));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_match_enumeration),
		cmocka_unit_test(signs_edges),
		cmocka_unit_test(mann_whitney),
		cmocka_unit_test(mann_whitney_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
