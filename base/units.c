/* Reads and writes quantities with their units. */
#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

enum { SIZE_STEP = 1024, MOST_FRACTION_DIGITS = 9 };

static const char SIZE_LETTERS[] = "KMGTPE";

static const char *skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

/* The factor of a size's unit ("", "B", "K", "KB", "KiB", …; either case), or 0 if it is none. */
static int64_t size_factor(const char *unit)
{
	int64_t factor = 1;

	if (*unit == '\0' || strcasecmp(unit, "B") == 0)
		return 1;
	for (const char *letter = SIZE_LETTERS; *letter; letter++) {
		factor *= SIZE_STEP;
		if (toupper((unsigned char)*unit) != *letter)
			continue;
		if (unit[1] == '\0' || strcasecmp(unit + 1, "B") == 0 ||
			strcasecmp(unit + 1, "iB") == 0)
			return factor;
	}
	return 0;
}

int size_parse(const char *text, int64_t *bytes, struct error *e)
{
	const char *at = skip_blanks(text);
	int64_t whole = 0, fraction = 0, scale = 1, factor;
	bool fits = true;
	int digits = 0, fraction_digits = 0;
	__int128 part;

	for (; isdigit((unsigned char)*at); at++, digits++)
		fits = fits && !__builtin_mul_overflow(whole, 10, &whole) &&
		       !__builtin_add_overflow(whole, *at - '0', &whole);
	if (digits > 0 && *at == '.') {
		for (at++; isdigit((unsigned char)*at); at++, fraction_digits++) {
			if (fraction_digits >= MOST_FRACTION_DIGITS)
				return error_set(e, "too many digits in the size \"%s\"", text);
			fraction = fraction * 10 + (*at - '0');
			scale *= 10;
		}
	}
	factor = size_factor(skip_blanks(at));
	if (digits == 0 || (scale == 1 && at[-1] == '.') || factor == 0)
		return error_set(e, "expected a size such as 4K or 1MiB, not \"%s\"", text);
	part = (__int128)fraction * factor;
	if (part % scale != 0)
		return error_set(e, "expected a whole number of bytes, not \"%s\"", text);
	if (!fits || __builtin_mul_overflow(whole, factor, &whole) ||
		__builtin_add_overflow(whole, (int64_t)(part / scale), &whole))
		return error_set(e, "the size \"%s\" is too large", text);
	*bytes = whole;
	return 0;
}

/* A plain decimal number (no blanks, hexadecimal, inf or nan) at the start of text. Returns what
 * follows it, or NULL. */
static const char *number_parse(const char *text, double *number)
{
	char *end;
	size_t sign = *text == '-' || *text == '+';

	if (!isdigit((unsigned char)text[sign]) &&
		!(text[sign] == '.' && isdigit((unsigned char)text[sign + 1])))
		return NULL;
	if (text[sign] == '0' && (text[sign + 1] == 'x' || text[sign + 1] == 'X'))
		return NULL;
	*number = strtod(text, &end);
	return isfinite(*number) ? end : NULL;
}

int duration_parse(const char *text, double *seconds, struct error *e)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"m", 60},
		{"min", 60}, {"h", 3600}, {"d", 86400}};
	double number = 0;
	const char *unit = number_parse(skip_blanks(text), &number);

	for (size_t i = 0; unit && number >= 0 && i < ARRAY_COUNT(units); i++) {
		if (strcmp(skip_blanks(unit), units[i].unit) != 0)
			continue;
		if (!isfinite(number * units[i].seconds))
			return error_set(e, "the duration \"%s\" is too long", text);
		/* A division keeps 200ms the nearest double to 0.2. */
		*seconds = units[i].seconds < 1 ? number / round(1 / units[i].seconds)
						: number * units[i].seconds;
		return 0;
	}
	return error_set(e, "expected a duration such as 10s, 200ms or 5min, not \"%s\"", text);
}

int fraction_parse(const char *text, double *fraction, struct error *e)
{
	double number = 0;
	const char *unit = number_parse(skip_blanks(text), &number);

	if (unit)
		unit = skip_blanks(unit);
	if (unit && *unit == '\0')
		*fraction = number;
	else if (unit && strcmp(unit, "%") == 0)
		*fraction = number / 100;
	else
		return error_set(e, "expected a fraction such as 1%% or 0.01, not \"%s\"", text);
	return 0;
}

char *size_format(int64_t bytes, char buffer[UNIT_TEXT_BYTES])
{
	const char *letter = SIZE_LETTERS;
	int64_t count = bytes;

	while (*letter && count != 0 && count % SIZE_STEP == 0) {
		count /= SIZE_STEP;
		letter++;
	}
	if (letter == SIZE_LETTERS)
		snprintf(buffer, UNIT_TEXT_BYTES, "%lld", (long long)count);
	else
		snprintf(buffer, UNIT_TEXT_BYTES, "%lld%c", (long long)count, letter[-1]);
	return buffer;
}

char *size_describe(double bytes, char buffer[UNIT_TEXT_BYTES])
{
	static const struct {
		double size;
		const char *name;
	} units[] = {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}};
	size_t i = 0;

	while (i + 1 < ARRAY_COUNT(units) &&
		!(bytes >= units[i].size && fmod(bytes, units[i].size) == 0))
		i++;
	snprintf(buffer, UNIT_TEXT_BYTES, "%.15g %s", bytes / units[i].size, units[i].name);
	return buffer;
}

/* Each bound is where the rounded text would change its form, so that 59.7 s is not "60 s". */
char *duration_format(double seconds, char buffer[UNIT_TEXT_BYTES])
{
	const char *sign = seconds < 0 ? "-" : "";
	double size_s = fabs(seconds);

	if (!isfinite(seconds))
		snprintf(buffer, UNIT_TEXT_BYTES, "-");
	else if (size_s == 0)
		snprintf(buffer, UNIT_TEXT_BYTES, "0 s");
	else if (size_s < 0.9995e-3)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%.3g us", sign, size_s * 1e6);
	else if (size_s < 0.0995)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%.2g ms", sign, size_s * 1e3);
	else if (size_s < 9.95)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%.1f s", sign, size_s);
	else if (size_s < 59.5)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%.0f s", sign, size_s);
	else if (size_s < 3599.5)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%lld min %02lld s", sign, llround(size_s) / 60,
			llround(size_s) % 60);
	else if (size_s < 1e12)
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%lld h %02lld min", sign,
			llround(size_s / 60) / 60, llround(size_s / 60) % 60);
	else
		snprintf(buffer, UNIT_TEXT_BYTES, "%s%.3g h", sign, size_s / 3600);
	return buffer;
}
