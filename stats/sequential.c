/* The chances of crossing at a few points, and what is read off between them. */
#include "stats/sequential.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "stats/sequential_lengths.h"
#include "stats/sequential_points.h"

/* Of the grid for looks that no table has: good to half a percent of the chance. */
enum { NODES = 300 };

/* Points that a polynomial goes through. */
enum { AROUND = 4 };

static const double usual_log_chances[SEQUENTIAL_POINTS] = {
#include "stats/sequential_levels.inc"
};

static bool single(const struct sequential *looks)
{
	return looks->most < looks->first + looks->step;
}

/* How much the length `at` weighs at the last look `most`: the polynomial of degree 3 through four
 * neighbours, in ln most. */
static double weight_of_length(size_t first, size_t at, double log_most)
{
	double weight = 1, own = log(sequential_lengths[first + at].most);

	for (size_t k = 0; k < AROUND; k++) {
		double other = log(sequential_lengths[first + k].most);

		if (k != at)
			weight *= (log_most - other) / (own - other);
	}
	return weight;
}

/* The chances change smoothly with the number of looks: from a few lengths kept in a table. */
static void fill_from_lengths(struct sequential *looks)
{
	unsigned last = sequential_last(looks->first, looks->step, looks->most);
	size_t above = 0, first;

	while (above + 1 < ARRAY_COUNT(sequential_lengths) && sequential_lengths[above].most < last)
		above++;
	first = above < 2 ? 0 : above - 2;
	if (first > ARRAY_COUNT(sequential_lengths) - AROUND)
		first = ARRAY_COUNT(sequential_lengths) - AROUND;
	for (size_t at = 0; at < AROUND; at++) {
		double weight = weight_of_length(first, at, log(last));

		for (size_t i = 0; i < SEQUENTIAL_POINTS; i++)
			looks->log_chances[i] +=
				weight * sequential_lengths[first + at].log_chances[i];
	}
}

/* Computed once for the looks that a campaign or a gate asks about again and again. */
static void fill_once(struct sequential *looks)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct sequential last;

	pthread_mutex_lock(&mutex);
	if (last.first != looks->first || last.step != looks->step || last.most != looks->most) {
		sequential_fill(looks, NODES);
		last = *looks;
	}
	*looks = last;
	pthread_mutex_unlock(&mutex);
}

void sequential_init(struct sequential *looks, unsigned first, unsigned step, unsigned most)
{
	*looks = (struct sequential){.first = first, .step = step, .most = most};
	if (single(looks))
		return;
	if (first == SEQUENTIAL_FIRST && step == SEQUENTIAL_STEP && most == SEQUENTIAL_MOST)
		memcpy(looks->log_chances, usual_log_chances, sizeof(usual_log_chances));
	else if (first == SEQUENTIAL_FIRST && step == SEQUENTIAL_STEP && most <= SEQUENTIAL_LIMIT)
		fill_from_lengths(looks);
	else
		fill_once(looks);
}

unsigned sequential_last(unsigned first, unsigned step, unsigned most)
{
	return most - (most - first) % step;
}

bool sequential_is_look(const struct sequential *looks, unsigned pairs)
{
	return pairs >= looks->first && pairs <= looks->most &&
	       (pairs - looks->first) % looks->step == 0;
}

/* The polynomial of degree 3 through the four points around ln x. */
static double log_chance(const struct sequential *looks, double log_x)
{
	size_t below = sequential_point_below(log_x), first = below > 0 ? below - 1 : 0;
	double points[AROUND], sum = 0;

	if (first > SEQUENTIAL_POINTS - AROUND)
		first = SEQUENTIAL_POINTS - AROUND;
	for (size_t i = 0; i < AROUND; i++)
		points[i] = sequential_log_x(first + i);
	log_x = fmax(log_x, points[0]);
	for (size_t i = 0; i < AROUND; i++) {
		double term = looks->log_chances[first + i];

		for (size_t k = 0; k < AROUND; k++)
			if (k != i)
				term *= (log_x - points[k]) / (points[i] - points[k]);
		sum += term;
	}
	return fmin(0, sum);
}

double sequential_p(const struct sequential *looks, double smallest)
{
	double lowest = sequential_log_x(0);

	if (!(smallest >= 0 && smallest <= 1))
		return NAN;
	if (single(looks) || smallest == 0)
		return smallest;
	/* Below all points the chance is taken to be in proportion to x. */
	double log_x = log(smallest);

	return exp(log_chance(looks, log_x) + fmin(0, log_x - lowest));
}

double sequential_level(const struct sequential *looks, double alpha)
{
	double low = log(DBL_MIN), high = 0;

	if (!(alpha > 0 && alpha < 1))
		return NAN;
	if (single(looks))
		return alpha;
	while (high - low > 1e-12 * -low) {
		double middle = (low + high) / 2;

		if (sequential_p(looks, exp(middle)) < alpha)
			low = middle;
		else
			high = middle;
	}
	return exp(low);
}
