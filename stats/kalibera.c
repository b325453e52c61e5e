/* Variance components of nested repetitions. */
#include "stats/kalibera.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"

int kalibera_components(
	const double *values, const size_t *counts, size_t levels, double *s2, double *t2)
{
	size_t total = 1;
	int bad = levels < 1 || levels > KALIBERA_MOST_LEVELS;

	for (size_t i = 0; i < levels; i++) {
		s2[i] = t2[i] = NAN;
		bad |= counts[i] < 2;
		total *= counts[i];
	}
	for (size_t i = 0; i < total && !bad; i++)
		bad = !isfinite(values[i]);
	if (bad)
		return -1;
	cleanup_free double *means = mem_new(total, sizeof(*means));

	memcpy(means, values, total * sizeof(*means));
	/* Level by level from the lowest: groups of `size` means become one mean each. */
	for (size_t level = 0; level < levels; level++) {
		size_t size = counts[levels - 1 - level], groups = total / size;
		struct describe describe;
		double sum = 0;

		for (size_t g = 0; g < groups; g++) {
			describe_samples(means + g * size, size, &describe);
			sum += describe.variance;
			means[g] = describe.mean;
		}
		s2[level] = sum / (double)groups;
		t2[level] = s2[level];
		if (level)
			t2[level] -= s2[level - 1] / (double)counts[levels - level];
		total = groups;
	}
	return 0;
}

int kalibera_repetitions(
	const double *t2, const double *costs, size_t levels, size_t most, size_t *repetitions)
{
	int bad = 0;

	for (size_t i = 0; i < levels; i++)
		bad |= !(costs[i] > 0) || isinf(costs[i]) || !isfinite(t2[i]);
	for (size_t i = 0; i + 1 < levels; i++) {
		double own = fmax(0, t2[i]), above = fmax(0, t2[i + 1]);

		repetitions[i] = 1;
		if (bad || own == 0)
			continue;
		double best = ceil(sqrt(costs[i + 1] / costs[i] * own / above));

		/* above = 0 makes it infinite. */
		repetitions[i] = best < (double)most ? (size_t)best : most;
	}
	return bad ? -1 : 0;
}
