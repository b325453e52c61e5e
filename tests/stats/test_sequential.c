/* Looking again and again: the chances of crossing, sequential p values, and decisions. */
#include "tests/stats/close.h"

#include <Rmath.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/before_after.h"
#include "stats/crossing.h"
#include "stats/decide.h"
#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/multiple.h"
#include "stats/newest.h"

/* What contains a chance of crossing. */
#define assert_near(actual, expected) assert_close(actual, expected, 1e-3)

static const double ten[] = {
	.0030, -.0010, .0055, .0020, -.0035, .0040, .0010, .0005, -.0020, .0045};

static struct decide_rule usual_rule(void)
{
	struct decide_rule rule = {.alpha = .05};

	sequential_init(&rule.looks, SEQUENTIAL_FIRST, SEQUENTIAL_STEP, SEQUENTIAL_MOST);
	return rule;
}

static void usual_looks(void **state)
{
	static const struct {
		double x, chance;
	} rows[] = {{.05, .21914}, {.02, .10946}, {.01, .062774}, {.0075, .049526}, {.005, .035272},
		{.002, .016058}, {.001, .0087225}, {1e-4, .0010767}, {1e-5, .00012464},
		{.4, .78604}};
	struct sequential looks = usual_rule().looks;
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_near(sequential_p(&looks, rows[i].x), rows[i].chance);
	assert_near(sequential_level(&looks, .05), .0075863);
	assert_near(sequential_level(&looks, .04), .0058050);
	assert_near(sequential_level(&looks, .025), .0033369);
	for (int i = 0; i < 408; i++) { /* to .98 */
		double x = 1e-12 * pow(1.07, i);
		assert_true(sequential_p(&looks, x) >= x &&
			    sequential_p(&looks, x) < sequential_p(&looks, fmin(1, 1.07 * x)));
	}
	assert_true(sequential_p(&looks, 0) == 0 && sequential_p(&looks, 1) == 1);
	assert_nan(sequential_p(&looks, NAN));
	assert_nan(sequential_p(&looks, 1.1));
	assert_nan(sequential_level(&looks, 0));
	for (int i = 0; i < 34; i++) { /* to .65 */
		double alpha = 1e-6 * pow(1.5, i);
		assert_exact(sequential_p(&looks, sequential_level(&looks, alpha)), alpha);
	}
}

static void other_looks(void **state)
{
	static const struct {
		unsigned first, step, most;
		double level;
	} rows[] = {{4, 2, 20, .012190}, {4, 2, 30, .009715}, {4, 2, 100, .005706},
		{4, 2, 6, .031043}, {4, 4, 8, .028758}};
	static const unsigned every[] = {4, 5};
	struct sequential looks;
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		unsigned at[50];
		size_t count = 0;

		for (unsigned n = rows[i].first; n <= rows[i].most; n += rows[i].step)
			at[count++] = n;
		assert_near(crossing_chance(at, count, rows[i].level, 600), .05);
	}
	/* Looks after 4, 6 … are read from a table of lengths. */
	for (size_t i = 0; i + 1 < ARRAY_COUNT(rows); i++) {
		sequential_init(&looks, 4, 2, rows[i].most);
		assert_near(sequential_level(&looks, .05), rows[i].level);
	}
	/* Others are computed on a coarser grid. */
	sequential_init(&looks, 4, 4, 8);
	assert_close(sequential_level(&looks, .05), .028758, 5e-3);
	assert_near(crossing_chance(every, 2, .01, 500), .01573436);
	assert_true(crossing_chance(every, 1, .01, 100) == .01); /* one look is one test */
	assert_nan(crossing_chance(every, 0, .01, 100));
	assert_nan(crossing_chance(every, 2, NAN, 100));
	sequential_init(&looks, 8, 2, 8);
	assert_true(sequential_p(&looks, .03) == .03 && sequential_level(&looks, .05) == .05);
	assert_true(sequential_is_look(&looks, 8) && !sequential_is_look(&looks, 10));
	sequential_init(&looks, 4, 2, 50);
	assert_true(!sequential_is_look(&looks, 2) && !sequential_is_look(&looks, 5) &&
		    sequential_is_look(&looks, 50) && !sequential_is_look(&looks, 52));
}

/* Between the lengths of the table, at chances from .9 down to 1e-4. */
static void lengths_between(void **state)
{
	static const unsigned lengths[] = {10, 44, 84, 170};
	static const double xs[] = {.5, .01, 1e-5};
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		struct sequential looks, odd;
		unsigned at[100];
		size_t count = 0;

		for (unsigned n = 4; n <= lengths[i]; n += 2)
			at[count++] = n;
		sequential_init(&looks, 4, 2, lengths[i]);
		sequential_init(&odd, 4, 2, lengths[i] + 1);
		for (size_t k = 0; k < ARRAY_COUNT(xs); k++) {
			double chance = sequential_p(&looks, xs[k]);
			assert_close(chance, crossing_chance(at, count, xs[k], 500), 2e-3);
			assert_true(sequential_p(&odd, xs[k]) == chance);
		}
	}
}

/* The interval that holds at every look. */
static void check_interval(const struct sequential *looks, size_t pairs, double low, double high)
{
	struct interval interval;
	struct describe describe;

	describe_samples(ten, pairs, &describe);
	double confidence = 1 - 2 * sequential_level(looks, .025);

	interval_ratio(describe.mean, describe.sd / sqrt((double)pairs), (double)pairs - 1, pairs,
		confidence, &interval);
	assert_close(interval.low, low, 2e-6);
	assert_close(interval.high, high, 2e-6);
}

static void ten_pairs(void **state)
{
	static const double raw[] = {
		5.5284915395e-3, 8.7498706906e-4, 3.2783590803e-5, 3.6915479822e-6};
	static const double sequential[] = {.038388, .0077451, .00038123, .00004842};
	struct decide_rule rule = usual_rule();
	(void)state;

	for (size_t i = 0; i < 4; i++) {
		size_t pairs = 4 + 2 * i;
		struct describe describe;

		describe_samples(ten, pairs, &describe);
		double p = verdict_p_above(-describe.mean, describe.sd / sqrt((double)pairs),
			(double)pairs - 1, -log1p(.01));

		assert_close(p, raw[i], 1e-8);
		assert_near(sequential_p(&rule.looks, p), sequential[i]);
	}
	check_interval(&rule.looks, 4, .993338, 1.011500);
	check_interval(&rule.looks, 6, .995599, 1.007774);

	struct decide_metric metric = {
		.differences = ten, .count = 10, .margin = log1p(.01), .headline = true};
	struct decide_outcome outcome;

	decide_replay(&rule, &metric, 1, &outcome);
	assert_int_equal(
		metric.judged.verdict, VERDICT_EQUIVALENT); /* alone there is no adjusting */
	assert_int_equal(metric.pairs, 4);
	assert_near(metric.judged.p_notworse, .038388);
	assert_true(outcome.all_left && outcome.blocks == 4 && metric.left && !outcome.regression);
}

static void ten_pairs_worse(void **state)
{
	double worse[10];
	struct decide_rule rule = usual_rule();
	struct decide_metric metric = {
		.differences = worse, .count = 10, .margin = log1p(.01), .headline = true};
	struct decide_outcome outcome;
	(void)state;

	for (size_t i = 0; i < 10; i++)
		worse[i] = ten[i] + .022;
	decide_replay(&rule, &metric, 1, &outcome);
	assert_int_equal(metric.judged.verdict, VERDICT_REGRESSION);
	assert_int_equal(metric.pairs, 4);
	assert_near(metric.judged.p_worse, .0076703);
	assert_true(outcome.regression);
	verdict_test(&metric.judged);
	assert_close(metric.judged.p_worse, 8.6546495376e-4, 1e-8);
}

static void no_hope(void **state)
{
	struct decide_rule rule = usual_rule();
	double level = .0075863;
	struct verdict_case now = {.centre = log1p(.01) + .001,
		.error = .02 / sqrt(24),
		.df = 23,
		.blocks = 24,
		.margin = log1p(.01)};
	(void)state;

	assert_close(qt(level, 49, false, false) * .02 / sqrt(50), .0071180257, 1e-3);
	assert_close(decide_chance(&rule, &now, level), .02451877 + .00560448, 1e-3);
	now.centre = 0;
	assert_true(decide_chance(&rule, &now, level) > .5);
	rule.equivalence = true;
	assert_true(decide_chance(&rule, &now, level) > .05);
	now.centre = -log1p(.01) + .001; /* not worse, but neither equivalent nor better */
	assert_true(decide_chance(&rule, &now, level) < .1);
	now.blocks = 50;
	assert_true(decide_chance(&rule, &now, level) == 0);
}

static void frozen_prior(void **state)
{
	static const double variances[] = {1, 8, .1, 4, 1.5, .05, 30, .25, 1.2, 12.2};
	static const double dfs[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
	static const double minima[] = {.0003, .012, .0009, .4};
	static const double sequential[] = {.0029523, .072818, .0079430, .78604};
	static const double holm[] = {.011809, .14564, .023829, .78604};
	struct sequential looks = usual_rule().looks;
	struct moderate_prior prior;
	double variance, df, q[4], adjusted[4];
	(void)state;

	moderate_prior(variances, dfs, 10, &prior);
	assert_close(prior.df, 1.2407565625, 1e-8);
	assert_close(prior.variance, .7445553712, 1e-8);
	moderate_freeze(&prior, 3);
	moderate_variance(&prior, 1, 3, &variance, &df);
	assert_close(variance, 1, 1e-8);
	assert_close(df, 3.6203782813, 1e-8);
	moderate_variance(&prior, .4, 9, &variance, &df);
	assert_close(variance, .4222189464, 1e-8);
	assert_close(df, 9.6203782813, 1e-8);
	for (size_t i = 0; i < 4; i++) {
		q[i] = sequential_p(&looks, minima[i]);
		assert_near(q[i], sequential[i]);
	}
	multiple_holm(q, 4, adjusted);
	for (size_t i = 0; i < 4; i++)
		assert_near(adjusted[i], holm[i]);
}

/* The order effect, and the newest night. */
static void plain_tests(void **state)
{
	static const double last[] = {.0030, .0055, .0040, .0005, .0045};
	static const double first[] = {-.0010, .0020, -.0035, .0010, -.0020};
	static const double segment[] = {
		.080, .084, .077, .081, .078, .083, .079, .082, .080, .081};
	struct interval interval;
	(void)state;

	interval_difference_welch(last, 5, first, 5, .95, &interval);
	assert_close(interval.estimate, .0042, 1e-8);
	assert_close(interval.error, .0013095801, 1e-7); /* as many digits as the reference has */
	assert_close(interval.df, 7.81344535, 1e-8);
	assert_close(interval.p, .01287307, 1e-6);
	newest_judge(segment, 10, .0915, .95, &interval);
	assert_close(interval.p / 2, .0004692953, 1e-7);
	assert_close(newest_p_above(segment, 10, .0915), .0004692953, 1e-7);
	assert_close(newest_p_above(segment, 10, .0695), 1 - .0004692953, 1e-7);
}

static struct before_after_side side_of(const double *percents, size_t count)
{
	double values[16];
	struct describe describe;

	for (size_t i = 0; i < count; i++)
		values[i] = percents[i] / 100;
	describe_samples(values, count, &describe);
	return (struct before_after_side){
		describe.mean, describe.variance, (double)count - 1, count};
}

static void before_and_after(void **state)
{
	static const double old[] = {8.1, 7.6, 8.4, 7.9, 8.2, 7.5, 8.0, 8.3};
	static const double new[] = {9.9, 10.4, 9.6, 10.1, 10.3, 9.8};
	static const double earlier[] = {.080, .084, .077, .081, .078, .083};
	static const double native_old[] = {1.2, .9, 1.1, 1.4, 1.0, 1.3, .8, 1.1};
	static const double native_new[] = {4.1, 4.4, 3.9, 4.2, 4.0, 4.3};
	struct before_after_side before = side_of(old, 8), after = side_of(new, 6);
	struct before_after found = before_after(&before, &after, NULL, 0);
	struct interval interval;
	(void)state;

	assert_close(found.change, .020166666667, 1e-8);
	assert_close(found.error, .001687253803, 1e-8);
	assert_close(found.df, 11.2006699909, 1e-8);
	assert_close(verdict_p_above(found.change, found.error, found.df, log1p(.01)),
		3.8230735307e-5, 1e-8);
	interval_ratio(found.change, found.error, found.df, 6, .95, &interval);
	assert_close(interval.estimate, 1.0203713878, 1e-8);
	assert_close(interval.low, 1.0165973786, 1e-8);
	assert_close(interval.high, 1.0241594076, 1e-8);
	found = before_after(&before, &after, earlier, 6);
	assert_close(found.error, .003872983346, 1e-8);
	assert_true(found.df == 5);
	assert_close(verdict_p_above(found.change, found.error, found.df, log1p(.01)), .0230477651,
		1e-8);
	found = before_after(&before, &after, earlier, 4); /* too few to be used */
	assert_close(found.error, .001687253803, 1e-8);
	before = side_of(native_old, 8);
	after = side_of(native_new, 6);
	found = before_after(&before, &after, NULL, 0);
	interval_ratio(found.change, found.error, found.df, 6, .95, &interval);
	assert_close(interval.estimate, 1.03096989, 1e-8);
	assert_close(interval.low, 1.02861864, 1e-8);
	assert_close(interval.high, 1.03332652, 1e-8);
	assert_close(found.df, 11.30975143, 1e-8);
}

/* --- decisions of many metrics -----------------------------------------------------------------
 */

enum { LONG = 50 };

/* Fixed numbers with mean 0 and sd about 1, so that tests need no generator. */
static void fill(double *out, double centre, double sd)
{
	for (size_t i = 0; i < LONG; i++)
		out[i] = centre + sd * (fmod((double)(i + 1) * .6180339887498949, 1) - .5) * 3.46;
}

static void cells_leave(void **state)
{
	double same[LONG], noisy[LONG], worse[LONG];
	struct decide_rule rule = usual_rule();
	struct decide_outcome outcome;
	double margin = log1p(.01);
	(void)state;

	fill(same, 0, .003);
	fill(noisy, 0, .012);
	fill(worse, .03, .003);
	struct decide_metric metrics[] = {
		{.differences = same, .count = LONG, .margin = margin, .headline = true},
		{.differences = noisy,
			.count = LONG,
			.margin = margin,
			.cell = 1,
			.headline = true},
		{.differences = same, .count = LONG, .margin = margin, .cell = 1, .headline = true},
		{.differences = worse, .count = LONG, .margin = margin, .cell = 1},
	};

	decide_replay(&rule, metrics, 4, &outcome);
	assert_int_equal(metrics[0].pairs, 4);
	assert_true(metrics[0].left && metrics[1].left);
	assert_true(metrics[1].pairs > 6 && metrics[1].pairs == outcome.blocks);
	assert_int_equal(metrics[2].pairs, 4); /* its verdict stands while its cell goes on */
	assert_int_equal(metrics[3].judged.verdict, VERDICT_REGRESSION); /* not a headline */
	assert_true(outcome.regression && outcome.all_left);

	/* What comes after a cell has left does not count. */
	size_t pairs = metrics[1].pairs;
	enum verdict verdict = metrics[1].judged.verdict;

	metrics[1].count = pairs;
	decide_replay(&rule, metrics, 4, &outcome);
	assert_int_equal(metrics[1].pairs, pairs);
	assert_int_equal(metrics[1].judged.verdict, verdict);
	metrics[1].count = pairs - 1;
	decide_replay(&rule, metrics, 4, &outcome);
	assert_true(!outcome.all_left && !metrics[1].left && metrics[0].left);
}

/* Known noise neither ends a campaign nor makes it go on; all others are judged as before. */
static void excused_metrics(void **state)
{
	double same[LONG], noisy[LONG], worse[LONG];
	struct decide_rule rule = usual_rule();
	struct decide_outcome outcome;
	double margin = log1p(.01);
	(void)state;

	fill(same, 0, .003);
	fill(noisy, 0, .012);
	fill(worse, .03, .003);
	struct decide_metric metrics[] = {
		{.differences = worse, .count = LONG, .margin = margin, .headline = true},
		{.differences = noisy, .count = LONG, .margin = margin, .headline = true},
		{.differences = same, .count = LONG, .margin = margin, .headline = true},
	};

	decide_replay(&rule, metrics, 3, &outcome);
	size_t pairs = metrics[1].pairs;
	enum verdict verdict = metrics[1].judged.verdict;
	double q = metrics[2].judged.p_notworse;

	assert_true(outcome.regression && pairs > 4);
	metrics[0].excused = true;
	decide_replay(&rule, metrics, 3, &outcome);
	assert_false(outcome.regression);
	assert_int_equal(metrics[0].judged.verdict, VERDICT_REGRESSION);
	assert_int_equal(metrics[1].pairs, pairs);
	assert_int_equal(metrics[1].judged.verdict, verdict);
	metrics[1].excused = true;
	decide_replay(&rule, metrics, 3, &outcome);
	assert_true(outcome.all_left && metrics[1].left);
	assert_int_equal(metrics[1].pairs, 4); /* as much as a detail gets */
	assert_int_equal(metrics[1].judged.verdict, VERDICT_INCONCLUSIVE);
	assert_true(metrics[2].judged.p_notworse == q);
}

static void at_the_margin_is_hopeless(void **state)
{
	double at[LONG];
	struct decide_rule rule = usual_rule();
	struct decide_outcome outcome;
	struct decide_metric metric = {
		.differences = at, .count = LONG, .margin = log1p(.01), .headline = true};
	(void)state;

	fill(at, log1p(.01), .01);
	decide_replay(&rule, &metric, 1, &outcome);
	assert_int_equal(metric.judged.verdict, VERDICT_INCONCLUSIVE);
	assert_true(metric.hopeless && metric.left && metric.chance < .05);
	assert_true(metric.pairs >= 8 && metric.pairs < LONG);
}

/* One target loses every second block: looks are by pairs, and lost blocks only delay them. */
static void lost_blocks(void **state)
{
	double same[LONG];
	unsigned blocks[LONG];
	struct decide_rule rule = usual_rule();
	struct decide_outcome outcome;
	(void)state;

	fill(same, 0, .003);
	for (unsigned i = 0; i < LONG; i++)
		blocks[i] = 2 * i + 1;
	struct decide_metric metrics[] = {
		{.differences = same, .count = LONG, .margin = log1p(.01), .headline = true},
		{.differences = same,
			.blocks = blocks,
			.count = 25,
			.margin = log1p(.01),
			.headline = true},
		{.margin = log1p(.01), .cell = 1, .headline = true}, /* nothing at all */
		{.differences = same, .count = LONG, .margin = 0, .cell = 2, .headline = true},
	};

	decide_replay(&rule, metrics, 4, &outcome);
	assert_int_equal(metrics[0].pairs, 4);
	assert_int_equal(metrics[1].pairs, 4);
	assert_int_equal(outcome.blocks, 8);
	assert_true(metrics[1].judged.verdict != VERDICT_INCONCLUSIVE && metrics[1].left);
	assert_true(metrics[2].judged.verdict == VERDICT_INCONCLUSIVE && metrics[2].left);
	assert_true(metrics[3].judged.verdict == VERDICT_INCONCLUSIVE && metrics[3].left);
	assert_true(outcome.all_left);
}

static void equal_differences(void **state)
{
	static const double none[] = {0, 0, 0, 0, 0, 0};
	struct decide_rule rule = usual_rule();
	struct decide_outcome outcome;
	struct decide_metric metric = {
		.differences = none, .count = 4, .margin = log1p(.01), .headline = true};
	(void)state;

	decide_replay(&rule, &metric, 1, &outcome);
	assert_int_equal(metric.judged.verdict, VERDICT_INCONCLUSIVE); /* 2^(1 − 4) > .05 */
	metric.count = 6;
	decide_replay(&rule, &metric, 1, &outcome);
	assert_int_equal(metric.judged.verdict, VERDICT_EQUIVALENT);
	assert_int_equal(metric.pairs, 6);
	decide_replay(&rule, NULL, 0, &outcome);
	assert_int_equal(outcome.blocks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_looks),
		cmocka_unit_test(other_looks),
		cmocka_unit_test(lengths_between),
		cmocka_unit_test(ten_pairs),
		cmocka_unit_test(ten_pairs_worse),
		cmocka_unit_test(no_hope),
		cmocka_unit_test(frozen_prior),
		cmocka_unit_test(plain_tests),
		cmocka_unit_test(before_and_after),
		cmocka_unit_test(cells_leave),
		cmocka_unit_test(excused_metrics),
		cmocka_unit_test(at_the_margin_is_hopeless),
		cmocka_unit_test(lost_blocks),
		cmocka_unit_test(equal_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
