/* Student's and Welch's intervals of one number per block. */
#include "stats/interval.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>

#include "stats/describe.h"

enum { FEWEST_BLOCKS = 3 };

static const struct interval unknown = {
	.estimate = NAN,
	.low = NAN,
	.high = NAN,
	.p = NAN,
	.df = NAN,
	.centre = NAN,
	.error = NAN,
	.status = INTERVAL_UNDEFINED,
};

/* The mean of one side and the variance of that mean (NaN when count = 1). */
struct side {
	double mean, variance;
	size_t count;
};

static bool side_of(const double *values, size_t count, struct side *side)
{
	struct describe describe;

	if (describe_samples(values, count, &describe))
		return false;
	side->mean = describe.mean;
	side->variance = describe.variance / (double)count;
	side->count = count;
	return true;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Satterthwaite's degrees of freedom of the sum of two variances of means. Without any variance
 * they are 0/0; the pooled count is the limit for equal variances. */
static double satterthwaite(double v1, size_t n1, double v2, size_t n2)
{
	double sum = v1 + v2;

	if (!(sum > 0))
		return (double)(n1 + n2 - 2);
	/* Shares, so that tiny or huge variances do not under- or overflow when squared. */
	double a = v1 / sum, b = v2 / sum;

	return 1 / (a * a / (double)(n1 - 1) + b * b / (double)(n2 - 1));
}

static double two_sided_p(double centre, double error, double df)
{
	if (error == 0)
		return centre == 0 ? 1 : 0;
	return 2 * pt(-fabs(centre / error), df, true, false);
}

int interval_difference(double centre, double error, double df, size_t blocks, double confidence,
	struct interval *out)
{
	*out = unknown;
	out->blocks = blocks;
	if (!isfinite(centre) || blocks == 0 || !(confidence > 0 && confidence < 1))
		return -1;
	out->estimate = out->centre = centre;
	if (blocks < FEWEST_BLOCKS) {
		out->status = INTERVAL_TOO_FEW;
		return -1;
	}
	/* df = ∞ is allowed: the normal limit. */
	if (!(error >= 0) || isinf(error) || !(df > 0)) {
		out->estimate = out->centre = NAN;
		return -1;
	}
	double reach = error * qt(0.5 * (1 - confidence), df, false, false);

	out->error = error;
	out->df = df;
	out->low = centre - reach;
	out->high = centre + reach;
	out->p = two_sided_p(centre, error, df);
	out->status = INTERVAL_OK;
	return 0;
}

static void to_ratio(struct interval *interval)
{
	interval->estimate = exp(interval->estimate);
	interval->low = exp(interval->low);
	interval->high = exp(interval->high);
}

int interval_ratio(double centre, double error, double df, size_t blocks, double confidence,
	struct interval *out)
{
	int result = interval_difference(centre, error, df, blocks, confidence, out);

	to_ratio(out);
	return result;
}

int interval_difference_paired(
	const double *differences, size_t blocks, double confidence, struct interval *out)
{
	struct side side;

	if (!side_of(differences, blocks, &side))
		return interval_difference(NAN, NAN, NAN, blocks, confidence, out);
	return interval_difference(
		side.mean, sqrt(side.variance), (double)blocks - 1, blocks, confidence, out);
}

int interval_ratio_paired(
	const double *log_differences, size_t blocks, double confidence, struct interval *out)
{
	int result = interval_difference_paired(log_differences, blocks, confidence, out);

	to_ratio(out);
	return result;
}

int interval_difference_welch(const double *target, size_t targets, const double *baseline,
	size_t baselines, double confidence, struct interval *out)
{
	size_t blocks = smaller(targets, baselines);
	struct side t, b;

	if (!side_of(target, targets, &t) || !side_of(baseline, baselines, &b))
		return interval_difference(NAN, NAN, NAN, blocks, confidence, out);
	double df = blocks < 2 ? NAN : satterthwaite(t.variance, targets, b.variance, baselines);

	return interval_difference(
		t.mean - b.mean, sqrt(t.variance + b.variance), df, blocks, confidence, out);
}

int interval_ratio_welch(const double *target_log, size_t targets, const double *baseline_log,
	size_t baselines, double confidence, struct interval *out)
{
	int result = interval_difference_welch(
		target_log, targets, baseline_log, baselines, confidence, out);

	to_ratio(out);
	return result;
}

const char *interval_status_text(enum interval_status status)
{
	static const char *const texts[] = {
		[INTERVAL_OK] = "ok",
		[INTERVAL_TOO_FEW] = "too few blocks",
		[INTERVAL_UNBOUNDED] = "unbounded",
		[INTERVAL_UNDEFINED] = "undefined",
	};

	return texts[status];
}
