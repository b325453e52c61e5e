/* Sums that keep their digits: a naive sum of squares loses all of them on data such as
 * 10⁷ ± 0.1. */
#include "stats/describe.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/quantile.h"

/* Neumaier's sum: `lost` holds what the additions rounded away. */
struct sum {
	double total, lost;
};

static inline void sum_add(struct sum *sum, double value)
{
	double next = sum->total + value;

	if (fabs(sum->total) >= fabs(value))
		sum->lost += (sum->total - next) + value;
	else
		sum->lost += (value - next) + sum->total;
	sum->total = next;
}

static inline double sum_value(const struct sum *sum)
{
	/* With an infinity or a NaN in the total the correction is NaN and says nothing. */
	return isfinite(sum->total) ? sum->total + sum->lost : sum->total;
}

double describe_sum(const double *samples, size_t count)
{
	struct sum sum = {0};

	for (size_t i = 0; i < count; i++)
		sum_add(&sum, samples[i]);
	return sum_value(&sum);
}

double describe_mean(const double *samples, size_t count)
{
	if (count == 0)
		return NAN;
	double mean = describe_sum(samples, count) / (double)count;
	struct sum residuals = {0};

	if (!isfinite(mean))
		return mean;
	for (size_t i = 0; i < count; i++)
		sum_add(&residuals, samples[i] - mean);
	double refined = mean + sum_value(&residuals) / (double)count;
	return isfinite(refined) ? refined : mean;
}

int describe_samples(const double *samples, size_t count, struct describe *out)
{
	*out = (struct describe){
		.count = count,
		.mean = NAN,
		.variance = NAN,
		.sd = NAN,
		.minimum = NAN,
		.maximum = NAN,
		.lag1 = NAN,
		.status = count == 0 ? DESCRIBE_EMPTY : DESCRIBE_OK,
	};
	for (size_t i = 0; i < count; i++)
		out->nonfinite += !isfinite(samples[i]);
	if (out->nonfinite)
		out->status = DESCRIBE_NONFINITE;
	if (out->status != DESCRIBE_OK)
		return -1;

	struct sum squares = {0}, residuals = {0}, products = {0};
	double mean = describe_mean(samples, count), before = 0;

	out->mean = mean;
	out->minimum = out->maximum = samples[0];
	for (size_t i = 0; i < count; i++) {
		double residual = samples[i] - mean;

		sum_add(&squares, residual * residual);
		sum_add(&residuals, residual);
		sum_add(&products, residual * before);
		before = residual;
		out->minimum = fmin(out->minimum, samples[i]);
		out->maximum = fmax(out->maximum, samples[i]);
	}
	if (count < 2)
		return 0;
	double residual = sum_value(&residuals), total = sum_value(&squares);

	if (out->minimum == out->maximum)
		total = residual = 0;
	out->variance = fmax(0, total - residual * residual / (double)count) / (double)(count - 1);
	out->sd = sqrt(out->variance);
	if (total > 0)
		out->lag1 = sum_value(&products) / total;
	return 0;
}
