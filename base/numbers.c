/* See numbers.h. */
#include "base/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

enum { DIGITS = 4, LARGEST = 21, SMALLEST = -15 };

/* The decimal exponent after rounding to DIGITS: 9.9996 has that of 10.00. */
static int exponent_of(double value)
{
	char scientific[32];

	snprintf(scientific, sizeof(scientific), "%.*e", DIGITS - 1, value);
	return value != 0 && isfinite(value) ? atoi(strchr(scientific, 'e') + 1) : 0;
}

/* Whole numbers, with thousands in groups of three. */
static void add_grouped(double value, char *text, size_t size)
{
	char digits[32];
	size_t count = (size_t)snprintf(digits, sizeof(digits), "%.0f", fabs(value)), at = 0;

	if (value < 0)
		text[at++] = '-';
	for (size_t i = 0; i < count && at + 2 < size; i++) {
		if (i && (count - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
}

char *number_format(double value, char buffer[NUMBER_BYTES])
{
	int exponent = exponent_of(value);

	if (value == 0)
		snprintf(buffer, NUMBER_BYTES, "0");
	else if (!isfinite(value))
		snprintf(buffer, NUMBER_BYTES, "%g", value);
	else if (exponent >= LARGEST || exponent < SMALLEST)
		snprintf(buffer, NUMBER_BYTES, "%.*f·10^%d", DIGITS - 1, value / pow(10, exponent),
			exponent);
	else if (exponent >= DIGITS - 1)
		add_grouped(value, buffer, NUMBER_BYTES);
	else
		snprintf(buffer, NUMBER_BYTES, "%.*f", DIGITS - 1 - exponent, value);
	return buffer;
}

char *number_short(double value, char buffer[NUMBER_BYTES])
{
	double magnitude = fabs(value);
	int exponent = exponent_of(value);
	int decimals = magnitude >= 99.95    ? 0
		       : magnitude >= 9.995  ? 1
		       : magnitude >= 0.0995 ? 2
					     : 3;

	if (!isfinite(value))
		snprintf(buffer, NUMBER_BYTES, "%g", value);
	else if (exponent >= LARGEST)
		snprintf(buffer, NUMBER_BYTES, "%.2f·10^%d", value / pow(10, exponent), exponent);
	else if (magnitude >= 999.5)
		add_grouped(value, buffer, NUMBER_BYTES);
	else if (magnitude != 0 && magnitude < 0.00095 && exponent >= SMALLEST)
		snprintf(buffer, NUMBER_BYTES, "%.*f", 2 - exponent, value);
	else
		snprintf(buffer, NUMBER_BYTES, "%.*f", decimals, value);
	return buffer;
}

char *number_signed(double change, char buffer[NUMBER_BYTES])
{
	char size[NUMBER_BYTES];

	snprintf(buffer, NUMBER_BYTES, "%c%.*s", change < 0 ? '-' : '+', NUMBER_BYTES - 2,
		number_short(fabs(change), size));
	return buffer;
}

/* --- units -------------------------------------------------------------------------------------
 */

static const struct {
	char prefix[2];
	int exponent;
} prefixes[] = {{"p", -12}, {"n", -9}, {"u", -6}, {"m", -3}, {"", 0}, {"k", 3}, {"M", 6}, {"G", 9},
	{"T", 12}, {"P", 15}, {"E", 18}};

/* What takes prefixes; seconds only such as make them smaller. */
static const struct {
	const char *unit;
	int lowest, highest; /* exponents */
} bases[] = {
	{"B/s", 0, 18},
	{"bit/s", 0, 18},
	{"op/s", 0, 18},
	{"FLOP/s", 0, 18},
	{"up/s", 0, 18},
	{"Hz", 0, 18},
	{"W", -12, 18},
	{"J", -12, 18},
	{"s", -12, 0},
};

/* Takes a unit apart: "MB/s" is 6 and the row of "B/s". Returns the row; ARRAY_COUNT(bases): it
 * takes no prefixes. */
static size_t find_base(const char *unit, int *exponent)
{
	for (size_t b = 0; b < ARRAY_COUNT(bases); b++)
		for (size_t p = 0; p < ARRAY_COUNT(prefixes); p++) {
			size_t length = strlen(prefixes[p].prefix);
			if (strncmp(unit, prefixes[p].prefix, length) == 0 &&
				strcmp(unit + length, bases[b].unit) == 0) {
				*exponent = prefixes[p].exponent;
				return b;
			}
		}
	return ARRAY_COUNT(bases);
}

/* The prefix that leaves one to three digits before the point, as far as the unit takes it. */
static size_t choose_prefix(int exponent, size_t base)
{
	size_t chosen = ARRAY_COUNT(prefixes);

	for (size_t p = 0; p < ARRAY_COUNT(prefixes); p++) {
		bool taken = prefixes[p].exponent >= bases[base].lowest &&
			     prefixes[p].exponent <= bases[base].highest;
		bool first = chosen == ARRAY_COUNT(prefixes);
		if (taken && (first || prefixes[p].exponent <= exponent))
			chosen = p;
	}
	return chosen;
}

double number_scale(double value, const char *unit, char name[UNIT_NAME_BYTES])
{
	enum { SCALED_FROM = 6, SCALED_BELOW = -4 };
	int exponent = exponent_of(value), of_unit = 0;
	bool readable = exponent < SCALED_FROM && exponent >= SCALED_BELOW;
	size_t base = readable ? ARRAY_COUNT(bases) : find_base(unit, &of_unit);

	if (base == ARRAY_COUNT(bases)) {
		snprintf(name, UNIT_NAME_BYTES, "%s", unit);
		utf8_drop_cut(name, strlen(name));
		return 1;
	}
	size_t prefix = choose_prefix(exponent + of_unit, base);
	snprintf(name, UNIT_NAME_BYTES, "%s%s", prefixes[prefix].prefix, bases[base].unit);
	return pow(10, of_unit - prefixes[prefix].exponent);
}

char *number_with_unit(double value, const char *unit, char buffer[NUMBER_BYTES])
{
	char name[UNIT_NAME_BYTES] = "";

	if (unit)
		value *= number_scale(value, unit, name);
	number_format(value, buffer);
	if (name[0] && strcmp(name, "1") != 0) {
		size_t used = strlen(buffer);
		snprintf(buffer + used, NUMBER_BYTES - used, " %s", name);
	}
	return buffer;
}
