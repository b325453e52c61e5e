/* Tests against a margin, not against zero: "different" is not "worse by more than matters". */
#include "stats/verdict.h"

#include <Rmath.h>
#include <math.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/multiple.h"
#include "stats/power.h"

enum { FEWEST_BLOCKS = 3 };

static const double wanted_power = 0.9;

double verdict_p_above(double centre, double error, double df, double bound)
{
	if (!isfinite(centre) || !isfinite(bound) || !(error >= 0) || isinf(error) || !(df > 0))
		return NAN;
	if (error == 0)
		return centre > bound ? 0 : 1;
	return pt((centre - bound) / error, df, false, false);
}

double verdict_p_equivalent(double centre, double error, double df, double margin)
{
	if (!(margin > 0))
		return NAN;
	double below = verdict_p_above(-centre, error, df, -margin);
	double above = verdict_p_above(centre, error, df, -margin);

	return isnan(below) ? NAN : fmax(below, above);
}

/* Fills the raw p values; NaN when the case cannot be tested. */
static void case_test(struct verdict_case *one)
{
	one->p_worse = one->p_better = one->p_equivalent = NAN;
	if (one->blocks < FEWEST_BLOCKS || !(one->margin > 0) || isinf(one->margin))
		return;
	one->p_worse = verdict_p_above(one->centre, one->error, one->df, one->margin);
	one->p_better = verdict_p_above(-one->centre, one->error, one->df, one->margin);
	one->p_equivalent = verdict_p_equivalent(one->centre, one->error, one->df, one->margin);
}

/* How many further blocks would decide this case, with `undecided` cases left in its family. */
static size_t case_further(const struct verdict_case *one, double alpha, size_t undecided)
{
	if (isnan(one->p_worse))
		return VERDICT_UNDECIDABLE;
	double own_df = (double)(one->blocks - 1);
	struct power_design design = {
		.sd = one->error * sqrt((double)one->blocks),
		.prior_df = isfinite(one->df) && one->df > own_df ? one->df - own_df : 0,
		.alpha = alpha / (double)undecided,
		.sides = 1,
	};
	double beyond = fabs(one->centre) - one->margin;
	size_t needed = 0;

	if (beyond > 0)
		needed = power_blocks(&design, beyond, wanted_power);
	else if (one->claim_equivalence)
		needed = power_blocks_equivalence(&design, one->centre, one->margin, wanted_power);
	if (needed == 0)
		return VERDICT_UNDECIDABLE;
	return needed > one->blocks ? needed - one->blocks : 1;
}

static void adjust_all(struct verdict_case *cases, size_t count)
{
	cleanup_free double *p = mem_new(count, sizeof(*p));
	size_t claims = 0;

	for (size_t i = 0; i < count; i++)
		p[i] = cases[i].p_worse;
	multiple_holm(p, count, p);
	for (size_t i = 0; i < count; i++) {
		cases[i].adjusted_worse = p[i];
		p[i] = cases[i].p_better;
	}
	multiple_holm(p, count, p);
	for (size_t i = 0; i < count; i++) {
		cases[i].adjusted_better = p[i];
		p[i] = NAN;
	}
	for (size_t i = 0; i < count; i++)
		if (cases[i].claim_equivalence)
			p[claims++] = cases[i].p_equivalent;
	multiple_holm(p, claims, p);
	claims = 0;
	for (size_t i = 0; i < count; i++)
		cases[i].adjusted_equivalent = cases[i].claim_equivalence ? p[claims++] : NAN;
}

void verdict_decide(struct verdict_case *cases, size_t count, double alpha)
{
	for (size_t i = 0; i < count; i++)
		case_test(&cases[i]);
	adjust_all(cases, count);
	for (size_t i = 0; i < count; i++) {
		struct verdict_case *one = &cases[i];

		one->further_blocks = 0;
		one->verdict = VERDICT_INCONCLUSIVE;
		if (one->adjusted_worse <= alpha)
			one->verdict = VERDICT_REGRESSION;
		else if (one->adjusted_better <= alpha)
			one->verdict = VERDICT_IMPROVEMENT;
		else if (one->adjusted_equivalent <= alpha)
			one->verdict = VERDICT_EQUIVALENT;
	}
}

void verdict_judge(struct verdict_case *cases, size_t count, double alpha)
{
	size_t undecided = 0;

	verdict_decide(cases, count, alpha);
	for (size_t i = 0; i < count; i++)
		undecided += cases[i].verdict == VERDICT_INCONCLUSIVE;
	for (size_t i = 0; i < count; i++)
		if (cases[i].verdict == VERDICT_INCONCLUSIVE)
			cases[i].further_blocks = case_further(&cases[i], alpha, undecided);
}

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
		[VERDICT_REGRESSION] = "REGRESSION",
		[VERDICT_IMPROVEMENT] = "IMPROVEMENT",
		[VERDICT_EQUIVALENT] = "EQUIVALENT",
	};

	return texts[verdict];
}
