/* What a second measurement says of the published one, as text and as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "publish/reproduce.h"
#include "report/export/export.h"
#include "report/write/json.h"
#include "report/write/words.h"

static void add_differences(const struct reproduction *r, struct text *out)
{
	text_add(out, r->difference_count ? "What differs\n"
					  : "Hardware, kernel and image are the same.\n");
	for (size_t i = 0; i < r->difference_count; i++) {
		const struct reproduce_difference *difference = &r->differences[i];
		text_addf(out, "  %s\n    published  ", difference->fact);
		words_add_line(out, difference->published[0] ? difference->published : "unknown");
		text_add(out, "\n    here       ");
		words_add_line(out, difference->here[0] ? difference->here : "unknown");
		text_add(out, "\n");
	}
}

static void add_numbers(const struct reproduce_item *item, struct text *out)
{
	char published[WORDS_BYTES], here[WORDS_BYTES], low[WORDS_BYTES], high[WORDS_BYTES];
	bool additive = item->row->metric->additive;
	const char *unit = item->absolute || additive ? item->row->metric->unit : "";
	const char *times = item->absolute || additive ? "" : "\u00d7";

	if (isnan(item->published) || isnan(item->here))
		return;
	text_addf(out, "%s%s -> %s%s%s%s", times, number_format(item->published, published), times,
		number_format(item->here, here), unit[0] ? " " : "", unit);
	if (isnan(item->low))
		return;
	text_addf(out, ", here %s published %s to %s", additive ? "-" : "\u00f7",
		number_format(item->low, low), number_format(item->high, high));
}

/* More blocks than this are no advice. */
enum { MOST_BLOCKS = 1000 };

static void add_further(const struct reproduce_item *item, struct text *out)
{
	size_t further = item->judged.further_blocks;

	if (item->reason[0])
		text_addf(out, "%s%s", isnan(item->here) ? "" : "; ", item->reason);
	else if (item->answer == REPRODUCE_CANNOT_TELL && further && further <= MOST_BLOCKS)
		text_addf(out, "; %zu more blocks would decide", further);
	else if (item->answer == REPRODUCE_CANNOT_TELL)
		text_add(out, "; too different from block to block to be decided");
}

static void add_item(
	const struct reproduction *r, const struct reproduce_item *item, struct text *out)
{
	cleanup_free char *name =
		export_value_name(r->published, item->group, item->row, item->target);

	text_addf(out, "%-11s  %s\n             ", reproduce_text(item->answer), name);
	add_numbers(item, out);
	add_further(item, out);
	text_add(out, "\n");
}

void reproduce_write_text(const struct reproduction *r, struct text *out)
{
	text_addf(out, "%s (%s): published against %s\n\n", r->published->name,
		r->published->campaign_id, r->here->campaign_id);
	add_differences(r, out);
	text_addf(out,
		"\nHeadlines, %s, within %g %%, each of two one-sided tests at %g %% for all "
		"together\n",
		r->published->target_count == 1 ? "values" : "slowdown against the baseline",
		100 * r->delta, 100 * r->alpha);
	for (size_t i = 0; i < r->count; i++)
		add_item(r, &r->items[i], out);
	text_addf(out, "\n%zu reproduced, %zu differ, %zu cannot be told\n", r->same, r->different,
		r->unknown);
}

static json_t *item_object(const struct reproduction *r, const struct reproduce_item *item)
{
	const struct report_metric *metric = item->row->metric;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "answer",
		reproduce_text(item->answer), "target", r->published->targets[item->target].name,
		"placement", item->group->placement, "benchmark", item->group->benchmark,
		"parameters", item->group->parameters, "metric", metric->name, "unit", metric->unit,
		"absolute", item->absolute);

	json_object_set_new(object, "x", json_number(item->row->x));
	json_object_set_new(object, "published", json_number(item->published));
	json_object_set_new(object, "here", json_number(item->here));
	json_object_set_new(object, "change", json_number(item->ratio));
	json_object_set_new(object, "low", json_number(item->low));
	json_object_set_new(object, "high", json_number(item->high));
	json_object_set_new(object, "p_equivalent", json_number(item->judged.p_equivalent));
	json_object_set_new(
		object, "reason", item->reason[0] ? json_string(item->reason) : json_null());
	return object;
}

void reproduce_write_json(const struct reproduction *r, struct text *out)
{
	json_t *differences = json_array(), *items = json_array();

	for (size_t i = 0; i < r->difference_count; i++)
		json_array_append_new(differences,
			json_pack("{s:s, s:s, s:s}", "fact", r->differences[i].fact, "published",
				r->differences[i].published, "here", r->differences[i].here));
	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(items, item_object(r, &r->items[i]));
	json_add(out,
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:f, s:f, s:o, s:o, s:i, s:i, s:i}", "schema",
			"tare-verify", "schema_version", 1, "campaign", r->published->name,
			"published_id", r->published->campaign_id, "here_id", r->here->campaign_id,
			"delta", r->delta, "alpha", r->alpha, "differences", differences,
			"headlines", items, "reproduced", (int)r->same, "differ", (int)r->different,
			"cannot_tell", (int)r->unknown));
}
