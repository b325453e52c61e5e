/* Power, adjustments, moderation and the verdicts made of them. */
#include "tests/stats/close.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/moderate.h"
#include "stats/multiple.h"
#include "stats/power.h"
#include "stats/verdict.h"

static void blocks_needed(void **state)
{
	struct power_design design = {.alpha = .05, .sides = 2};
	static const struct {
		double sd;
		size_t blocks;
		double power;
	} rows[] = {{.005, 5, .9088848681009395}, {.01, 13, .9107084757404268},
		{.02, 44, .900030594223568}};
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		design.sd = rows[i].sd;
		assert_int_equal(power_blocks(&design, .01, .9), rows[i].blocks);
		assert_exact(power_of_test(&design, .01, rows[i].blocks), rows[i].power);
		assert_true(power_of_test(&design, .01, rows[i].blocks - 1) < .9);
		assert_close(
			power_smallest_effect(&design, rows[i].blocks, rows[i].power), .01, 1e-8);
	}
	design.sd = .005;
	design.sides = 1;
	assert_exact(power_of_test(&design, log(1.02) - log(1.01), 5), .9716933780856811);
}

static void power_edges(void **state)
{
	struct power_design design = {.sd = .01, .alpha = .05, .sides = 2};
	struct power_design silent = {.sd = 0, .alpha = .05, .sides = 1};
	struct power_design broken = {.sd = NAN, .alpha = .05, .sides = 1};
	(void)state;

	assert_int_equal(power_blocks(&design, 0, .9), 0); /* no effect is never found */
	assert_int_equal(power_blocks(&design, NAN, .9), 0);
	assert_int_equal(power_blocks(&design, 1, 1), 0);
	assert_int_equal(power_blocks(&design, 1e-9, .9), 0); /* beyond the most blocks */
	assert_int_equal(power_blocks(&design, 1e6, .9), 3);
	assert_int_equal(power_blocks(&broken, 1, .9), 0);
	assert_int_equal(power_blocks(&silent, 1e-9, .9), 3);
	assert_nan(power_of_test(&design, 1, 1));
	assert_nan(power_smallest_effect(&design, 1, .9));
	assert_close(power_of_test(&design, 0, 7), .05, 1e-6);
	/* Claiming sameness: no power at the margin, most at 0. */
	assert_true(power_of_equivalence(&design, .01, .01, 50) < .05 + 1e-9);
	assert_true(power_of_equivalence(&design, 0, .01, 50) > .99);
	size_t needed = power_blocks_equivalence(&design, 0, .01, .9);

	assert_true(power_of_equivalence(&design, 0, .01, needed) >= .9);
	assert_true(power_of_equivalence(&design, 0, .01, needed - 1) < .9);
}

static void holm_and_bh(void **state)
{
	static const double p[] = {.0005, .009, .0123, .02, .041, .3, .8};
	static const double holm[] = {.0035, .054, .0615, .08, .123, .6, .8};
	static const double bh[] = {.0035, .0287, .0287, .035, .0574, .35, .8};
	static const double shuffled[] = {.8, .0005, .02, .0123, .3, .009, .041};
	double out[7];
	(void)state;

	multiple_holm(p, 7, out);
	for (size_t i = 0; i < 7; i++)
		assert_exact(out[i], holm[i]);
	multiple_benjamini_hochberg(p, 7, out);
	for (size_t i = 0; i < 7; i++)
		assert_exact(out[i], bh[i]);
	memcpy(out, shuffled, sizeof(out));
	multiple_holm(out, 7, out); /* in place */
	assert_exact(out[1], .0035);
	assert_exact(out[6], .123);
	assert_exact(out[0], .8);
}

static void a_missing_p_still_counts(void **state)
{
	static const double p[] = {.02, NAN, .03, 2};
	double out[4];
	(void)state;

	multiple_holm(p, 4, out);
	assert_exact(out[0], .08);
	assert_exact(out[2], .09);
	assert_nan(out[1]);
	assert_nan(out[3]);
	multiple_benjamini_hochberg(p, 4, out);
	assert_exact(out[0], .06);
	assert_nan(out[1]);
	multiple_holm(NULL, 0, out);
}

static void moderation(void **state)
{
	static const double v[] = {.8, 1.1, 2.5, .3, .9, 1.7, .05, 4.2};
	double df[ARRAY_COUNT(v)], s2, s2_df;
	struct moderate_prior prior;
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(v); i++)
		df[i] = 4;
	assert_int_equal(moderate_prior(v, df, ARRAY_COUNT(v), &prior), 0);
	assert_exact(prior.df, 2.402376045414108);
	assert_exact(prior.variance, 0.6741211486514126);
	moderate_variance(&prior, v[3], 4, &s2, &s2_df);
	assert_exact(s2, 0.3864013838452986);
	assert_exact(s2_df, 5.201188022707054);
	moderate_variance(&prior, v[1], 4, &s2, &s2_df);
	assert_exact(s2, 1.1); /* 1.0016 by the formula: never lowered */
	assert_exact(s2_df, 5.201188022707054);
	assert_exact(moderate_trigamma_inverse(M_PI * M_PI / 6), 1);
	assert_exact(moderate_trigamma_inverse(M_PI * M_PI / 2), .5);
}

static void moderation_hostile(void **state)
{
	static const double same[] = {1, 1, 1, 1}, few[] = {1, 2}, zeros[] = {0, 0, 0, 1};
	static const double mixed[] = {1, NAN, 2, -1, 3, INFINITY, 0, 4}, big = 1e300;
	static const double df[] = {4, 4, 4, 4, 4, 4, 4, 4};
	struct moderate_prior prior;
	double s2, s2_df;
	(void)state;

	assert_int_equal(moderate_prior(same, df, 4, &prior), 0);
	assert_true(isinf(prior.df));
	moderate_variance(&prior, 1, 4, &s2, &s2_df);
	assert_true(s2_df == 12); /* at most three times its own */
	assert_int_equal(moderate_prior(few, df, 2, &prior), -1);
	assert_int_equal(prior.status, MODERATE_TOO_FEW);
	moderate_variance(&prior, 3, 4, &s2, &s2_df);
	assert_true(s2 == 3 && s2_df == 4);
	assert_int_equal(moderate_prior(zeros, df, 4, &prior), -1);
	assert_int_equal(prior.status, MODERATE_DEGENERATE);
	assert_int_equal(moderate_prior(mixed, df, 8, &prior), 0);
	assert_int_equal(prior.used, 5);
	assert_true(isfinite(prior.variance) && prior.df > 0);
	moderate_variance(&prior, NAN, 4, &s2, &s2_df);
	assert_nan(s2);
	moderate_variance(&prior, big, 4, &s2, &s2_df);
	assert_true(isfinite(s2));
	assert_int_equal(moderate_prior(NULL, NULL, 0, &prior), -1);
}

static const double margin = .00995; /* about 1 % */
static const struct verdict_levels levels = {.05, .05, .05, .equivalence = true};

static void verdicts(void **state)
{
	static const struct {
		double centre, error;
		size_t blocks;
		enum verdict verdict;
	} rows[] = {
		{.03, .002, 8, VERDICT_REGRESSION},
		{-.03, .002, 8, VERDICT_IMPROVEMENT},
		{.001, .001, 8, VERDICT_EQUIVALENT},
		{.009, .003, 8, VERDICT_INCONCLUSIVE},
		{.02, .01, 5, VERDICT_INCONCLUSIVE},
		{.5, .001, 2, VERDICT_INCONCLUSIVE},
		{NAN, .001, 8, VERDICT_INCONCLUSIVE},
		{.03, NAN, 8, VERDICT_INCONCLUSIVE},
		{INFINITY, .001, 8, VERDICT_INCONCLUSIVE},
		{.03, 0, 8, VERDICT_REGRESSION},
		{0, 0, 8, VERDICT_EQUIVALENT},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct verdict_case one = {.centre = rows[i].centre,
			.error = rows[i].error,
			.df = (double)rows[i].blocks - 1,
			.blocks = rows[i].blocks,
			.margin = margin,
			.claim_equivalence = true};
		bool odd = rows[i].blocks < 3 || !isfinite(rows[i].centre + rows[i].error);

		verdict_judge(&one, 1, &levels);
		assert_string_equal(verdict_text(one.verdict), verdict_text(rows[i].verdict));
		if (one.verdict != VERDICT_INCONCLUSIVE)
			assert_int_equal(one.further_blocks, 0);
		else
			assert_true(one.further_blocks >= 1);
		if (odd)
			assert_true(
				isnan(one.p_worse) && one.further_blocks == VERDICT_UNDECIDABLE);
	}
}

static void further_blocks_would_decide(void **state)
{
	struct verdict_case one = {.centre = .02,
		.error = .01,
		.df = 4,
		.blocks = 5,
		.margin = margin,
		.claim_equivalence = true};
	struct power_design design = {.sd = .01 * sqrt(5), .alpha = .05, .sides = 1};
	(void)state;

	verdict_judge(&one, 1, &levels);
	assert_int_equal(one.further_blocks + 5, power_blocks(&design, .02 - margin, .9));
	one.centre = margin; /* on the fence: nothing decides */
	verdict_judge(&one, 1, &levels);
	assert_true(one.further_blocks == VERDICT_UNDECIDABLE);
	one.centre = .001;
	one.claim_equivalence = false; /* nothing to be claimed inside the margin */
	verdict_judge(&one, 1, &levels);
	assert_true(one.further_blocks == VERDICT_UNDECIDABLE);
	assert_nan(one.adjusted_equivalent);
}

static void tost_is_the_interval(void **state)
{
	(void)state;
	/* p = α exactly when the 1 − 2α interval touches the margin: t.95(4) = 2.13184678632665 */
	double error = .001, touching = .01 - 2.1318467863266499 * error;

	assert_exact(verdict_p_equivalent(touching, error, 4, .01), .05);
	assert_exact(verdict_p_equivalent(-touching, error, 4, .01), .05);
	assert_nan(verdict_p_equivalent(0, error, 4, 0));
	assert_exact(verdict_p_above(.01, error, 4, .01), .5);
}

static void ten_thousand_metrics(void **state)
{
	enum { COUNT = 10000 };
	cleanup_free struct verdict_case *cases = mem_new(COUNT, sizeof(*cases));
	(void)state;

	for (size_t i = 0; i < COUNT; i++)
		cases[i] = (struct verdict_case){.centre = i == 77 ? .5 : 0,
			.error = .001,
			.df = 14,
			.blocks = i == 78 ? 1 : 5,
			.margin = margin,
			.claim_equivalence = true};
	verdict_judge(cases, COUNT, &levels);
	assert_int_equal(cases[77].verdict, VERDICT_REGRESSION);
	assert_exact(cases[77].adjusted_worse, COUNT * cases[77].p_worse);
	assert_int_equal(cases[78].verdict, VERDICT_INCONCLUSIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_needed),
		cmocka_unit_test(power_edges),
		cmocka_unit_test(holm_and_bh),
		cmocka_unit_test(a_missing_p_still_counts),
		cmocka_unit_test(moderation),
		cmocka_unit_test(moderation_hostile),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(further_blocks_would_decide),
		cmocka_unit_test(tost_is_the_interval),
		cmocka_unit_test(ten_thousand_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
