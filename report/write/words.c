/* See words.h. */
#include "base/units.h"
#include "report/write/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/model/honesty.h"

void words_add_line(struct text *out, const char *text)
{
	for (; *text; text++)
		text_add_bytes(out, *text == '\n' || *text == '\t' ? " " : text, 1);
}

char *words_x(const struct report_metric *metric, double x, char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!metric->x_name || isnan(x))
		return buffer;
	if (metric->x_unit && strcmp(metric->x_unit, "B") == 0)
		return size_describe(x, buffer);
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

const char *words_clock(const struct report_honesty *honesty, char buffer[WORDS_BYTES])
{
	static const double ppm = 1e6;
	double within;
	int length;

	switch (honesty->clock) {
	case CLOCK_KEEPS:
		within = ppm * (fabs(honesty->pace) + honesty->pace_error);
		snprintf(buffer, WORDS_BYTES,
			within < 99.5 ? "keeps time (within %.2g ppm)"
				      : "keeps time (within %.0f ppm)",
			within);
		break;
	case CLOCK_DRIFTS:
		snprintf(buffer, WORDS_BYTES, "drifts %+.3g ppm", ppm * honesty->pace);
		break;
	case CLOCK_JUMPS:
		length = snprintf(buffer, WORDS_BYTES, "jumps (in %zu run%s)", honesty->jumps,
			honesty->jumps == 1 ? "" : "s");
		if (clock_is_drift(honesty))
			snprintf(buffer + length, WORDS_BYTES - (size_t)length,
				", drifts %+.3g ppm", ppm * honesty->pace);
		break;
	case CLOCK_UNKNOWN:
		snprintf(buffer, WORDS_BYTES, "unknown");
		break;
	}
	return buffer;
}

const char *words_flush(const struct report_flush *flush)
{
	static const char *const texts[] = {
		[FLUSH_UNKNOWN] = "unknown",
		[FLUSH_HONEST] = "honest",
		[FLUSH_CACHED] = "cached by the host",
		[FLUSH_LYING] = "lying",
		[FLUSH_UNCLEAR] = "unclear: blocks differ",
	};

	return texts[flush->verdict];
}
