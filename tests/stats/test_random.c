/* The generator against its published vectors, and the distributions of what it gives. */
#include "tests/stats/close.h"
#include "tests/stats/deviates.h"

#include <string.h>

#include "base/array.h"
#include "stats/random.h"

/* Random123's kat_vectors, philox4x32 with 10 rounds. */
static void philox_known_answers(void **state)
{
	static const struct {
		uint32_t counter[4], key[2], out[4];
	} rows[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u},
			{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
			{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t out[4];

		random_philox(rows[i].counter, rows[i].key, out);
		assert_memory_equal(out, rows[i].out, sizeof(out));
	}
}

static void streams_repeat_and_differ(void **state)
{
	struct random a, b, other_stream, other_seed;
	(void)state;

	random_seed(&a, 7, 1);
	random_seed(&b, 7, 1);
	random_seed(&other_stream, 7, 2);
	random_seed(&other_seed, 8, 1);
	for (int i = 0; i < 100; i++) {
		uint64_t value = random_u64(&a);

		assert_int_equal(value, random_u64(&b));
		assert_int_not_equal(value, random_u64(&other_stream));
		assert_int_not_equal(value, random_u64(&other_seed));
	}
}

/* The plan of a campaign is stored as a seed: this order may never change. */
static void shuffle_is_pinned(void **state)
{
	size_t indices[] = {0, 1, 2, 3, 4, 5, 6, 7};
	static const size_t expected[] = {0, 5, 7, 4, 6, 1, 2, 3};
	struct random random;
	(void)state;

	random_seed(&random, 42, 0);
	random_shuffle(&random, indices, ARRAY_COUNT(indices));
	assert_memory_equal(indices, expected, sizeof(expected));
}

static void shuffle_reaches_all_orders_alike(void **state)
{
	enum { TRIALS = 60000 };
	int seen[6] = {0};
	struct random random;
	double chi = 0;
	(void)state;

	random_seed(&random, 1, 0);
	for (int i = 0; i < TRIALS; i++) {
		size_t o[] = {0, 1, 2};

		random_shuffle(&random, o, 3);
		seen[o[0] * 2 + (o[1] > o[2])]++;
	}
	for (int i = 0; i < 6; i++)
		chi += (seen[i] - TRIALS / 6.0) * (seen[i] - TRIALS / 6.0) / (TRIALS / 6.0);
	assert_true(chi < 20.5); /* p = .001 at 5 degrees of freedom */
}

static void below_stays_below(void **state)
{
	static const uint64_t bounds[] = {2, 3, 1000, 1ull << 63, UINT64_MAX};
	struct random random;
	(void)state;

	random_seed(&random, 3, 0);
	assert_int_equal(random_below(&random, 0), 0);
	assert_int_equal(random_below(&random, 1), 0);
	for (size_t b = 0; b < ARRAY_COUNT(bounds); b++)
		for (int i = 0; i < 1000; i++)
			assert_true(random_below(&random, bounds[b]) < bounds[b]);
}

/* Mean and variance within 4.5 standard errors (kurtosis bounded by the 4 on the variance). */
static void uniforms_have_their_moments(void **state)
{
	enum { DRAWS = 200000 };
	const double variance = 1.0 / 12;
	double sum = 0, squares = 0;
	struct random random;
	(void)state;

	random_seed(&random, 5, 0);
	for (int i = 0; i < DRAWS; i++) {
		double x = draw_uniform(&random) - .5;

		sum += x;
		squares += x * x;
	}
	assert_true(fabs(sum / DRAWS) < 4.5 * sqrt(variance / DRAWS));
	assert_true(fabs(squares / DRAWS / variance - 1) < 4.5 * 4 / sqrt(DRAWS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(philox_known_answers),
		cmocka_unit_test(streams_repeat_and_differ),
		cmocka_unit_test(shuffle_is_pinned),
		cmocka_unit_test(shuffle_reaches_all_orders_alike),
		cmocka_unit_test(below_stays_below),
		cmocka_unit_test(uniforms_have_their_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
