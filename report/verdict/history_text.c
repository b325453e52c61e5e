/* A history for people: what changed first, each series in a line with a sparkline. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/history_words.h"
#include "report/write/text_table.h"
#include "report/write/words.h"

/* Series whose every value is shown; lines of what did not change. */
enum { MOST_WITH_VALUES = 3, MOST_STEADY = 50 };

/* --- numbers ---------------------------------------------------------------------------------- */

/* A change on the series' scale, such that + is worse where the metric has a direction. */
static char *change_text(const struct history_series *s, double change, char buffer[WORDS_BYTES])
{
	double sign = s->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;
	const struct report_value value = {.compared = true,
		.cost = s->metric->additive ? sign * change : expm1(sign * change)};

	words_cost(&value, s->metric, buffer);
	if (s->metric->additive && buffer[0])
		snprintf(buffer + strlen(buffer), WORDS_BYTES - strlen(buffer), " %s",
			s->metric->unit);
	return buffer;
}

static char *value_text(const struct history_series *s, double value, char buffer[WORDS_BYTES])
{
	if (isnan(value))
		snprintf(buffer, WORDS_BYTES, "not measured");
	else if (s->relative)
		change_text(s, value, buffer);
	else
		number_with_unit(s->metric->additive ? value : exp(value), s->metric->unit, buffer);
	return buffer;
}

/* The mean of the points from first to end - 1 that were measured. */
static double mean(const struct history_series *s, size_t first, size_t end)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = first; i < end; i++)
		if (!isnan(s->points[i].value)) {
			sum += s->points[i].value;
			count++;
		}
	return sum / (double)count;
}

/* --- the sparkline ---------------------------------------------------------------------------- */

/* How far apart the lowest and the highest bar are at least: noise is no mountain range. */
static const double least_range = 0.02;

static bool changes_at(const struct history_series *s, size_t campaign)
{
	for (size_t i = 0; i < s->change_count; i++)
		if (s->changes[i].position == campaign)
			return true;
	return false;
}

/* A bar for each of the newest `room` campaigns, "·" where it was not measured, "│" before a change
 * of level. Higher is more of what the newest value says. */
static void add_sparkline(const struct history *history, const struct history_series *s,
	size_t room, struct text *out)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	size_t count = history->campaign_count, first = count > room ? count - room : 0;
	double sign = s->relative && s->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;
	double low = INFINITY, high = -INFINITY;

	for (size_t i = first; i < count; i++)
		if (!isnan(s->points[i].value)) {
			low = fmin(low, sign * s->points[i].value);
			high = fmax(high, sign * s->points[i].value);
		}
	const size_t steps = ARRAY_COUNT(bars) - 1;
	double least = s->metric->additive ? 0 : least_range;
	if (high - low < least) {
		low = (low + high - least) / 2;
		high = low + least;
	}
	for (size_t i = first; i < count; i++) {
		double value = sign * s->points[i].value;
		double place = high > low ? (value - low) / (high - low) : 0.5;
		text_add(out, i > first && changes_at(s, i) ? "│" : "");
		text_add(out, isnan(value) ? "·" : bars[(size_t)(place * (double)steps + 0.5)]);
	}
}

/* --- words ------------------------------------------------------------------------------------ */

static char *series_name(const struct history_series *s)
{
	struct text name = {0};
	char x[WORDS_BYTES];

	words_x(s->metric, s->x, x);
	text_addf(&name, "%s %s %s%s%s %s%s%s %s", s->target, s->placement, s->benchmark,
		s->parameters[0] ? " " : "", s->parameters, s->metric->name, x[0] ? " @ " : "", x,
		words_arrow(s->metric->better));
	return text_take(&name);
}

/* "+5.2 % since nightly-7 (2026-02-07), p 0.002" */
static void add_change(const struct history *history, const struct history_series *s, size_t index,
	struct text *out)
{
	const struct changepoint *change = &s->changes[index];
	const struct history_campaign *campaign = &history->campaigns[change->position];
	size_t before = index > 0 ? s->changes[index - 1].position : 0;
	size_t end = index + 1 < s->change_count ? s->changes[index + 1].position
						 : history->campaign_count;
	char number[WORDS_BYTES], p[WORDS_BYTES], date[HISTORY_DATE_BYTES];

	text_addf(out, "%s since ",
		change_text(s, mean(s, change->position, end) - mean(s, before, change->position),
			number));
	words_add_line(out, campaign->label);
	text_addf(out, " (%.10s), %s", history_date(campaign->data, false, date),
		words_p(change->p, p));
}

/* "newest: WORSE (+4 %, p 0.001)"; nothing where it is like those before it. */
static void add_newest(
	const struct history *history, const struct history_series *s, struct text *out)
{
	char number[WORDS_BYTES], p[WORDS_BYTES];

	if (s->newest_campaign + 1 != history->campaign_count)
		text_addf(out, "not measured in the newest campaign, %s; ",
			history->campaigns[history->campaign_count - 1].label);
	if (s->newest.status != INTERVAL_OK)
		text_addf(out, "newest not judged: %zu before it since the last change; ",
			s->newest.blocks);
	else if (s->newest_unlike)
		text_addf(out, "newest: %s (%s, %s); ", history_newest_text(s),
			change_text(s, s->newest.estimate, number), words_p(s->newest_adjusted, p));
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool is_changed(const struct history_series *s)
{
	return s->change_count > 0 || s->newest_unlike;
}

/* What became worse or better just now comes first, then the latest changes. */
static int order(const void *left, const void *right)
{
	const struct history_series *a = *(const struct history_series *const *)left;
	const struct history_series *b = *(const struct history_series *const *)right;
	size_t last_a = a->change_count ? a->changes[a->change_count - 1].position : 0;
	size_t last_b = b->change_count ? b->changes[b->change_count - 1].position : 0;

	if (a->newest_unlike != b->newest_unlike)
		return b->newest_unlike - a->newest_unlike;
	if (last_a != last_b)
		return last_a < last_b ? 1 : -1;
	return (a > b) - (a < b);
}

static void add_row(const struct history *history, const struct history_series *s, size_t room,
	struct table *table)
{
	cleanup_text struct text line = {0}, what = {0};
	cleanup_free char *name = series_name(s);
	char value[WORDS_BYTES];

	add_sparkline(history, s, room, &line);
	add_newest(history, s, &what);
	for (size_t i = s->change_count; i-- > 0;) {
		add_change(history, s, i, &what);
		text_add(&what, "; ");
	}
	if (what.count)
		what.bytes[what.count - strlen("; ")] = '\0';
	table_add_cell(table, TONE_PLAIN, name)->marks = s->emulated ? "emu" : "";
	table_add_cell(table, s->newest_unlike ? TONE_WARN : TONE_PLAIN, line.bytes);
	table_add_cell(
		table, TONE_PLAIN, value_text(s, s->points[s->newest_campaign].value, value));
	table_add_cell(table, TONE_PLAIN, what.count ? what.bytes : "");
}

static void add_table(const struct history *history, const struct history_series *const *series,
	size_t count, const char *title, struct text *out)
{
	size_t width = history->options.width ? history->options.width : HISTORY_USUAL_WIDTH;
	struct sections sections = {0};
	struct table *table = sections_add(&sections, str_dup(title));

	table_add_column(table, "", "series", 0);
	table_add_column(table, "", "trend", COLUMN_RIGHT);
	table_add_column(table, "", "newest", COLUMN_RIGHT);
	table_add_column(table, "", "what happened", 0);
	for (size_t i = 0; i < count; i++)
		add_row(history, series[i], width / 4, table);
	if (count)
		text_table_add(table, width, history->options.colour, out);
	sections_free(&sections);
}

/* Every value of a series. */
static void add_values(
	const struct history *history, const struct history_series *s, struct text *out)
{
	size_t width = history->options.width ? history->options.width : HISTORY_USUAL_WIDTH;
	struct sections sections = {0};
	struct table *table = sections_add(&sections, series_name(s));

	table_add_column(table, "", "started", COLUMN_WHOLE);
	table_add_column(table, "", "value", COLUMN_RIGHT);
	table_add_column(table, "", "blocks", COLUMN_RIGHT);
	table_add_column(table, "", "campaign", 0);
	for (size_t i = 0; i < history->campaign_count; i++) {
		const struct history_campaign *campaign = &history->campaigns[i];
		char text[WORDS_BYTES], date[HISTORY_DATE_BYTES];
		cleanup_free char *blocks = str_printf("%zu", s->points[i].blocks);
		cleanup_free char *label =
			str_printf("%s%s", campaign->label, changes_at(s, i) ? "  <- change" : "");
		table_add_cell(table, TONE_PLAIN, history_date(campaign->data, false, date));
		table_add_cell(table, TONE_PLAIN, value_text(s, s->points[i].value, text));
		table_add_cell(table, TONE_PLAIN, blocks);
		table_add_cell(table, TONE_PLAIN, label);
	}
	text_table_add(table, width, history->options.colour, out);
	sections_free(&sections);
}

/* --- the text --------------------------------------------------------------------------------- */

static void add_summary(const struct history *history, size_t changed, struct text *out)
{
	const struct history_campaign *last = &history->campaigns[history->campaign_count - 1];
	char from[HISTORY_DATE_BYTES], to[HISTORY_DATE_BYTES];
	size_t unlike = 0, short_series = 0;

	for (size_t i = 0; i < history->count; i++) {
		unlike += history->series[i].newest_unlike;
		short_series += history->series[i].change_status != CHANGEPOINT_OK;
	}
	text_addf(out,
		"%zu campaigns, %.10s to %.10s; %zu series: %zu changed; the newest campaign is "
		"unlike those before it in %zu.",
		history->campaign_count, history_date(history->campaigns[0].data, false, from),
		history_date(last->data, false, to), history->count, changed, unlike);
	if (short_series)
		text_addf(out, " %zu are too short to look for changes (fewer than 6 campaigns).",
			short_series);
}

static void add_notes(const struct history *history, struct text *out)
{
	size_t width = history->options.width ? history->options.width : HISTORY_USUAL_WIDTH;
	cleanup_text struct text line = {0};

	text_addf(&line,
		"%sAll of this explores: change points are tested series by series at %g, newest "
		"points by Benjamini-Hochberg over all series. The gate decides.",
		history->series[0].relative
			? "Values are slowdowns against each campaign's own baseline, + is worse. "
			: "",
		history->options.alpha);
	text_table_add_lines(out, line.bytes, width);
	for (size_t i = 0; i < history->note_count; i++) {
		cleanup_text struct text note = {0};
		words_add_line(&note, history->notes[i]);
		text_table_add_lines(out, note.bytes, width);
	}
}

void history_write_text(const struct history *history, struct text *out)
{
	size_t width = history->options.width ? history->options.width : HISTORY_USUAL_WIDTH;
	size_t changed = 0, steady = history->count;
	cleanup_free const struct history_series **series =
		mem_new(history->count + 1, sizeof(*series));
	cleanup_text struct text summary = {0};

	for (size_t i = 0; i < history->count; i++)
		if (is_changed(&history->series[i]))
			series[changed++] = &history->series[i];
	for (size_t i = history->count; i-- > 0;)
		if (!is_changed(&history->series[i]))
			series[--steady] = &history->series[i];
	qsort(series, changed, sizeof(*series), order);
	add_summary(history, changed, &summary);
	text_table_add_lines(out, summary.bytes, width);
	text_add(out, "\n");
	add_table(history, series, changed, "Changed", out);
	steady = history->count - changed;
	add_table(history, series + changed, steady < MOST_STEADY ? steady : MOST_STEADY,
		"Not changed", out);
	if (steady > MOST_STEADY)
		text_addf(out, "… and %zu more; csv and json have them\n\n", steady - MOST_STEADY);
	for (size_t i = 0; history->count <= MOST_WITH_VALUES && i < history->count; i++)
		add_values(history, series[i], out);
	add_notes(history, out);
}
