/* Backward recursion over the looks, on a grid of the one statistic that matters. */
#include "stats/crossing.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

enum { POINTS = 96 }; /* of Gauss and Legendre's rule on each piece */

/* Beyond so many of its standard deviations an angle does not matter, nor a statistic beyond so
 * much at a look (where it stops at the boundary) or between looks. */
static const double angle_reach = 9, lowest = 7, highest = 8;

/* The chance of a crossing after n differences, by the statistic r then. Node i of 0 … last is at
 * high − range · (i / last)²: they are close to each other near the boundary, where the chance
 * changes fastest. */
struct grid {
	double high, range;
	double kink; /* from where on the next difference alone can cross; NaN: it is no look */
	unsigned nodes;
	double *values;
};

struct rule {
	double at[POINTS], weights[POINTS]; /* on −1 … 1 */
};

/* Newton's method on the Legendre polynomial. */
static void make_rule(struct rule *rule)
{
	for (int i = 0; i < POINTS; i++) {
		double z = cos(M_PI * (i + .75) / (POINTS + .5)), derivative = 1, move = 1;

		for (int round = 0; round < 100 && fabs(move) > 1e-15; round++) {
			double p = 1, before = 0;

			for (int k = 1; k <= POINTS; k++) {
				double older = before;
				before = p;
				p = ((2 * k - 1) * z * before - (k - 1) * older) / k;
			}
			derivative = POINTS * (z * p - before) / (z * z - 1);
			move = p / derivative;
			z -= move;
		}
		rule->at[i] = z;
		rule->weights[i] = 2 / ((1 - z * z) * derivative * derivative);
	}
}

/* Where among the nodes r is. */
static double grid_place(const struct grid *grid, double r)
{
	double last = grid->nodes - 1, part = (grid->high - r) / grid->range;

	return last * sqrt(fmin(fmax(part, 0), 1));
}

/* By the cubic through the four nodes around r; by a line at the ends and across the kink. */
static double grid_at(const struct grid *grid, double r)
{
	double place = grid_place(grid, r), kink = grid_place(grid, grid->kink);
	unsigned left = (unsigned)fmin(place, grid->nodes - 2);
	const double *y = grid->values + left;
	double p = place - left;

	if (left == 0 || left + 2 >= grid->nodes || (kink > left - 1. && kink < left + 2.))
		return (1 - p) * y[0] + p * y[1];
	return ((p + 1) * (p - 1) * (p - 2) * y[0] - (p + 1) * p * (p - 2) * y[1]) / 2 +
	       ((p + 1) * p * (p - 1) * y[2] - p * (p - 1) * (p - 2) * y[-1]) / 6;
}

/* The statistic at which a look with n differences rejects. */
static double boundary(double x, unsigned n)
{
	double t = qt(x, n - 1., false, false);

	return t * sqrt(n / (n - 1 + t * t));
}

/* An integrand: κ cos^(n−1) ψ · next(amplitude · sin(ψ + shift)). */
struct integrand {
	const struct rule *rule;
	const struct grid *next;
	unsigned n;
	double amplitude, shift, log_kappa;
};

static struct integrand integrand_of(const struct rule *rule, const struct grid *next, unsigned n,
	double amplitude, double shift)
{
	double log_kappa = lgammafn((n + 1) / 2.) - lgammafn(n / 2.) - log(M_PI) / 2;

	return (struct integrand){rule, next, n, amplitude, shift, log_kappa};
}

static double integrate_piece(const struct integrand *f, double from, double to)
{
	double half = (to - from) / 2, middle = (to + from) / 2, sum = 0;

	for (int i = 0; i < POINTS; i++) {
		double angle = middle + half * f->rule->at[i];
		double density = exp(f->log_kappa + (f->n - 1.) * log(cos(angle)));

		sum += f->rule->weights[i] * density *
		       grid_at(f->next, f->amplitude * sin(angle + f->shift));
	}
	return half * sum;
}

/* ∫ over from … to, in pieces in which the integrand is smooth. */
static double integrate(const struct integrand *f, double from, double to)
{
	double rise = asin(f->next->kink / f->amplitude), sum = 0;
	const double cuts[] = {rise - f->shift, M_PI - rise - f->shift, to};

	for (size_t i = 0; i < ARRAY_COUNT(cuts) && from < to; i++) {
		double end = fmin(cuts[i], to);

		if (!(end > from))
			continue;
		sum += integrate_piece(f, from, end);
		from = end;
	}
	return sum;
}

/* P[from < ψ < to] for the angle after n differences. */
static double angle_chance(unsigned n, double from, double to)
{
	double below = from <= -M_PI_2 ? 0 : pt(sqrt(n) * tan(from), n, true, false);
	double above = to >= M_PI_2 ? 0 : pt(sqrt(n) * tan(to), n, false, false);

	return fmax(0, 1 - below - above);
}

static double within_right_angles(double angle)
{
	return fmin(fmax(angle, -M_PI_2), M_PI_2);
}

/* One node: n differences with statistic r so far; the next one is a look if bound is not NaN. */
static double step_back(
	const struct rule *rule, const struct grid *next, unsigned n, double r, double bound)
{
	double amplitude = hypot(1, r), shift = atan(r),
	       reach = fmin(M_PI_2, angle_reach / sqrt(n));
	double from = M_PI_2, to = M_PI_2, sum = 0;

	if (!isnan(bound) && bound < amplitude) {
		double angle = asin(fmax(bound / amplitude, -1));

		from = within_right_angles(angle - shift);
		to = within_right_angles(M_PI - angle - shift);
		sum = angle_chance(n, from, to);
	}
	struct integrand f = integrand_of(rule, next, n, amplitude, shift);

	sum += integrate(&f, -reach, fmin(from, reach));
	return sum + integrate(&f, fmax(to, -reach), reach);
}

static void grid_shape(struct grid *grid, unsigned n, double bound, double next_bound)
{
	grid->kink = sqrt(next_bound * next_bound - 1);
	grid->high = isnan(bound) ? fmin(sqrt(n), highest) : bound;
	grid->range = grid->high + fmin(sqrt(n), lowest);
}

/* The bounds by number of differences, NaN where one does not look. Caller frees. */
static double *all_bounds(const unsigned *looks, size_t count, double x)
{
	unsigned last = looks[count - 1];
	double *bounds = mem_new(last + 1, sizeof(*bounds));

	for (unsigned n = 0; n <= last; n++)
		bounds[n] = NAN;
	for (size_t i = 0; i < count; i++)
		bounds[looks[i]] = boundary(x, looks[i]);
	return bounds;
}

/* ∫ over the first look's statistic below its bound: r = √f sin φ. */
static double first_look(
	const struct rule *rule, const struct grid *at_first, unsigned first, double bound)
{
	double root = sqrt(first);
	struct integrand f = integrand_of(rule, at_first, first - 1, root, 0);

	return integrate(
		&f, -fmin(M_PI_2, angle_reach / sqrt(first - 1.)), asin(fmin(1, bound / root)));
}

double crossing_chance(const unsigned *looks, size_t count, double x, unsigned nodes)
{
	if (!(x >= 0 && x <= 1) || count == 0 || looks[0] < 2 || nodes < 10)
		return NAN;
	if (x == 0 || x == 1)
		return x;
	unsigned first = looks[0], last = looks[count - 1];
	cleanup_free double *bounds = all_bounds(looks, count, x);
	cleanup_free double *now_values = mem_new(nodes, sizeof(double));
	cleanup_free double *next_values = mem_new(nodes, sizeof(double));
	struct grid next = {.nodes = nodes, .values = next_values};
	struct grid now = {.nodes = nodes, .values = now_values};
	struct rule rule;

	make_rule(&rule);
	grid_shape(&next, last, bounds[last], NAN);
	for (unsigned n = last - 1; n >= first; n--) {
		grid_shape(&now, n, bounds[n], bounds[n + 1]);
		for (unsigned i = 0; i < nodes; i++) {
			double part = i / (nodes - 1.);

			now.values[i] = step_back(
				&rule, &next, n, now.high - now.range * part * part, bounds[n + 1]);
		}
		double *spare = next.values;
		next = now;
		now.values = spare;
	}
	return x + first_look(&rule, &next, first, bounds[first]);
}
