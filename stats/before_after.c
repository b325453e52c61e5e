/* See before_after.h. */
#include "stats/before_after.h"

#include <math.h>

#include "stats/describe.h"

struct before_after before_after(const struct before_after_side *before,
	const struct before_after_side *after, const double *earlier, size_t earlier_count)
{
	double first = before->variance / (double)before->blocks;
	double second = after->variance / (double)after->blocks, squared = first + second;
	double weight = first * first / before->df + second * second / after->df;
	struct before_after out = {.change = after->mean - before->mean,
		.df = weight > 0 ? squared * squared / weight : before->df + after->df};
	struct describe between;

	if (earlier_count >= BEFORE_AFTER_FEWEST_EARLIER &&
		describe_samples(earlier, earlier_count, &between) == 0 &&
		2 * between.variance > squared) {
		squared = 2 * between.variance;
		out.df = (double)earlier_count - 1;
	}
	out.error = sqrt(squared);
	return out;
}
