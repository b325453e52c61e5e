/* Private to sequential.c and the program that makes its table: at which x the chances are kept. */
#ifndef TARE_STATS_SEQUENTIAL_POINTS_H
#define TARE_STATS_SEQUENTIAL_POINTS_H

#include <math.h>
#include <stddef.h>

#include "stats/crossing.h"
#include "stats/parallel.h"
#include "stats/sequential.h"

/* Most points are where thresholds lie. */
enum { SEQUENTIAL_FINE = 40, SEQUENTIAL_MOST_LOOKS = 4096 };

static inline double sequential_log_x(size_t point)
{
	const double lowest = log(1e-7), bend = log(.05);
	double coarse = (double)point - SEQUENTIAL_FINE + 1;

	if (coarse < 0)
		return lowest + (bend - lowest) * (double)point / (SEQUENTIAL_FINE - 1);
	return bend * (1 - coarse / (SEQUENTIAL_POINTS - SEQUENTIAL_FINE));
}

/* The last point at or below ln x, so that there is one after it. */
static inline size_t sequential_point_below(double log_x)
{
	const double lowest = log(1e-7), bend = log(.05);
	double point = (log_x - lowest) / (bend - lowest) * (SEQUENTIAL_FINE - 1);

	if (log_x >= bend)
		point = SEQUENTIAL_FINE - 1 +
			(1 - log_x / bend) * (SEQUENTIAL_POINTS - SEQUENTIAL_FINE);
	return (size_t)fmin(fmax(point, 0), SEQUENTIAL_POINTS - 2);
}

struct sequential_work {
	const struct sequential *looks;
	unsigned nodes;
	double *log_chances;
};

static inline void sequential_fill_range(size_t first, size_t end, void *context)
{
	struct sequential_work *work = context;
	const struct sequential *looks = work->looks;
	unsigned at[SEQUENTIAL_MOST_LOOKS];
	size_t count = 0;

	for (unsigned n = looks->first; n <= looks->most && count < SEQUENTIAL_MOST_LOOKS;
		n += looks->step)
		at[count++] = n;
	for (size_t i = first; i < end; i++)
		work->log_chances[i] = fmin(
			0, log(crossing_chance(at, count, exp(sequential_log_x(i)), work->nodes)));
}

/* ln G at all points, on as many threads as there are processors. */
static inline void sequential_fill(struct sequential *looks, unsigned nodes)
{
	struct sequential_work work = {looks, nodes, looks->log_chances};

	parallel_ranges(SEQUENTIAL_POINTS, 0, sequential_fill_range, &work);
}

#endif
