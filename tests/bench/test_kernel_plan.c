/* How a kernel spreads its samples over a measured phase (bench/kernels/kernel.h). */
#include "harness.h"

#include "base/array.h"
#include "bench/kernels/kernel.h"

static void test_phase(void **state)
{
	static const struct {
		double seconds, call_ns;
		long most, samples, every;
	} cases[] = {
		{2, 1e6, 1000, 1000, 2}, /* 2,000 calls */
		{2, 1e6, 2000, 2000, 1}, {2, 1e6, 5000, 2000, 1}, /* fewer calls than wanted */
		{2, 300, 1000, 1000, 6666}, {2, 1e9, 1000, 2, 1},
		{2, 6e10, 1000, 1, 1}, /* one call lasts longer than the phase */
		{2, 0, 1000, 1000, 2000000}, /* shorter than the clock can tell */
		{0, 300, 1000, 1000, 1}, /* fixed work */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct kernel_plan plan =
			kernel_plan_phase(cases[i].seconds, cases[i].call_ns, cases[i].most);

		assert_int_equal(plan.samples, cases[i].samples);
		assert_int_equal(plan.every, cases[i].every);
	}
}

static void test_more(void **state)
{
	static const struct {
		double seconds, elapsed_s;
		long samples, more;
	} cases[] = {
		{2, 2, 100, 0}, {2, 2.5, 100, 0}, {2, 1.5, 100, 34}, /* 33.3 */
		{2, 1, 100, 100}, {2, 0.1, 100, 100}, /* at most as many again */
		{2, 0, 1, 1}, {0, 0.1, 100, 0}, /* fixed work */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(
			kernel_plan_more(cases[i].seconds, cases[i].elapsed_s, cases[i].samples),
			cases[i].more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phase), cmocka_unit_test(test_more)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
