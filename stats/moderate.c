/* The empirical Bayes prior of many variances, and its careful use. */
#include "stats/moderate.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/quantile.h"

enum { FEWEST_METRICS = 3 };

double moderate_trigamma_inverse(double y)
{
	if (isnan(y) || y < 0)
		return NAN;
	/* The asymptotes ψ′(x) ≈ 1/x² near 0 and ≈ 1/x far out. */
	if (y > 1e7)
		return 1 / sqrt(y);
	if (y < 1e-6)
		return 1 / y;
	double x = 0.5 + 1 / y;

	for (int i = 0; i < 50; i++) {
		double value = trigamma(x);
		double step = value * (1 - value / y) / psigamma(x, 2);

		x += step;
		if (-step / x < 1e-12)
			break;
	}
	return x;
}

static bool usable(double variance, double df)
{
	return variance >= 0 && isfinite(variance) && df > 0 && isfinite(df);
}

int moderate_prior(
	const double *variances, const double *dfs, size_t count, struct moderate_prior *out)
{
	cleanup_free double *kept = mem_new(count, sizeof(*kept));
	cleanup_free double *logs = mem_new(count, sizeof(*logs));
	size_t used = 0;

	*out = (struct moderate_prior){.variance = NAN, .status = MODERATE_TOO_FEW};
	for (size_t i = 0; i < count; i++)
		if (usable(variances[i], dfs[i]))
			kept[used++] = variances[i];
	out->used = used;
	if (used < FEWEST_METRICS)
		return -1;
	double median = quantile_median(kept, used);

	if (median == 0) {
		out->status = MODERATE_DEGENERATE;
		return -1;
	}
	double expected = 0;
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		if (!usable(variances[i], dfs[i]))
			continue;
		double half = dfs[i] / 2;

		logs[made++] = log(fmax(variances[i], 1e-5 * median)) - digamma(half) + log(half);
		expected += trigamma(half) / (double)used;
	}
	struct describe describe;

	describe_samples(logs, used, &describe);
	double excess = describe.variance - expected;

	if (excess > 0) {
		double half = moderate_trigamma_inverse(excess);

		out->df = 2 * half;
		out->variance = exp(describe.mean + digamma(half) - log(half));
	} else {
		out->df = INFINITY;
		out->variance = exp(describe.mean);
	}
	out->status = MODERATE_OK;
	return 0;
}

void moderate_freeze(struct moderate_prior *prior, double df)
{
	prior->borrowed = fmin(prior->df / 2, 2 * df);
}

void moderate_variance(const struct moderate_prior *prior, double variance, double df,
	double *moderated, double *moderated_df)
{
	*moderated = variance;
	*moderated_df = df;
	if (prior->status != MODERATE_OK || !usable(variance, df))
		return;
	double borrowed = prior->borrowed > 0 ? prior->borrowed : fmin(prior->df / 2, 2 * df);

	*moderated = fmax(variance, (borrowed * prior->variance + df * variance) / (borrowed + df));
	*moderated_df = df + borrowed;
}
