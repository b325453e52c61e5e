/* See words.h. */
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The length of the UTF-8 sequence (RFC 3629) that bytes start with; 0 if it is none. */
static size_t sequence_length(const unsigned char *bytes)
{
	static const struct {
		unsigned char first, last, second_low, second_high, length;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		if (bytes[0] < forms[i].first || bytes[0] > forms[i].last)
			continue;
		for (size_t k = 1; k < forms[i].length; k++) {
			unsigned char low = k == 1 ? forms[i].second_low : 0x80;
			unsigned char high = k == 1 ? forms[i].second_high : 0xbf;
			if (bytes[k] < low || bytes[k] > high)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

static bool is_control(const unsigned char *bytes)
{
	bool c1 = bytes[0] == 0xc2 && bytes[1] < 0xa0;

	return c1 || bytes[0] == 0x7f || (bytes[0] < 0x20 && bytes[0] != '\n' && bytes[0] != '\t');
}

void words_add_utf8(struct text *out, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;

	while (*bytes) {
		size_t length = sequence_length(bytes);
		if (length == 0 || is_control(bytes))
			text_add(out, "\xef\xbf\xbd");
		else
			text_add_bytes(out, bytes, length);
		bytes += length ? length : 1;
	}
}

void words_add_line(struct text *out, const char *text)
{
	for (; *text; text++)
		text_add_bytes(out, *text == '\n' || *text == '\t' ? " " : text, 1);
}

size_t words_decode(const char *text, uint32_t *code)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

	*code = length == 1 ? bytes[0] : bytes[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if (!bytes[i])
			return i;
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	return length;
}

size_t words_width(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

char *words_size(double bytes, char buffer[WORDS_BYTES])
{
	static const struct {
		double size;
		const char *name;
	} units[] = {{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}};
	size_t i = 0;

	while (i + 1 < ARRAY_COUNT(units) &&
		!(bytes >= units[i].size && fmod(bytes, units[i].size) == 0))
		i++;
	snprintf(buffer, WORDS_BYTES, "%.15g %s", bytes / units[i].size, units[i].name);
	return buffer;
}

char *words_x(const struct report_metric *metric, double x, char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!metric->x_name || isnan(x))
		return buffer;
	if (metric->x_unit && strcmp(metric->x_unit, "B") == 0)
		return words_size(x, buffer);
	snprintf(buffer, WORDS_BYTES, "%.6g", x);
	return buffer;
}

char *words_value(double value, char buffer[WORDS_BYTES])
{
	enum { DIGITS = 4, LARGE = 6, SMALL = -4 };
	char scientific[32];
	int exponent;

	/* Rounded first: 9.9996 has the exponent of 10.00. */
	snprintf(scientific, sizeof(scientific), "%.*e", DIGITS - 1, value);
	exponent = isfinite(value) ? atoi(strchr(scientific, 'e') + 1) : 0;
	if (value == 0 || !isfinite(value))
		snprintf(buffer, WORDS_BYTES, "%g", value);
	else if (exponent >= LARGE || exponent < SMALL)
		snprintf(buffer, WORDS_BYTES, "%.*se%d", (int)strcspn(scientific, "e"), scientific,
			exponent);
	else
		snprintf(buffer, WORDS_BYTES, "%.*f", exponent < DIGITS ? DIGITS - 1 - exponent : 0,
			value);
	return buffer;
}

/* Enough decimals to see a tenth of a per cent near 0, none that only pretend far away. */
static int percent_decimals(double fraction)
{
	double size = fabs(fraction);

	return size < 0.0995 ? 2 : size < 0.9995 ? 1 : 0;
}

/* From five times on a cost is said as a factor, the same way for times and for rates, where per
 * cents would crowd below 100. */
static const double factor_from = 4.995;

/* How many times worse a ratio to the baseline is. */
static double factor_of(const struct report_metric *metric, double ratio)
{
	return metric->better == REPORT_BETTER_HIGHER ? 1 / ratio : ratio;
}

static bool is_factor(const struct report_value *value, const struct report_metric *metric)
{
	return !metric->additive && metric->better != REPORT_BETTER_NONE &&
	       factor_of(metric, value->change.estimate) >= factor_from;
}

char *words_cost(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!value->compared || isnan(value->cost))
		return buffer;
	if (metric->additive)
		snprintf(buffer, WORDS_BYTES, "%+.4g", value->cost);
	else if (is_factor(value, metric))
		snprintf(buffer, WORDS_BYTES, "x%.3g", factor_of(metric, value->change.estimate));
	else
		snprintf(buffer, WORDS_BYTES, "%+.*f %%", percent_decimals(value->cost),
			100 * value->cost);
	return buffer;
}

char *words_interval(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	double low = value->cost_low, high = value->cost_high;
	int decimals = percent_decimals(value->cost);

	buffer[0] = '\0';
	if (!value->compared)
		return buffer;
	if (value->change.status == INTERVAL_TOO_FEW)
		snprintf(buffer, WORDS_BYTES, "n=%zu: no interval", value->change.blocks);
	else if (value->change.status != INTERVAL_OK)
		snprintf(buffer, WORDS_BYTES, "%s", interval_status_text(value->change.status));
	else if (metric->additive)
		snprintf(buffer, WORDS_BYTES, "[%+.3g, %+.3g]", low, high);
	else if (is_factor(value, metric) && metric->better == REPORT_BETTER_HIGHER)
		snprintf(buffer, WORDS_BYTES, "[x%.3g, x%.3g]", 1 / value->change.high,
			1 / value->change.low);
	else if (is_factor(value, metric))
		snprintf(buffer, WORDS_BYTES, "[x%.3g, x%.3g]", value->change.low,
			value->change.high);
	else
		snprintf(buffer, WORDS_BYTES, "[%+.*f, %+.*f]", decimals, 100 * low, decimals,
			100 * high);
	return buffer;
}

const char *words_marks(const struct report_cell *cell)
{
	static const char *const marks[2][2] = {{"", "ker"}, {"emu", "emu ker"}};

	return marks[cell->emulated][cell->kernel_differs];
}

const char *words_arrow(enum report_better better)
{
	static const char *const arrows[] = {[REPORT_BETTER_NONE] = "",
		[REPORT_BETTER_HIGHER] = "↑",
		[REPORT_BETTER_LOWER] = "↓"};

	return arrows[better];
}

const char *words_better(enum report_better better)
{
	static const char *const texts[] = {[REPORT_BETTER_NONE] = "none",
		[REPORT_BETTER_HIGHER] = "higher",
		[REPORT_BETTER_LOWER] = "lower"};

	return texts[better];
}

int words_tone(const struct report_value *value)
{
	if (!value->compared || value->change.status != INTERVAL_OK)
		return 0;
	return value->cost_low > 0 ? 1 : value->cost_high < 0 ? -1 : 0;
}
