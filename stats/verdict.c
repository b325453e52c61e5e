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

void verdict_test(struct verdict_case *one)
{
	one->p_worse = one->p_notworse = one->p_better = one->p_equivalent = NAN;
	if (one->blocks < FEWEST_BLOCKS || !(one->margin > 0) || isinf(one->margin))
		return;
	one->p_worse = verdict_p_above(one->centre, one->error, one->df, one->margin);
	one->p_notworse = verdict_p_above(-one->centre, one->error, one->df, -one->margin);
	one->p_better = verdict_p_above(-one->centre, one->error, one->df, one->margin);
	one->p_equivalent = verdict_p_equivalent(one->centre, one->error, one->df, one->margin);
}

/* How many further blocks would decide this case, with `undecided` cases left in its family. */
static size_t case_further(
	const struct verdict_case *one, const struct verdict_levels *levels, size_t undecided)
{
	if (isnan(one->p_worse))
		return VERDICT_UNDECIDABLE;
	bool worse = one->centre > one->margin, better = one->centre < -one->margin;
	double own_df = (double)(one->blocks - 1);
	struct power_design design = {
		.sd = one->error * sqrt((double)one->blocks),
		.prior_df = isfinite(one->df) && one->df > own_df ? one->df - own_df : 0,
		.alpha = (worse ? levels->worse : levels->better) / (double)undecided,
		.sides = 1,
	};
	size_t needed = 0;

	if (!levels->equivalence && !worse) {
		design.alpha = levels->not_worse;
		needed = power_blocks(&design, one->margin - one->centre, wanted_power);
	} else if (worse || better) {
		needed = power_blocks(&design, fabs(one->centre) - one->margin, wanted_power);
	} else if (one->claim_equivalence) {
		needed = power_blocks_equivalence(&design, one->centre, one->margin, wanted_power);
	}
	if (needed == 0)
		return VERDICT_UNDECIDABLE;
	return needed > one->blocks ? needed - one->blocks : 1;
}

void verdict_adjust(struct verdict_case *cases, size_t count)
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

enum verdict verdict_of(const struct verdict_case *one, const struct verdict_levels *levels)
{
	if (one->adjusted_worse <= levels->worse)
		return VERDICT_REGRESSION;
	if (one->adjusted_better <= levels->better)
		return VERDICT_IMPROVEMENT;
	if (one->adjusted_equivalent <= levels->better)
		return VERDICT_EQUIVALENT;
	if (!levels->equivalence && one->p_notworse <= levels->not_worse)
		return VERDICT_NOT_WORSE;
	return VERDICT_INCONCLUSIVE;
}

void verdict_decide(struct verdict_case *cases, size_t count, const struct verdict_levels *levels)
{
	for (size_t i = 0; i < count; i++)
		verdict_test(&cases[i]);
	verdict_adjust(cases, count);
	for (size_t i = 0; i < count; i++) {
		cases[i].further_blocks = 0;
		cases[i].verdict = verdict_of(&cases[i], levels);
	}
}

void verdict_judge(struct verdict_case *cases, size_t count, const struct verdict_levels *levels)
{
	size_t undecided = 0;

	verdict_decide(cases, count, levels);
	for (size_t i = 0; i < count; i++)
		undecided += cases[i].verdict == VERDICT_INCONCLUSIVE;
	for (size_t i = 0; i < count; i++)
		if (cases[i].verdict == VERDICT_INCONCLUSIVE)
			cases[i].further_blocks = case_further(&cases[i], levels, undecided);
}

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
		[VERDICT_REGRESSION] = "REGRESSION",
		[VERDICT_IMPROVEMENT] = "IMPROVEMENT",
		[VERDICT_EQUIVALENT] = "EQUIVALENT",
		[VERDICT_NOT_WORSE] = "NOT WORSE",
	};

	return texts[verdict];
}
