/* Histories and warm-up: false alarms, and what is found. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "stats/changepoint.h"
#include "stats/newest.h"
#include "stats/steady.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

enum { TRIALS = 2000, MANY_TRIALS = 20000, MOST = 500 };

/* A first-order autoregressive series of sd 1 with a step of `step` at `at`. */
struct series_setting {
	size_t count, at;
	double memory, step;
};

static void make_series(const struct series_setting *setting, struct random *random, double *x)
{
	double state = draw_normal(random);

	for (size_t i = 0; i < setting->count; i++) {
		x[i] = state + (i >= setting->at ? setting->step : 0);
		state = setting->memory * state +
			sqrt(1 - setting->memory * setting->memory) * draw_normal(random);
	}
}

static bool change_found(struct random *random, const void *context)
{
	const struct series_setting *setting = context;
	struct changepoint found[MOST];
	double x[MOST];
	size_t count;

	make_series(setting, random, x);
	changepoint_find(x, setting->count,
		&(struct changepoint_options){
			.seed = random_u64(random), .resamples = 199, .threads = 1},
		found, &count);
	if (setting->step == 0)
		return count > 0;
	for (size_t i = 0; i < count; i++)
		if (llabs((long long)found[i].position - (long long)setting->at) <= 2)
			return true;
	return false;
}

static bool newest_alarms(struct random *random, const void *context)
{
	const struct series_setting *setting = context;
	struct interval interval;
	double x[MOST];

	make_series(setting, random, x);
	newest_judge(x, setting->count - 1, x[setting->count - 1], .95, &interval);
	return interval.p < .05;
}

static bool steady_refused(struct random *random, const void *context)
{
	const struct series_setting *setting = context;
	struct steady steady;
	double x[MOST];

	make_series(setting, random, x);
	return steady_find(x, setting->count, &steady) != 0;
}

void sim_series(struct sim *sim)
{
	static const struct {
		struct series_setting setting;
		double low, high;
	} rows[] = {
		{{30, 30, 0, 0}, 0, .06},
		{{100, 100, 0, 0}, 0, .06},
		{{30, 30, .3, 0}, NAN, NAN},
		{{100, 100, .3, 0}, NAN, NAN},
		{{100, 100, .6, 0}, NAN, NAN},
		{{30, 15, 0, 3}, .9, 1},
		{{100, 60, 0, 2}, .8, 1},
		{{12, 6, 0, 5}, .9, 1},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct series_setting *s = &rows[i].setting;

		sim_row(sim, TRIALS, change_found, s, rows[i].low, rows[i].high,
			s->step != 0 ? "step found within 2 points" : "false change point",
			"%zu points, lag-1 %.1f, step %.0f sd", s->count, s->memory, s->step);
	}
	for (size_t count = 5; count <= 20; count += 15) {
		struct series_setting s = {.count = count + 1, .at = count + 1};

		sim_row(sim, MANY_TRIALS, newest_alarms, &s, .045, .055, "newest point alarms",
			"%zu points before it, no change", count);
	}
	for (size_t count = 30; count <= 480; count *= 2)
		for (int correlated = 0; correlated < 2; correlated++) {
			struct series_setting s = {count, count, correlated ? .7 : 0, 0};

			sim_row(sim, MANY_TRIALS, steady_refused, &s, 0, .05,
				"no steady state, falsely", "%zu iterations, lag-1 %.1f", count,
				s.memory);
		}
}
