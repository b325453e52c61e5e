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
	/* As many digits as it takes: different places never have the same name. */
	if (x == trunc(x) && fabs(x) < 1e15)
		snprintf(buffer, WORDS_BYTES, "%.0f", x);
	else
		for (int digits = 6; digits <= 17; digits++) {
			snprintf(buffer, WORDS_BYTES, "%.*g", digits, x);
			if (strtod(buffer, NULL) == x)
				break;
		}
	return buffer;
}

/* Adds the digits of a number >= 0 with thousands in groups of three. */
static void add_grouped(char *text, size_t size, double number)
{
	char digits[32];
	size_t count = (size_t)snprintf(digits, sizeof(digits), "%.0f", number), at = 0;

	for (size_t i = 0; i < count && at + 2 < size; i++) {
		if (i && (count - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
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
	else if (exponent >= DIGITS - 1) {
		buffer[0] = '-';
		add_grouped(buffer + (value < 0), WORDS_BYTES - 1, fabs(value));
	} else
		snprintf(buffer, WORDS_BYTES, "%.*f", DIGITS - 1 - exponent, value);
	return buffer;
}

/* Three significant digits, never an exponent. */
static void three_digits(char *text, size_t size, double number)
{
	double magnitude = fabs(number);
	int decimals = magnitude >= 99.95    ? 0
		       : magnitude >= 9.995  ? 1
		       : magnitude >= 0.0995 ? 2
					     : 3;

	if (magnitude >= 999.5)
		add_grouped(text, size, magnitude);
	else
		snprintf(text, size, "%.*f", decimals, magnitude);
}

/* Per cent between half and twice as slow, where they are read best, else a factor. */
static bool is_per_cent(double cost)
{
	static const double rounds_to_twice = 0.9995;

	return cost > -0.5 && cost < rounds_to_twice;
}

/* A cost as a factor or in per cent, with its sign; the sign of per cent unless bare. */
static void add_slowdown(char *text, size_t size, double cost, bool per_cent, bool bare)
{
	char number[40];

	three_digits(number, sizeof(number), per_cent ? 100 * cost : 1 + cost);
	if (per_cent)
		snprintf(text, size, "%s%s%s", cost < 0 ? "-" : "+", number, bare ? "" : " %");
	else
		snprintf(text, size, "×%s", number);
}

/* A difference in the metric's unit, with its sign. */
static void add_difference(char *text, size_t size, double difference)
{
	static const double smallest = 1e-3;
	char number[40];

	if (difference != 0 && fabs(difference) < smallest) {
		snprintf(text, size, "%+.3g", difference);
		return;
	}
	three_digits(number, sizeof(number), difference);
	snprintf(text, size, "%s%s", difference < 0 ? "-" : "+", number);
}

char *words_cost(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!value->compared || isnan(value->cost))
		return buffer;
	if (metric->additive)
		add_difference(buffer, WORDS_BYTES, value->cost);
	else
		add_slowdown(buffer, WORDS_BYTES, value->cost, is_per_cent(value->cost), false);
	if (value->headline && !value->decided)
		strcat(buffer, " ~");
	return buffer;
}

char *words_interval(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	bool per_cent = is_per_cent(value->cost);
	char low[40], high[40];

	buffer[0] = '\0';
	if (!value->compared)
		return buffer;
	if (value->change.status == INTERVAL_TOO_FEW) {
		snprintf(buffer, WORDS_BYTES, "n=%zu: no interval", value->change.blocks);
	} else if (value->change.status != INTERVAL_OK) {
		snprintf(buffer, WORDS_BYTES, "%s", interval_status_text(value->change.status));
	} else if (metric->additive) {
		add_difference(low, sizeof(low), value->cost_low);
		add_difference(high, sizeof(high), value->cost_high);
		snprintf(buffer, WORDS_BYTES, "[%s, %s]", low, high);
	} else {
		add_slowdown(low, sizeof(low), value->cost_low, per_cent, true);
		add_slowdown(high, sizeof(high), value->cost_high, per_cent, true);
		snprintf(buffer, WORDS_BYTES, "[%s, %s]", low, high);
	}
	return buffer;
}

const char *words_marks(const struct report_cell *cell)
{
	static const char *const marks[] = {
		"", "emu", "ker", "emu ker", "net", "emu net", "ker net", "emu ker net"};

	return marks[cell->emulated | cell->kernel_differs << 1 | cell->network_differs << 2];
}

char *words_p(double p, char buffer[WORDS_BYTES])
{
	static const double smallest = 0.0001;

	if (p < smallest)
		snprintf(buffer, WORDS_BYTES, "p < %g", smallest);
	else
		snprintf(buffer, WORDS_BYTES, "p %.2g", p);
	return buffer;
}

char *words_flags(bool clock, unsigned run_marks, char buffer[WORDS_BYTES])
{
	static const struct {
		unsigned mark;
		const char *word;
	} rows[] = {{RUN_BUSY, "bsy"}, {RUN_THROTTLED, "thr"}, {RUN_WARNED, "wrn"},
		{RUN_STALLED, "mem"}};
	size_t used = (size_t)snprintf(buffer, WORDS_BYTES, "%s", clock ? "clk" : "");

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (run_marks & rows[i].mark)
			used += (size_t)snprintf(buffer + used, WORDS_BYTES - used, "%s%s",
				used ? " " : "", rows[i].word);
	return buffer;
}

/* What stands before, then what disturbed the runs. */
#define RUN_MARKS(before, space) \
	{ \
		before, before space "bsy", before space "thr", before space "bsy thr" \
	}

static unsigned run_marks(const struct report_value *value)
{
	return value->marks & (RUN_BUSY | RUN_THROTTLED);
}

const char *words_slowdown_marks(const struct report_value *value)
{
	static const char *const marks[][4] = {RUN_MARKS("", ""), RUN_MARKS("net", " ")};

	return marks[value->cell->network_differs][run_marks(value)];
}

const char *words_value_marks(const struct report_value *value)
{
	static const char *const marks[][4] = {RUN_MARKS("", ""), RUN_MARKS("clk", " ")};

	return marks[value->flagged > 0][run_marks(value)];
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

const char *words_emulation(bool emulated, bool known)
{
	return emulated ? "emulated" : known ? "real" : "unknown";
}

int words_tone(const struct report_value *value)
{
	return value->headline && value->compared ? value->decided : 0;
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
