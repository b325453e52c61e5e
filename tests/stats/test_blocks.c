/* Samples to blocks to pairs. */
#include "tests/stats/close.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/blocks.h"

static const struct blocks_sample two_blocks[] = {
	{4, 1, 8}, {2, 0, 1}, {2, 0, 3}, {2, 0, 2}, {2, 1, 10}, {4, 1, 2}, {2, 1, 20}};

static enum blocks_status make(const struct blocks_sample *from, size_t count,
	enum blocks_statistic statistic, double p, bool additive, struct block *out, size_t *made,
	uint32_t *offender)
{
	struct blocks_sample copy[16];

	for (size_t i = 0; i < count; i++)
		copy[i] = from[i];
	return blocks_from_samples(copy, count, statistic, p, additive, out, made, offender);
}

static void statistics(void **state)
{
	/* Block 2 has the runs {1, 2, 3} and {10, 20}, block 4 the run {2, 8}. */
	static const struct {
		enum blocks_statistic statistic;
		double p, first, second;
	} rows[] = {
		{BLOCKS_MEAN, 0, (2 + 15) / 2.0, 5},
		{BLOCKS_MEDIAN, 0, (2 + 15) / 2.0, 5},
		{BLOCKS_MINIMUM, 0, (1 + 10) / 2.0, 2},
		{BLOCKS_MAXIMUM, 0, (3 + 20) / 2.0, 8},
		{BLOCKS_QUANTILE, .25, (1.5 + 12.5) / 2, 3.5},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct block out[7];
		size_t made;

		assert_int_equal(
			make(two_blocks, 7, rows[i].statistic, rows[i].p, true, out, &made, NULL),
			BLOCKS_OK);
		assert_int_equal(made, 2);
		assert_int_equal(out[0].number, 2);
		assert_int_equal(out[1].number, 4);
		assert_exact(out[0].value, rows[i].first);
		assert_exact(out[1].value, rows[i].second);
		assert_true(out[0].runs == 2 && out[0].samples == 5);
		assert_true(out[1].runs == 1 && out[1].samples == 2);
	}
}

static void logarithms(void **state)
{
	struct block out[7];
	size_t made;
	(void)state;

	assert_int_equal(make(two_blocks, 7, BLOCKS_MEAN, 0, false, out, &made, NULL), BLOCKS_OK);
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

	assert_int_equal(blocks_from_samples(NULL, 0, BLOCKS_MEAN, 0, false, out, &made, NULL),
		BLOCKS_EMPTY);
	assert_int_equal(made, 0);
	assert_int_equal(
		make(zero, 3, BLOCKS_MEAN, 0, false, out, &made, &offender), BLOCKS_NOT_POSITIVE);
	assert_int_equal(offender, 7);
	assert_int_equal(made, 0);
	assert_int_equal(make(zero, 3, BLOCKS_MEAN, 0, true, out, &made, NULL), BLOCKS_OK);
	assert_int_equal(made, 3);
	assert_int_equal(make(negative, 2, BLOCKS_MEDIAN, 0, false, out, &made, &offender),
		BLOCKS_NOT_POSITIVE);
	assert_int_equal(offender, 3);
	assert_int_equal(
		make(nan, 2, BLOCKS_MEAN, 0, true, out, &made, &offender), BLOCKS_NONFINITE);
	assert_int_equal(offender, 8);
	assert_int_equal(
		make(inf, 1, BLOCKS_MEAN, 0, false, out, &made, &offender), BLOCKS_NONFINITE);
	assert_int_equal(offender, 6);
}

static void pairs_only_what_both_have(void **state)
{
	static const struct block target[] = {{1, 1, 1, 10}, {2, 1, 1, 20}, {5, 1, 1, 50}},
				  baseline[] = {
					  {0, 1, 1, 1}, {2, 1, 1, 2}, {5, 1, 1, 5}, {6, 1, 1, 6}};
	double d[3];
	size_t unpaired;
	(void)state;

	assert_int_equal(blocks_pair(target, 3, baseline, 4, d, &unpaired), 2);
	assert_true(d[0] == 18 && d[1] == 45);
	assert_int_equal(unpaired, 3);
	assert_int_equal(blocks_pair(target, 3, NULL, 0, d, &unpaired), 0);
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
	assert_int_equal(
		blocks_from_samples(samples, COUNT, BLOCKS_MEAN, 0, true, out, &made, NULL),
		BLOCKS_OK);
	assert_int_equal(made, BLOCKS);
	assert_exact(out[4].value, 1.5);
	assert_int_equal(out[4].samples, COUNT / BLOCKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics),
		cmocka_unit_test(logarithms),
		cmocka_unit_test(hostile),
		cmocka_unit_test(pairs_only_what_both_have),
		cmocka_unit_test(ten_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
