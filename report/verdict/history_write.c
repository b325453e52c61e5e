/* A history as CSV and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "report/verdict/history_words.h"
#include "report/verdict/verdict_json.h"
#include "report/write/words.h"
#include "report/write/formats.h"

enum { JSON_SCHEMA_VERSION = 1 };

char *history_date(const struct store_data *data, bool iso, char buffer[HISTORY_DATE_BYTES])
{
	enum { HOUR_AND_MINUTE = 5 };
	char time[CLOCK_TEXT_BYTES];

	clock_utc_text(data->started_ns, time);
	if (iso)
		snprintf(buffer, HISTORY_DATE_BYTES, "%sZ", time);
	else
		snprintf(buffer, HISTORY_DATE_BYTES, "%.*s %.*s", CLOCK_DATE_BYTES, time,
			HOUR_AND_MINUTE, time + CLOCK_DATE_BYTES + 1);
	return buffer;
}

static const struct changepoint *change_at(const struct history_series *s, size_t campaign)
{
	for (size_t i = 0; i < s->change_count; i++)
		if (s->changes[i].position == campaign)
			return &s->changes[i];
	return NULL;
}

const char *history_newest_text(const struct history_series *s)
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
	char date[HISTORY_DATE_BYTES];

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
	add_field(out, history_date(campaign->data, true, date));
	text_addf(out, "%zu,", s->points[i].blocks);
	add_number(out, s->points[i].shown);
	add_field(out, change ? "yes" : "no");
	add_number(out, change ? change->p : NAN);
	add_field(out, is_newest ? history_newest_text(s) : "");
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
		"campaign", (json_int_t)s->newest_campaign, "verdict", history_newest_text(s),
		"difference", json_number(s->newest.estimate), "low", json_number(s->newest.low),
		"high", json_number(s->newest.high), "p", json_number(s->newest_adjusted),
		"segment", (json_int_t)s->newest.blocks);
}

json_t *history_json(const struct history *history)
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
	return root;
}

void history_write_json(const struct history *history, struct text *out)
{
	json_add(out, history_json(history));
}
