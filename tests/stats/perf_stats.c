/* How fast the expensive estimators are: one line each, "name seconds", for scripts that compare
 * them with perf_numpy.py, which prints the same names. Wall-clock, best of the repetitions.
 * usage: perf_stats [THREADS]   (0 or none: all processors) */
#include <stdio.h>
#include <stdlib.h>

#include <math.h>

#include "tests/stats/deviates.h"
#include "base/array.h"
#include "base/clock.h"
#include "stats/blocks.h"
#include "stats/changepoint.h"
#include "stats/interval.h"
#include "stats/quantile.h"
#include "stats/random.h"
#include "stats/steady.h"

enum { SAMPLES = 1000000, METRICS = 200, HISTORY = 500 };

static unsigned threads;
static double *samples;

static double run_changepoints(void)
{
	struct changepoint found[HISTORY];
	struct changepoint_options options = {.seed = 1, .threads = threads};
	size_t count;
	double series[HISTORY];

	for (size_t i = 0; i < HISTORY; i++)
		series[i] = samples[i] + (i >= HISTORY / 2 ? 0.02 : 0);
	changepoint_find(series, HISTORY, &options, found, &count);
	return (double)count;
}

enum { EACH = SAMPLES / METRICS / 2, BLOCKS = 5, RUN = EACH / BLOCKS };

/* The block values of one target's metric, a run in every block; returns the samples cut. */
static double run_side(const double *from, struct block *made, size_t *count)
{
	struct blocks_sample runs[BLOCKS];
	double cut = 0;

	for (size_t b = 0; b < BLOCKS; b++) {
		const double *run = from + b * RUN;
		struct steady steady;

		steady_find(run, RUN, &steady);
		runs[b] = (struct blocks_sample){
			(uint32_t)b, 0, quantile_median(run + steady.cut, RUN - steady.cut)};
		cut += (double)steady.cut;
	}
	blocks_from_samples(runs, BLOCKS, false, made, count, NULL);
	return cut;
}

/* What a comparison computes of every metric: two targets of 5 blocks, each a run of 500
 * iterations. */
static double run_comparison(void)
{
	double sum = 0, differences[BLOCKS];
	struct block made[2][BLOCKS];
	size_t counts[2];

	for (size_t metric = 0; metric < METRICS; metric++) {
		struct interval interval;

		for (size_t t = 0; t < 2; t++)
			sum += run_side(samples + (metric * 2 + t) * EACH, made[t], &counts[t]);
		size_t pairs = blocks_pair(
			made[1], counts[1], made[0], counts[0], differences, NULL, NULL);

		interval_ratio_paired(differences, pairs, 0.95, &interval);
		sum += interval.high;
	}
	return sum;
}

static const struct {
	const char *name;
	double (*run)(void);
	int repetitions;
} rows[] = {
	{"changepoint_500x999", run_changepoints, 3},
	{"compare_200_metrics_1e6", run_comparison, 3},
};

int main(int argc, char **argv)
{
	struct random random;

	threads = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	samples = mem_new(SAMPLES, sizeof(*samples));
	random_seed(&random, 1, 0);
	for (size_t i = 0; i < SAMPLES; i++)
		samples[i] = exp(0.01 * draw_normal(&random));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double best = INFINITY;

		for (int repetition = 0; repetition < rows[i].repetitions; repetition++) {
			double start = clock_monotonic_s();

			if (isnan(rows[i].run()))
				return 1;
			best = fmin(best, clock_monotonic_s() - start);
		}
		printf("%s %.4f\n", rows[i].name, best);
		fflush(stdout);
	}
	free(samples);
	return 0;
}
