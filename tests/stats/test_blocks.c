/* Samples to blocks to pairs. */
#include "tests/stats/close.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/blocks.h"

static const struct blocks_sample two_blocks[] = {
	{4, 1, 8}, {2, 0, 1}, {2, 0, 3}, {2, 0, 2}, {2, 1, 10}, {4, 1, 2}, {2, 1, 20}};

static enum blocks_status make(const struct blocks_sample *from, size_t count, bool additive,
	struct block *out, size_t *made, uint32_t *offender)
{
	struct blocks_sample copy[16];

	for (size_t i = 0; i < count; i++)
		copy[i] = from[i];
	return blocks_from_samples(copy, count, additive, out, made, offender);
}

static void means_of_runs(void **state)
{
	struct block out[7];
	size_t made;
	(void)state;

	/* Block 2 has the runs {1, 2, 3} and {10, 20}, block 4 the run {2, 8}. */
	assert_int_equal(make(two_blocks, 7, true, out, &made, NULL), BLOCKS_OK);
	assert_int_equal(made, 2);
	assert_int_equal(out[0].number, 2);
	assert_int_equal(out[1].number, 4);
	assert_exact(out[0].value, (2 + 15) / 2.0);
	assert_exact(out[1].value, 5);
}

static void logarithms(void **state)
{
	struct block out[7];
	size_t made;
	(void)state;

	assert_int_equal(make(two_blocks, 7, false, out, &made, NULL), BLOCKS_OK);
	assert_exact(out[0].value, (log(2) + log(15)) / 2);
	assert_exact(out[1].value, log(5));
}

static void hostile(void **state)
{
	static const struct blocks_sample zero[] = {{1, 0, 5}, {7, 0, 0}, {9, 0, 2}},
					  negative[] = {{3, 0, -5}, {4, 0, 1}},
					  nan[] = {{1, 0, 5}, {8, 0, NAN}},
					  inf[] = {{6, 0, INFINITY}};
	struct block out[4];
	uint32_t offender = 0;
	size_t made = 99;
	(void)state;

	assert_int_equal(blocks_from_samples(NULL, 0, false, out, &made, NULL), BLOCKS_EMPTY);
	assert_int_equal(made, 0);
	assert_int_equal(make(zero, 3, false, out, &made, &offender), BLOCKS_NOT_POSITIVE);
	assert_int_equal(offender, 7);
	assert_int_equal(made, 0);
	assert_int_equal(make(zero, 3, true, out, &made, NULL), BLOCKS_OK);
	assert_int_equal(made, 3);
	assert_int_equal(make(negative, 2, false, out, &made, &offender), BLOCKS_NOT_POSITIVE);
	assert_int_equal(offender, 3);
	assert_int_equal(make(nan, 2, true, out, &made, &offender), BLOCKS_NONFINITE);
	assert_int_equal(offender, 8);
	assert_int_equal(make(inf, 1, false, out, &made, &offender), BLOCKS_NONFINITE);
	assert_int_equal(offender, 6);
}

static void pairs_only_what_both_have(void **state)
{
	static const struct block target[] = {{1, 10}, {2, 20}, {5, 50}},
				  baseline[] = {{0, 1}, {2, 2}, {5, 5}, {6, 6}};
	double d[3];
	uint32_t numbers[3];
	size_t unpaired;
	(void)state;

	assert_int_equal(blocks_pair(target, 3, baseline, 4, d, numbers, &unpaired), 2);
	assert_true(d[0] == 18 && d[1] == 45);
	assert_true(numbers[0] == 2 && numbers[1] == 5);
	assert_int_equal(unpaired, 3);
	assert_int_equal(blocks_pair(target, 3, NULL, 0, d, NULL, &unpaired), 0);
	assert_int_equal(unpaired, 3);
}

static void ten_million(void **state)
{
	enum { COUNT = 10000000, BLOCKS = 5 };
	cleanup_free struct blocks_sample *samples = mem_new(COUNT, sizeof(*samples));
	cleanup_free struct block *out = mem_new(BLOCKS, sizeof(*out));
	size_t made;
	(void)state;

	for (size_t i = 0; i < COUNT; i++)
		samples[i] = (struct blocks_sample){
			(uint32_t)(i % BLOCKS), 0, 1 + (double)(i / BLOCKS % 2)};
	assert_int_equal(blocks_from_samples(samples, COUNT, true, out, &made, NULL), BLOCKS_OK);
	assert_int_equal(made, BLOCKS);
	assert_exact(out[4].value, 1.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_of_runs),
		cmocka_unit_test(logarithms),
		cmocka_unit_test(hostile),
		cmocka_unit_test(pairs_only_what_both_have),
		cmocka_unit_test(ten_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
