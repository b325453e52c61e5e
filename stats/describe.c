/* Sums that keep their digits: a naive sum of squares loses all of them on data such as
 * 10⁷ ± 0.1. */
#include "stats/describe.h"

#include <math.h>
#include <stdbool.h>

/* Neumaier's sum: `lost` holds what the additions rounded away. */
struct sum {
	double total, lost;
};

/* What is lost comes from Knuth's two-sum: exact whichever of both is larger, so that there is no
 * branch for a processor to guess wrong. */
static inline void sum_add(struct sum *sum, double value)
{
	double next = sum->total + value, added = next - sum->total;

	sum->lost += (sum->total - (next - added)) + (value - added);
	sum->total = next;
}

static inline double sum_value(const struct sum *sum)
{
	/* With an infinity or a NaN in the total the correction is NaN and of no use. */
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
	struct sum squares = {0}, residuals = {0};
	bool equal = true;

	*out = (struct describe){NAN, NAN, NAN};
	for (size_t i = 0; i < count; i++)
		if (!isfinite(samples[i]))
			return -1;
	if (count == 0)
		return -1;
	out->mean = describe_mean(samples, count);
	if (count == 1)
		return 0;
	for (size_t i = 0; i < count; i++) {
		double residual = samples[i] - out->mean;

		sum_add(&squares, residual * residual);
		sum_add(&residuals, residual);
		equal = equal && samples[i] == samples[0];
	}
	double residual = sum_value(&residuals);
	double total = sum_value(&squares) - residual * residual / (double)count;

	/* The mean of equal samples may be rounded, which must not look like spread. */
	out->variance = equal ? 0 : fmax(0, total) / (double)(count - 1);
	out->sd = sqrt(out->variance);
	return 0;
}
