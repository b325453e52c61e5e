/* The sums by which tare-mpi-collectives checks an allreduce: exact in float for as many ranks as
 * it says, in whatever order they are added, and wrong without any one rank or with one twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bench/kernels/mpi_sums.h"

static void test_exact(void **state)
{
	(void)state;
	for (size_t place = 0; place < SUMS_PLACES; place++) {
		float up = 0, down = 0;
		for (int rank = 0; rank < SUMS_RANKS_MAX; rank++) {
			up += sums_part(rank, place);
			down += sums_part(SUMS_RANKS_MAX - 1 - rank, place);
			if (up != sums_total(rank + 1, place))
				fail_msg("%d ranks, place %zu: %.1f", rank + 1, place, (double)up);
		}
		assert_true(down == up);
	}
}

static void test_catches(void **state)
{
	(void)state;
	for (int ranks = 2; ranks <= 64; ranks++)
		for (int wrong = 0; wrong < ranks; wrong++)
			for (size_t place = 0; place < SUMS_PLACES; place++) {
				float total = sums_total(ranks, place);
				float part = sums_part(wrong, place);
				assert_true(part > 0 && total - part != total);
				assert_true(total + part != total);
				/* And the place beside it is another. */
				assert_true(total != sums_total(ranks, place + 1));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_catches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
