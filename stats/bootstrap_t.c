/* Resampled t statistics instead of tabulated ones. */
#include "stats/bootstrap_t.h"

#include <math.h>
#include <stdbool.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/quantile.h"
#include "stats/random.h"

static double studentised(const double *sample, size_t count, double centre)
{
	struct describe describe;

	describe_samples(sample, count, &describe);
	double numerator = describe.mean - centre;
	double error = describe.sd / sqrt((double)count);

	if (error > 0)
		return numerator / error;
	return numerator == 0 ? 0 : copysign(INFINITY, numerator);
}

int bootstrap_t(const double *differences, size_t blocks, size_t resamples, double confidence,
	uint64_t seed, struct interval *out)
{
	/* The t interval checks the input and is right where there is nothing to resample. */
	if (interval_difference_paired(differences, blocks, confidence, out) || out->error == 0)
		return out->status == INTERVAL_OK ? 0 : -1;
	out->df = out->p = out->low = out->high = NAN;
	if (resamples < 2) {
		out->status = INTERVAL_UNDEFINED;
		return -1;
	}
	cleanup_free double *sample = mem_new(blocks, sizeof(*sample));
	cleanup_free double *statistics = mem_new(resamples, sizeof(*statistics));
	double observed = fabs(out->centre / out->error), reached = 0;

	for (size_t r = 0; r < resamples; r++) {
		struct random random;

		random_seed(&random, seed, r);
		for (size_t b = 0; b < blocks; b++)
			sample[b] = differences[random_below(&random, blocks)];
		statistics[r] = studentised(sample, blocks, out->centre);
		reached += fabs(statistics[r]) >= observed;
	}
	double tail = 0.5 * (1 - confidence), bounds[2];
	const double chances[] = {tail, 1 - tail};

	quantile_several(statistics, resamples, chances, 2, bounds);
	out->low = out->centre - bounds[1] * out->error;
	out->high = out->centre - bounds[0] * out->error;
	out->p = (1 + reached) / (1 + (double)resamples);
	if (isinf(out->low) || isinf(out->high)) {
		out->status = INTERVAL_UNBOUNDED;
		return -1;
	}
	return 0;
}
