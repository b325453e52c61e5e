/* A prediction interval for one more point. */
#include "stats/newest.h"

#include <math.h>

#include "stats/describe.h"

int newest_judge(
	const double *segment, size_t count, double newest, double confidence, struct interval *out)
{
	struct describe describe;
	double n = (double)count;

	if (describe_samples(segment, count, &describe))
		return interval_difference(NAN, NAN, NAN, count, confidence, out);
	return interval_difference(newest - describe.mean, describe.sd * sqrt(1 + 1 / n), n - 1,
		count, confidence, out);
}

double newest_p_above(const double *segment, size_t count, double newest)
{
	struct interval interval;

	if (newest_judge(segment, count, newest, .95, &interval) < 0)
		return NAN;
	return interval.estimate > 0 ? interval.p / 2 : 1 - interval.p / 2;
}
