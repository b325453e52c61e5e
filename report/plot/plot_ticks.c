/* Ticks of axes of numbers, which are never in e-notation and never so many that their labels meet,
 * and what marks an interval that goes on beyond its axis. See plot.h. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"

/* From here on numbers of an axis have the prefixes k, M, G; below the other one u, n, p. */
static const double large = 1e5, small = 1e-4;

/* Beyond these there is no prefix. */
static const double largest = 1e21, smallest = 1e-15;

/* So many ticks are asked for, at most, until at least two are found; and no axis has more. */
enum { MOST_TRIES = 20, MOST_TICKS = 1000 };

/* An axis of more powers of ten has no ticks between them. */
enum { DECADES_MAX = 6 };

/* "20k", "500", "0.05", "20u"; prefixes: whether thousands have one. Owned by the caller. */
static char *label_of(double value, bool prefixes)
{
	static const char *const names[] = {
		"f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
	enum { UNITY = 5 };
	double size = fabs(value);

	if (size == 0 || (size >= small && !(prefixes && size >= 1000)))
		return str_printf("%.10g", value);
	/* What a sum of steps lost to rounding must not make 999.9 of 1000. */
	int exponent = (int)floor(log10(size * (1 + 1e-9)));
	if (size >= largest || size < smallest)
		return str_printf("%.10g·10^%d", value / pow(10, exponent), exponent);
	int third = (int)floor(exponent / 3.0);
	return str_printf("%.10g%s", value / pow(1000, third), names[UNITY + third]);
}

static void add_number(double value, bool prefixes, bool first, struct text *out)
{
	cleanup_free char *label = label_of(value, prefixes);

	text_add(out, first ? "" : ", ");
	plot_add_tick(out, label, value);
}

/* 1, 2 or 5 times a power of ten. */
static double round_step(double least)
{
	double power = pow(10, floor(log10(least)));
	double part = least / power * (1 - 1e-9);

	return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

void plot_add_ticks(struct text *out, const char *axis, double low, double high, size_t most)
{
	double step, from, to;

	do {
		step = round_step((high - low) / (double)(most ? most : 1));
		from = ceil(low / step - 1e-9);
		to = floor(high / step + 1e-9);
	} while (to <= from && most++ < MOST_TRIES);
	bool prefixes = fmax(fabs(from), fabs(to)) * step >= large;

	text_addf(out, "set %stics nomirror (", axis);
	/* None where the axis has no length. */
	long last = to >= from ? (long)fmin(to - from, MOST_TICKS) : -1;
	for (long i = 0; i <= last; i++)
		add_number((from + (double)i) * step, prefixes, i == 0, out);
	text_add(out, ")\n");
}

/* Every power of ten that is a multiple of step has a label, all others a small tick, and, where
 * there are few, what is between them, too. */
static void add_powers(struct text *out, double low, double high, int step)
{
	int from = (int)floor(log10(low)), to = (int)floor(log10(high));
	bool first = true;

	for (int exponent = from; exponent <= to; exponent++)
		for (int i = 1; i < 10; i++) {
			double place = i * pow(10, exponent);
			bool named = i == 1 && exponent % step == 0;
			if (place < low || place > high || (i > 1 && to - from > DECADES_MAX))
				continue;
			if (named)
				add_number(place, high >= large, first, out);
			else
				text_addf(out, "%s'' %.12g 1", first ? "" : ", ", place);
			first = false;
		}
}

void plot_add_log_ticks(struct text *out, const char *axis, double low, double high, size_t most)
{
	static const double steps[] = {1, 2, 5};
	int powers = (int)(floor(log10(high)) - ceil(log10(low))) + 1;
	bool first = true;

	text_addf(out, "set %stics nomirror (", axis);
	if (powers > 1)
		add_powers(out, low, high, most < 2 ? powers : (powers - 1) / (int)most + 1);
	for (int exponent = (int)floor(log10(low)); powers < 2 && exponent <= (int)log10(high) + 1;
		exponent++)
		for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
			double place = steps[i] * pow(10, exponent);
			if (place < low || place > high)
				continue;
			add_number(place, high >= large, first, out);
			first = false;
		}
	text_add(out, ")\n");
}

/* --- intervals beyond the axis -------------------------------------------------------------------
 */

void plot_add_ends(
	const struct plot *plot, double low, double high, bool logarithmic, struct text *out)
{
	double factor = logarithmic ? pow(high / low, 0.025) : 1;
	double step = logarithmic ? 0 : 0.025 * (high - low);

	text_addf(out,
		"low = %.9g\nhigh = %.9g\nlow_inside = %.9g\nhigh_inside = %.9g\n"
		"cut(v) = v < low ? %.9g : v > high ? %.9g : v\narrow_head = %s\n",
		low, high, low * factor + step, high / factor - step, low / factor - step,
		high * factor + step, plot->wide ? "0.008" : "0.016");
}

void plot_add_arrows(struct text *curves, size_t index, int lane, const char *colour)
{
	static const char *const ends[][2] = {{"$3 < low", "low"}, {"$4 > high", "high"}};

	for (size_t i = 0; i < ARRAY_COUNT(ends); i++)
		text_addf(curves,
			", \\\n     data index %zu using (%s ? %s_inside : NaN):%d:(%s-%s_inside):"
			"(0) with vectors head filled size screen arrow_head, 20 fixed lc rgb '%s' "
			"lw 1.4 notitle",
			index, ends[i][0], ends[i][1], lane, ends[i][1], ends[i][1], colour);
}
