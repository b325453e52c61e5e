/* See words.h. */
#include "base/units.h"
#include "report/write/words.h"

#include <ctype.h>
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

bool words_before_unit(const char *text, const char *blank)
{
	return blank > text && *blank == ' ' && isdigit((unsigned char)blank[-1]) &&
	       (blank[1] == '%' || isupper((unsigned char)blank[1]));
}

char *words_x(const struct report_metric *metric, double x, char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!metric->x_name || isnan(x))
		return buffer;
	if (metric->x_unit && strcmp(metric->x_unit, "B") == 0)
		return size_describe(x, buffer);
	/* As many digits as it takes: different places never have the same name. */
	for (int decimals = 0; decimals <= 30; decimals++) {
		snprintf(buffer, WORDS_BYTES, "%.*f", decimals, x);
		if (strtod(buffer, NULL) == x)
			break;
	}
	return buffer;
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
	static const double small = 0.00095; /* of per cent, of which three decimals are enough */
	double shown = per_cent ? 100 * fabs(cost) : 1 + cost;
	char number[NUMBER_BYTES];

	number_short(per_cent && shown < small ? round(shown * 1e3) / 1e3 : shown, number);
	if (per_cent)
		snprintf(text, size, "%s%s%s", cost < 0 ? "-" : "+", number, bare ? "" : " %");
	else
		snprintf(text, size, "×%s", number);
}

char *words_cost(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	buffer[0] = '\0';
	if (!value->compared || isnan(value->cost))
		return buffer;
	if (metric->additive)
		number_signed(value->cost, buffer);
	else
		add_slowdown(buffer, WORDS_BYTES, value->cost, is_per_cent(value->cost), false);
	if (words_undecided(value))
		strcat(buffer, " ~");
	return buffer;
}

char *words_interval(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES])
{
	bool per_cent = is_per_cent(value->cost);
	char low[NUMBER_BYTES + 8], high[NUMBER_BYTES + 8];

	buffer[0] = '\0';
	if (!value->compared)
		return buffer;
	if (value->change.status == INTERVAL_TOO_FEW) {
		snprintf(buffer, WORDS_BYTES, "n=%zu: no interval", value->change.blocks);
	} else if (value->change.status != INTERVAL_OK) {
		snprintf(buffer, WORDS_BYTES, "%s", interval_status_text(value->change.status));
	} else if (metric->additive) {
		number_signed(value->cost_low, low);
		number_signed(value->cost_high, high);
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

bool words_undecided(const struct report_value *value)
{
	return value->headline && value->compared && !value->decided && !value->settled;
}

int words_tone(const struct report_value *value)
{
	return value->headline && value->compared ? value->decided : 0;
}

const char *words_clock(const struct report_honesty *honesty, char buffer[WORDS_BYTES])
{
	static const double ppm = 1e6;
	char number[NUMBER_BYTES];
	double within;
	int length;

	switch (honesty->clock) {
	case CLOCK_KEEPS:
		within = ppm * (fabs(honesty->pace) + honesty->pace_error);
		snprintf(buffer, WORDS_BYTES, "keeps time (within %s ppm)",
			number_short(within, number));
		break;
	case CLOCK_DRIFTS:
		snprintf(buffer, WORDS_BYTES, "drifts %s ppm",
			number_signed(ppm * honesty->pace, number));
		break;
	case CLOCK_JUMPS:
		length = snprintf(buffer, WORDS_BYTES, "jumps (in %zu run%s)", honesty->jumps,
			honesty->jumps == 1 ? "" : "s");
		if (clock_is_drift(honesty))
			snprintf(buffer + length, WORDS_BYTES - (size_t)length, ", drifts %s ppm",
				number_signed(ppm * honesty->pace, number));
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
