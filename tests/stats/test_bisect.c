/* The posterior over the first bad revision, what to measure next, and when it is found. Expected
 * numbers were computed independently. */
#include "tests/stats/close.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/bisect.h"
#include "stats/random.h"
#include "tests/stats/deviates.h"

enum { LAST = 8 };

static const double differences[] = {.021, .018, .022, .019};
static const struct bisect_block anchors[] = {{2, {0, LAST}, {0, .021}},
	{2, {0, LAST}, {.001, .019}}, {2, {0, LAST}, {-.002, .020}}, {2, {0, LAST}, {.003, .022}}};
static const bool all_testable[LAST + 1];

static struct bisect *after_anchors(void)
{
	struct bisect *bisect = bisect_new(LAST, differences, ARRAY_COUNT(differences), log(1.01));

	for (size_t i = 0; i < ARRAY_COUNT(anchors); i++)
		bisect_add(bisect, &anchors[i]);
	return bisect;
}

static void posterior(void **state)
{
	struct bisect *bisect = after_anchors();
	const struct bisect_block one = {4, {0, 8, 3, 5}, {.001, .020, .002, .021}},
				  two = {4, {0, 8, 4, 3}, {.002, .022, .004, .001}},
				  alone = {1, {4}, {7}};
	double chances[LAST];
	(void)state;

	bisect_posterior(bisect, chances);
	for (size_t k = 0; k < LAST; k++)
		assert_exact(chances[k], 1. / LAST);
	bisect_add(bisect, &alone); /* says nothing */
	bisect_add(bisect, &one);
	bisect_posterior(bisect, chances);
	assert_close(chances[3], .499834526, 1e-8);
	assert_close(chances[4], .499834526, 1e-8);
	assert_true(chances[0] < 1e-4 && chances[7] < 1e-4);
	bisect_add(bisect, &two);
	bisect_posterior(bisect, chances);
	assert_close(chances[4], .999322678, 1e-8);
	bisect_free(bisect);
	bisect_free(NULL);
}

static void a_stall(void **state)
{
	struct bisect *bisect = after_anchors();
	const struct bisect_block one = {4, {0, 8, 3, 5}, {.001, .020, .002, .021}},
				  stalled = {4, {0, 8, 4, 3}, {.002, .022, .004, .183}};
	double chances[LAST];
	(void)state;

	bisect_add(bisect, &one);
	bisect_add(bisect, &stalled);
	bisect_posterior(bisect, chances);
	assert_close(chances[4], .999781383, 1e-8);
	bisect_free(bisect);
}

static void what_is_next(void **state)
{
	static const double flat[LAST] = {.125, .125, .125, .125, .125, .125, .125, .125};
	static const double sharp[LAST] = {0, 0, .01, .02, .9, .04, .03, 0};
	bool untestable[LAST + 1] = {[3] = true};
	size_t next[BISECT_NEXT_MOST];
	(void)state;

	assert_int_equal(bisect_next(flat, LAST, all_testable, next), 2);
	assert_int_equal(next[0], 3);
	assert_int_equal(next[1], 5);
	assert_int_equal(bisect_next(flat, LAST, untestable, next), 2);
	assert_int_equal(next[0], 2);
	assert_int_equal(next[1], 5);
	/* S is .03 at 4 and .93 at 5: both ends of what is likely are measured. */
	assert_int_equal(bisect_next(sharp, LAST, all_testable, next), 2);
	assert_int_equal(next[0], 4);
	assert_int_equal(next[1], 5);
	assert_int_equal(bisect_next(flat, 2, all_testable, next), 1);
	assert_int_equal(next[0], 1);
	assert_int_equal(bisect_next(flat, 1, all_testable, next), 0);
}

static void groups(void **state)
{
	static const double chances[LAST] = {.05, .05, .2, .2, .25, .15, .05, .05};
	bool untestable[LAST + 1] = {[3] = true, [6] = true, [7] = true};
	struct bisect_group group = bisect_likeliest(chances, LAST, all_testable);
	(void)state;

	assert_true(group.first == 5 && group.last == 5 && group.chance == .25);
	group = bisect_likeliest(chances, LAST, untestable); /* 3 4 | 6 7 8 */
	assert_true(group.first == 3 && group.last == 4);
	assert_exact(group.chance, .4);
	untestable[4] = untestable[5] = true;
	group = bisect_likeliest(chances, LAST, untestable);
	assert_true(group.first == 3 && group.last == 8);
	/* The bad anchor itself ends the last group, whatever is said of it. */
	untestable[1] = untestable[2] = untestable[LAST] = true;
	group = bisect_likeliest(chances, LAST, untestable);
	assert_true(group.first == 1 && group.last == LAST);
	assert_exact(group.chance, 1);
}

static void steps(void **state)
{
	struct bisect_block blocks[ARRAY_COUNT(anchors) + 3] = {anchors[0], anchors[1], anchors[2],
		anchors[3], {4, {0, 8, 3, 5}, {.001, .020, .002, .021}},
		{4, {0, 8, 4, 3}, {.002, .022, .004, .001}},
		{4, {0, 8, 4, 5}, {.002, .021, .012, .019}}};
	(void)state;

	/* anova(lm(y ~ block + step), lm(y ~ block + revision)) of R */
	assert_close(bisect_steps_p(blocks, ARRAY_COUNT(blocks), 5), .024851107478378, 1e-8);
	assert_nan(bisect_steps_p(blocks, ARRAY_COUNT(anchors), 5)); /* two revisions */
	assert_nan(bisect_steps_p(blocks, 0, 5));
}

/* The design's rule finds what there is, and says so. */
static void finds_it(void **state)
{
	struct bisect *bisect = after_anchors();
	struct random random;
	double chances[LAST];
	size_t blocks = 0;
	struct bisect_group group;
	(void)state;

	random_seed(&random, 1, 1);
	for (;; blocks++) {
		struct bisect_block block = {.revisions = {0, LAST}};

		bisect_posterior(bisect, chances);
		group = bisect_likeliest(chances, LAST, all_testable);
		if (group.chance >= .95 || blocks == 60)
			break;
		block.count = 2 + bisect_next(chances, LAST, all_testable, block.revisions + 2);
		for (size_t i = 0; i < block.count; i++)
			block.y[i] =
				.005 * draw_normal(&random) + (block.revisions[i] >= 7 ? .02 : 0);
		bisect_add(bisect, &block);
	}
	assert_true(group.first == 7 && group.last == 7 && blocks < 20);
	bisect_free(bisect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posterior),
		cmocka_unit_test(a_stall),
		cmocka_unit_test(what_is_next),
		cmocka_unit_test(groups),
		cmocka_unit_test(steps),
		cmocka_unit_test(finds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
