/* See statistic.h. */
#include "report/model/statistic.h"

#include <string.h>

#include "base/array.h"
#include "stats/describe.h"
#include "stats/quantile.h"
#include "stats/steady.h"

static double minimum_of(const double *values, size_t count)
{
	return quantile_of(values, count, 0);
}

static double maximum_of(const double *values, size_t count)
{
	return quantile_of(values, count, 1);
}

static double p99_of(const double *values, size_t count)
{
	return quantile_of(values, count, 0.99);
}

/* Extremes, tails and sums are asked for whole; a warm-up is part of them. */
static const struct statistic {
	const char *name;
	double (*function)(const double *values, size_t count);
	bool without_warmup;
} statistics[] = {
	{"median", quantile_median, true},
	{"mean", describe_mean, true},
	{"minimum", minimum_of, false},
	{"maximum", maximum_of, false},
	{"p99", p99_of, false},
	{"sum", describe_sum, false},
};

double statistic_of_run(const char *name, const double *values, size_t count, bool *unsteady)
{
	const struct statistic *statistic = &statistics[0];
	struct steady steady = {0};

	for (size_t i = 0; i < ARRAY_COUNT(statistics); i++)
		if (strcmp(statistics[i].name, name) == 0)
			statistic = &statistics[i];
	*unsteady = false;
	if (statistic->without_warmup && steady_find(values, count, &steady) < 0)
		*unsteady = steady.status == STEADY_AT_BOUND || steady.status == STEADY_SHIFT;
	return statistic->function(values + steady.cut, count - steady.cut);
}
