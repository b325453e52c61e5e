/* A history as text, CSV and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/verdict/history.h"
#include "report/write/json.h"
#include "report/write/words.h"
#include "report/write/formats.h"

enum { JSON_SCHEMA_VERSION = 1, DATE_BYTES = 64 };

/* UTC; for people, or as ISO 8601. */
static char *date_text(const struct store_data *data, bool iso, char buffer[DATE_BYTES])
{
	time_t seconds = (time_t)(data->started_ns / 1000000000);
	struct tm tm;

	buffer[0] = '\0';
	if (!gmtime_r(&seconds, &tm))
		return buffer;
	if (iso)
		strftime(buffer, DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
	else
		strftime(buffer, DATE_BYTES, "%Y-%m-%d %H:%M", &tm);
	return buffer;
}

/* A change on the series' scale, such that + is worse where the metric has a direction. */
static void add_change(struct text *out, const struct history_series *s, double change)
{
	double sign = s->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;
	char number[WORDS_BYTES];

	if (s->metric->additive)
		text_addf(out, "%s%s %s", sign * change >= 0 ? "+" : "",
			words_value(sign * change, number), s->metric->unit);
	else
		text_addf(out, "%+.2f %%", 100 * sign * expm1(change));
}

static void add_value(struct text *out, const struct history_series *s, double value)
{
	char number[WORDS_BYTES];

	if (isnan(value))
		text_add(out, "not measured");
	else if (s->relative)
		add_change(out, s, value);
	else
		text_addf(out, "%s %s",
			words_value(s->metric->additive ? value : exp(value), number),
			s->metric->unit);
}

static const struct changepoint *change_at(const struct history_series *s, size_t campaign)
{
	for (size_t i = 0; i < s->change_count; i++)
		if (s->changes[i].position == campaign)
			return &s->changes[i];
	return NULL;
}

static const char *newest_text(const struct history_series *s)
{
	double sign = s->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;

	if (s->newest.status != INTERVAL_OK)
		return "too few";
	if (!s->newest_unlike)
		return "like";
	if (s->metric->better == REPORT_BETTER_NONE)
		return "UNLIKE";
	return sign * s->newest.estimate > 0 ? "WORSE" : "BETTER";
}

/* As a sentence has it. */
static const char *newest_phrase(const struct history_series *s)
{
	const char *word = newest_text(s);

	return strcmp(word, "WORSE") == 0    ? "WORSE than"
	       : strcmp(word, "BETTER") == 0 ? "BETTER than"
					     : word;
}

static void add_newest(
	const struct history *history, const struct history_series *s, struct text *out)
{
	const struct interval *newest = &s->newest;
	const char *label = history->campaigns[s->newest_campaign].label;

	if (s->newest_campaign + 1 != history->campaign_count)
		text_addf(out, "  not measured in the newest campaign, %s\n",
			history->campaigns[history->campaign_count - 1].label);
	text_addf(out, "  newest, %s: ", label);
	if (newest->status != INTERVAL_OK) {
		text_addf(out,
			"%zu campaign%s since the last change before it; fewer than 3 cannot judge "
			"it\n",
			newest->blocks, newest->blocks == 1 ? "" : "s");
		return;
	}
	text_addf(out, "%s the %zu before it since the last change: ", newest_phrase(s),
		newest->blocks);
	add_change(out, s, newest->estimate);
	text_addf(out, ", p %.2g\n", s->newest_adjusted);
}

static void add_title(
	const struct history *history, const struct history_series *s, struct text *out)
{
	char x[WORDS_BYTES];

	words_x(s->metric, s->x, x);
	text_addf(out, "\n%s  %s  %s%s%s: %s%s%s %s", s->target, s->placement, s->benchmark,
		s->parameters[0] ? " " : "", s->parameters, s->metric->name, x[0] ? " @ " : "", x,
		words_arrow(s->metric->better));
	if (s->relative)
		text_addf(out, " relative to %s%s",
			history->campaigns[s->newest_campaign]
				.model
				->targets[history->campaigns[s->newest_campaign].model->baseline]
				.name,
			s->metric->better == REPORT_BETTER_NONE ? "" : ", + is worse");
	text_addf(out, "%s\n", s->emulated ? " (emulated)" : "");
}

static void add_points(
	const struct history *history, const struct history_series *s, struct text *out)
{
	for (size_t i = 0; i < history->campaign_count; i++) {
		const struct history_campaign *campaign = &history->campaigns[i];
		const struct changepoint *change = change_at(s, i);
		char date[DATE_BYTES];
		cleanup_text struct text value = {0};

		add_value(&value, s, s->points[i].value);
		text_addf(out, "  %s  %*s  ", date_text(campaign->data, false, date),
			(int)(16 + strlen(value.bytes) - utf8_width(value.bytes)), value.bytes);
		text_addf(out, "%3zu block%s  ", s->points[i].blocks,
			s->points[i].blocks == 1 ? " " : "s");
		words_add_line(out, campaign->label);
		if (change)
			text_addf(out, "   <- change (p %.2g)", change->p);
		text_add(out, "\n");
	}
}

static void add_summary(const struct history *history, struct text *out)
{
	size_t changed = 0, unlike = 0, short_series = 0;

	for (size_t i = 0; i < history->count; i++) {
		changed += history->series[i].change_count > 0;
		unlike += history->series[i].newest_unlike;
		short_series += history->series[i].change_status != CHANGEPOINT_OK;
	}
	text_addf(out,
		"%zu campaigns, %zu series: %zu with a change, %zu whose newest point differs "
		"from those since the last change.\n",
		history->campaign_count, history->count, changed, unlike);
	if (short_series)
		text_addf(out,
			"%zu series are too short to look for changes (fewer than 6 "
			"campaigns).\n",
			short_series);
	text_addf(out,
		"These results are exploratory: change points are tested series by series at %g, "
		"newest "
		"points by Benjamini-Hochberg over all series.\n",
		history->options.alpha);
	for (size_t i = 0; i < history->note_count; i++) {
		words_add_line(out, history->notes[i]);
		text_add(out, "\n");
	}
}

void history_write_text(const struct history *history, struct text *out)
{
	add_summary(history, out);
	for (size_t i = 0; i < history->count; i++) {
		add_title(history, &history->series[i], out);
		add_points(history, &history->series[i], out);
		add_newest(history, &history->series[i], out);
	}
}

/* --- CSV -----------------------------------------------------------------------------------------
 */

static void add_field(struct text *out, const char *text)
{
	csv_add_field(out, text);
	text_add(out, ",");
}

static void add_number(struct text *out, double value)
{
	csv_add_number(out, value);
	text_add(out, ",");
}

static void add_csv_point(
	const struct history *history, const struct history_series *s, size_t i, struct text *out)
{
	const struct history_campaign *campaign = &history->campaigns[i];
	const struct changepoint *change = change_at(s, i);
	bool is_newest = i == s->newest_campaign;
	char date[DATE_BYTES];

	add_field(out, s->target);
	add_field(out, s->placement);
	add_field(out, s->benchmark);
	add_field(out, s->parameters);
	add_field(out, s->metric->name);
	add_field(out, s->metric->unit);
	add_field(out, words_better(s->metric->better));
	add_number(out, s->x);
	add_field(out, !s->relative ? "value" : s->metric->additive ? "difference" : "ratio");
	add_field(out, campaign->label);
	add_field(out, campaign->data->campaign_id);
	add_field(out, date_text(campaign->data, true, date));
	text_addf(out, "%zu,", s->points[i].blocks);
	add_number(out, s->points[i].shown);
	add_field(out, change ? "yes" : "no");
	add_number(out, change ? change->p : NAN);
	add_field(out, is_newest ? newest_text(s) : "");
	add_number(out, is_newest ? s->newest_adjusted : NAN);
	out->bytes[out->count - 1] = '\n';
}

void history_write_csv(const struct history *history, struct text *out)
{
	text_add(out, "target,placement,benchmark,parameters,metric,unit,better,x,kind,label,"
		      "campaign,started,blocks,value,change,change_p,newest,newest_p\n");
	for (size_t s = 0; s < history->count; s++)
		for (size_t i = 0; i < history->campaign_count; i++)
			add_csv_point(history, &history->series[s], i, out);
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static json_t *campaigns_of(const struct history *history)
{
	json_t *list = json_array();

	for (size_t i = 0; i < history->campaign_count; i++) {
		const struct history_campaign *c = &history->campaigns[i];
		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:I, s:o}", "label", json_clean(c->label),
				      "campaign", json_clean(c->data->campaign_id), "name",
				      json_clean(c->data->name), "started_ns",
				      (json_int_t)c->data->started_ns, "tare_version",
				      json_clean(c->data->tare_version)));
	}
	return list;
}

static json_t *series_of(const struct history *history, const struct history_series *s)
{
	json_t *points = json_array(), *changes = json_array();

	for (size_t i = 0; i < history->campaign_count; i++)
		json_array_append_new(
			points, json_pack("{s:I, s:o}", "blocks", (json_int_t)s->points[i].blocks,
					"value", json_number(s->points[i].shown)));
	for (size_t i = 0; i < s->change_count; i++)
		json_array_append_new(changes,
			json_pack("{s:I, s:o, s:o}", "campaign", (json_int_t)s->changes[i].position,
				"p", json_number(s->changes[i].p), "statistic",
				json_number(s->changes[i].statistic)));
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:b, s:o, s:o, s:{s:I, s:s, "
		"s:o, s:o, s:o, s:o, s:I}}",
		"target", json_clean(s->target), "placement", json_clean(s->placement), "benchmark",
		json_clean(s->benchmark), "parameters", json_clean(s->parameters), "metric",
		json_clean(s->metric->name), "unit", json_clean(s->metric->unit), "better",
		words_better(s->metric->better), "x", json_number(s->x), "kind",
		!s->relative          ? "value"
		: s->metric->additive ? "difference"
				      : "ratio",
		"emulated", (int)s->emulated, "points", points, "changes", changes, "newest",
		"campaign", (json_int_t)s->newest_campaign, "verdict", newest_text(s), "difference",
		json_number(s->newest.estimate), "low", json_number(s->newest.low), "high",
		json_number(s->newest.high), "p", json_number(s->newest_adjusted), "segment",
		(json_int_t)s->newest.blocks);
}

void history_write_json(const struct history *history, struct text *out)
{
	json_t *root = json_object(), *series = json_array(), *notes = json_array();

	for (size_t i = 0; i < history->note_count; i++)
		json_array_append_new(notes, json_clean(history->notes[i]));
	for (size_t i = 0; i < history->count; i++)
		json_array_append_new(series, series_of(history, &history->series[i]));
	json_object_set_new(root, "schema", json_string("tare-history"));
	json_object_set_new(root, "schema_version", json_integer(JSON_SCHEMA_VERSION));
	json_object_set_new(root, "alpha", json_real(history->options.alpha));
	json_object_set_new(root, "notes", notes);
	json_object_set_new(root, "campaigns", campaigns_of(history));
	json_object_set_new(root, "series", series);
	json_add(out, root);
}
