/* The gate at 200 metrics: how often it gives false alarms, and what it finds. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "stats/describe.h"
#include "stats/moderate.h"
#include "stats/verdict.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

enum { METRICS = 200, TRIALS = 10000, POWER_TRIALS = 20000 };

static const double any = NAN;
static const struct verdict_levels levels = {.05, .05, .05, .equivalence = true};

enum spread {
	SPREAD_EQUAL,
	SPREAD_LOGNORMAL,
	SPREAD_GAMMA,
	SPREAD_OUTLIERS,
	SPREAD_FEW_OUTLIERS,
	SPREAD_WIDE
};

/* How each metric's variance is moderated: not at all; as tare does it; by the plain formula,
 * which also lowers variances; by that with the full estimated prior. */
enum variance_rule { RULE_OWN, RULE_MODERATED, RULE_BOTH_WAYS, RULE_UNDISCOUNTED };

/* d(metric, block) = theta + sd(metric) · (√correlation · shared(block) + √(1 − c) · own). */
struct gate_setting {
	size_t metrics, blocks;
	enum spread spread; /* how sd differs between metrics; sd is its typical size */
	double sd, correlation;
	double theta; /* of every metric, in margins */
	double first_theta; /* of metric 0 */
	enum variance_rule rule;
	enum verdict looked_for;
	bool in_first_only; /* else in any metric */
};

static double draw_sd(const struct gate_setting *setting, struct random *random)
{
	switch (setting->spread) {
	case SPREAD_EQUAL:
		return setting->sd;
	case SPREAD_LOGNORMAL:
		return setting->sd * exp(.5 * draw_normal(random));
	case SPREAD_GAMMA: /* variance scaled inverse χ² with 8 degrees of freedom: the model */
		return setting->sd * sqrt(4 / draw_gamma(random, 4));
	case SPREAD_OUTLIERS: /* one metric in twenty is five times as noisy */
		return setting->sd * (random_below(random, 20) ? 1 : 5);
	case SPREAD_FEW_OUTLIERS: /* too few to be seen by the prior */
		return setting->sd * (random_below(random, 80) ? 1 : 5);
	case SPREAD_WIDE: /* a hundredfold, log-uniform */
		return setting->sd * pow(10, 2 * draw_uniform(random) - 1);
	}
	return NAN;
}

static void apply_rule(
	enum variance_rule rule, const struct moderate_prior *prior, double *variance, double *df)
{
	double borrowed =
		rule == RULE_UNDISCOUNTED ? fmin(prior->df, 1e6) : fmin(prior->df / 2, 2 * *df);

	if (rule == RULE_MODERATED)
		moderate_variance(prior, *variance, *df, variance, df);
	if (rule == RULE_OWN || rule == RULE_MODERATED)
		return;
	*variance = (borrowed * prior->variance + *df * *variance) / (borrowed + *df);
	*df += borrowed;
}

static void judge(
	const struct gate_setting *setting, struct random *random, struct verdict_case *cases)
{
	double margin = log(1.01), shared[32], d[32], df[METRICS], variance[METRICS];
	struct moderate_prior prior;
	size_t blocks = setting->blocks;

	for (size_t b = 0; b < blocks; b++)
		shared[b] = draw_normal(random);
	for (size_t m = 0; m < setting->metrics; m++) {
		double sd =
			m == 0 && setting->in_first_only ? setting->sd : draw_sd(setting, random);
		struct describe describe;

		for (size_t b = 0; b < blocks; b++)
			d[b] = (m == 0 ? setting->first_theta : setting->theta) * margin +
			       sd * (sqrt(setting->correlation) * shared[b] +
					    sqrt(1 - setting->correlation) * draw_normal(random));
		describe_samples(d, blocks, &describe);
		cases[m] = (struct verdict_case){.centre = describe.mean,
			.blocks = blocks,
			.margin = margin,
			.claim_equivalence = true};
		variance[m] = describe.variance;
		df[m] = (double)blocks - 1;
	}
	moderate_prior(variance, df, setting->metrics, &prior);
	for (size_t m = 0; m < setting->metrics; m++) {
		apply_rule(setting->rule, &prior, &variance[m], &df[m]);
		cases[m].error = sqrt(variance[m] / (double)blocks);
		cases[m].df = df[m];
	}
	verdict_decide(cases, setting->metrics, &levels);
}

static bool verdict_given(struct random *random, const void *context)
{
	const struct gate_setting *setting = context;
	struct verdict_case cases[METRICS];

	judge(setting, random, cases);
	for (size_t m = 0; m < (setting->in_first_only ? 1 : setting->metrics); m++)
		if (cases[m].verdict == setting->looked_for)
			return true;
	return false;
}

static void family_wise(struct sim *sim)
{
	static const struct {
		enum spread spread;
		double correlation;
		const char *text;
	} rows[] = {
		{SPREAD_EQUAL, 0, "equal sds"},
		{SPREAD_EQUAL, .5, "equal sds, correlated .5"},
		{SPREAD_LOGNORMAL, 0, "lognormal sds"},
		{SPREAD_LOGNORMAL, .5, "lognormal sds, correlated .5"},
		{SPREAD_GAMMA, 0, "χ⁻² variances (8 df)"},
		{SPREAD_OUTLIERS, 0, "one in 20 five times as noisy"},
		{SPREAD_FEW_OUTLIERS, 0, "one in 80 five times as noisy"},
		{SPREAD_WIDE, 0, "sds over two decades"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct gate_setting setting = {.metrics = METRICS,
			.blocks = 5,
			.spread = rows[i].spread,
			.sd = .005,
			.correlation = rows[i].correlation,
			.theta = 1, /* exactly at the margin: the worst case of "no regression" */
			.first_theta = 1,
			.rule = RULE_MODERATED,
			.looked_for = VERDICT_REGRESSION};

		sim_row(sim, TRIALS, verdict_given, &setting, 0, .05,
			"any false REGRESSION of 200 metrics", "5 blocks, all at δ, %s",
			rows[i].text);
		setting.looked_for = VERDICT_EQUIVALENT;
		sim_row(sim, TRIALS, verdict_given, &setting, 0, .05,
			"any false EQUIVALENT of 200 metrics", "5 blocks, all at δ, %s",
			rows[i].text);
	}
}

static void rules_compared(struct sim *sim)
{
	static const struct {
		enum variance_rule rule;
		const char *text;
	} rows[] = {
		{RULE_OWN, "plain t"},
		{RULE_MODERATED, "moderated"},
		{RULE_BOTH_WAYS, "moderated both ways"},
		{RULE_UNDISCOUNTED, "both ways, prior undiscounted"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct gate_setting setting = {.metrics = METRICS,
			.blocks = 5,
			.spread = SPREAD_FEW_OUTLIERS,
			.sd = .005,
			.theta = 1,
			.first_theta = 1,
			.rule = rows[i].rule,
			.looked_for = VERDICT_REGRESSION};

		sim_row(sim, TRIALS, verdict_given, &setting, any, any,
			"any false REGRESSION of 200 metrics",
			"5 blocks, all at δ, one in 80 five times as noisy, %s", rows[i].text);
		setting.spread = SPREAD_LOGNORMAL;
		setting.sd = .0025;
		setting.theta = 0;
		setting.first_theta = log(1.02) / log(1.01);
		setting.in_first_only = true;
		sim_row(sim, TRIALS, verdict_given, &setting, any, any, "REGRESSION found",
			"+2 %%, δ 1 %%, sd .25 %%, 5 blocks, 1 of 200 metrics, %s", rows[i].text);
	}
}

void sim_gate(struct sim *sim)
{
	struct gate_setting same = {.metrics = METRICS,
		.blocks = 5,
		.spread = SPREAD_LOGNORMAL,
		.sd = .005,
		.rule = RULE_MODERATED,
		.looked_for = VERDICT_REGRESSION};
	struct gate_setting one = {.metrics = 1,
		.blocks = 5,
		.sd = .005,
		.first_theta = log(1.02) / log(1.01),
		.looked_for = VERDICT_REGRESSION,
		.in_first_only = true};

	family_wise(sim);
	sim_row(sim, TRIALS, verdict_given, &same, 0, .05, "any false REGRESSION of 200 metrics",
		"5 blocks, A/A, lognormal sds");
	rules_compared(sim);
	sim_row(sim, POWER_TRIALS, verdict_given, &one, .95, 1, "REGRESSION found",
		"+2 %%, δ 1 %%, sd .5 %%, 5 blocks, 1 metric");
	one.first_theta = 0;
	one.looked_for = VERDICT_EQUIVALENT;
	sim_row(sim, POWER_TRIALS, verdict_given, &one, any, any, "EQUIVALENT found",
		"no difference, δ 1 %%, sd .5 %%, 5 blocks, 1 metric");
}
