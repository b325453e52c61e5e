/* A comparison for programs: CSV and JSON, one row or object per item. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/verdict/verdict_json.h"
#include "report/write/words.h"
#include "report/write/formats.h"

enum { JSON_SCHEMA_VERSION = 2 };

static const char *const gate_texts[] = {
	[GATE_PASS] = "pass",
	[GATE_NONE] = "none",
	[GATE_REGRESSION] = "regression",
	[GATE_INCONCLUSIVE] = "inconclusive",
	[GATE_NOT_MEASURED] = "not measured",
	[GATE_FAILED] = "failed",
	[GATE_EXPECTED] = "expected",
};

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

static bool judged(const struct compare_item *item)
{
	return item->state == COMPARE_JUDGED;
}

/* The adjusted p behind the verdict: Holm's of the side that it is nearest to, or BH's. */
static double adjusted_p(const struct compare_item *item)
{
	const struct verdict_case *v = &item->judged;

	if (!judged(item))
		return item->adjusted;
	return fmin(v->adjusted_worse, fmin(v->adjusted_better, v->adjusted_equivalent));
}

static void add_csv_row(const struct compare_item *item, struct text *out)
{
	const struct report_metric *metric = item->metric;
	char decides[256];

	add_field(out, item->base_target);
	add_field(out, item->new_target);
	add_field(out, item->placement);
	add_field(out, item->benchmark);
	add_field(out, item->parameters);
	add_field(out, metric ? metric->name : "");
	add_field(out, metric ? metric->unit : "");
	add_field(out, metric ? words_better(metric->better) : "");
	add_number(out, item->x);
	add_field(out, item->headline ? "headline" : "detail");
	add_field(out, compare_state_text(item));
	add_field(out, gate_texts[item->gate]);
	text_addf(out, "%zu,%zu,", item->base.blocks, item->newer.blocks);
	add_field(out, item->paired ? "paired" : "unpaired");
	text_addf(out, "%zu,", item->unpaired);
	add_number(out, item->base.value);
	add_number(out, item->newer.value);
	add_field(out, !metric ? "" : metric->additive ? "difference" : "ratio");
	add_number(out, item->change.estimate);
	add_number(out, item->change.low);
	add_number(out, item->change.high);
	add_number(out, item->cost);
	add_number(out, item->margin);
	add_number(out, item->p);
	add_number(out, adjusted_p(item));
	if (item->judged.further_blocks && item->judged.further_blocks != VERDICT_UNDECIDABLE)
		text_addf(out, "%zu", item->judged.further_blocks);
	text_add(out, ",");
	add_field(out, item->emulated ? "yes" : "no");
	add_field(out, item->kernel_differs ? "yes" : "no");
	add_field(out, item->network_differs ? "yes" : "no");
	add_field(out, compare_decides(item, decides));
	out->bytes[out->count - 1] = '\n';
}

void compare_write_csv(const struct comparison *comparison, struct text *out)
{
	text_add(out,
		"base_target,new_target,placement,benchmark,parameters,metric,unit,better,x,"
		"kind,verdict,gate,base_blocks,new_blocks,pairing,unpaired_blocks,base,new,"
		"comparison,"
		"change,low,high,cost,margin,p,adjusted_p,further_blocks,emulated,kernel_differs,"
		"network_differs,"
		"reason\n");
	for (size_t i = 0; i < comparison->count; i++)
		add_csv_row(&comparison->items[i], out);
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static json_t *count_or_null(size_t count)
{
	return count == VERDICT_UNDECIDABLE ? json_null() : json_integer((json_int_t)count);
}

static json_t *side_of(const struct compare_side *side)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "blocks", (json_int_t)side->blocks,
		"runs", (json_int_t)side->runs, "samples", (json_int_t)side->samples,
		"planned_runs", (json_int_t)side->planned_runs, "measured_runs",
		(json_int_t)side->measured_runs, "failed_runs", (json_int_t)side->failed_runs,
		"value", json_number(side->value));
}

static json_t *judgement_of(const struct compare_item *item)
{
	const struct verdict_case *v = &item->judged;

	if (!judged(item))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "p_worse",
		json_number(v->p_worse), "p_not_worse", json_number(v->p_notworse), "p_better",
		json_number(v->p_better), "p_equivalent", json_number(v->p_equivalent),
		"adjusted_worse", json_number(v->adjusted_worse), "adjusted_better",
		json_number(v->adjusted_better), "adjusted_equivalent",
		json_number(v->adjusted_equivalent), "further_blocks",
		count_or_null(v->further_blocks));
}

const char *compare_gate_text(enum compare_gate gate)
{
	return gate_texts[gate];
}

json_t *compare_expectation_json(const struct expectation *one)
{
	if (!one)
		return json_null();
	return json_pack("{s:o, s:o, s:b}", "reason", json_clean(one->reason), "until",
		json_clean(one->until), "expired", one->expired);
}

static json_t *item_of(const struct compare_item *item)
{
	const struct report_metric *metric = item->metric;
	json_t *object = json_object();
	char decides[256];
	const struct {
		const char *key;
		json_t *value;
	} rows[] = {
		{"base_target", json_clean(item->base_target)},
		{"new_target", json_clean(item->new_target)},
		{"placement", json_clean(item->placement)},
		{"benchmark", json_clean(item->benchmark)},
		{"parameters", json_clean(item->parameters)},
		{"metric", metric ? json_clean(metric->name) : json_null()},
		{"unit", metric ? json_clean(metric->unit) : json_null()},
		{"better", metric ? json_clean(words_better(metric->better)) : json_null()},
		{"x", json_number(item->x)},
		{"kind", json_clean(item->headline ? "headline" : "detail")},
		{"verdict", json_clean(compare_state_text(item))},
		{"gate", json_clean(gate_texts[item->gate])},
		{"expectation", compare_expectation_json(item->expectation)},
		{"looked_pairs", item->sequential ? json_integer((json_int_t)item->looked_pairs)
						  : json_null()},
		{"exploratory", json_boolean(item->state == COMPARE_EXPLORATORY)},
		{"reason", json_clean(compare_decides(item, decides))},
		{"sequential", json_boolean(item->sequential)},
		{"paired", json_boolean(item->paired)},
		{"unpaired_blocks", json_integer((json_int_t)item->unpaired)},
		{"blocks", json_integer((json_int_t)item->change.blocks)},
		{"base", side_of(&item->base)},
		{"new", side_of(&item->newer)},
		{"comparison", metric ? json_clean(metric->additive ? "difference" : "ratio")
				      : json_null()},
		{"change", json_number(item->change.estimate)},
		{"low", json_number(item->change.low)},
		{"high", json_number(item->change.high)},
		{"df", json_number(item->change.df)},
		{"cost", json_number(item->cost)},
		{"cost_low", json_number(item->cost_low)},
		{"cost_high", json_number(item->cost_high)},
		{"margin", json_number(item->margin)},
		{"p", json_number(item->p)},
		{"p_benjamini_hochberg", json_number(item->adjusted)},
		{"p_sign_flips", json_number(item->signs_p)},
		{"disagrees", json_clean(item->disagrees)},
		{"judgement", judgement_of(item)},
		{"emulated", json_boolean(item->emulated)},
		{"kernel_differs", json_boolean(item->kernel_differs)},
		{"network_differs", json_boolean(item->network_differs)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_object_set_new(object, rows[i].key, rows[i].value);
	return object;
}

static json_t *source_of(const struct store_data *data, const char *label)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}", "label", json_clean(label), "campaign",
		json_clean(data->campaign_id), "name", json_clean(data->name), "started_ns",
		(json_int_t)data->started_ns, "tare_version", json_clean(data->tare_version),
		"image_digest", data->image_digest ? json_clean(data->image_digest) : json_null());
}

static json_t *counts_of(const struct compare_counts *counts)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"regression", (json_int_t)counts->regressions, "improvement",
		(json_int_t)counts->improvements, "equivalent", (json_int_t)counts->equivalents,
		"not_worse", (json_int_t)counts->not_worse, "details_regression",
		(json_int_t)counts->details_worse, "inconclusive", (json_int_t)counts->inconclusive,
		"not_measured", (json_int_t)counts->not_measured, "failed",
		(json_int_t)counts->failed, "incomplete", (json_int_t)counts->incomplete,
		"exploratory", (json_int_t)counts->exploratory, "new", (json_int_t)counts->only_new,
		"details", (json_int_t)counts->details, "expected", (json_int_t)counts->expected);
}

json_t *compare_json(const struct comparison *comparison)
{
	json_t *root = json_object(), *items = json_array(), *notes = json_array();

	for (size_t i = 0; i < comparison->note_count; i++)
		json_array_append_new(notes, json_clean(comparison->notes[i]));
	for (size_t i = 0; i < comparison->count; i++)
		json_array_append_new(items, item_of(&comparison->items[i]));
	json_object_set_new(root, "schema", json_string("tare-compare"));
	json_object_set_new(root, "schema_version", json_integer(JSON_SCHEMA_VERSION));
	json_object_set_new(root, "base", source_of(comparison->base, comparison->base_label));
	json_object_set_new(root, "new", source_of(comparison->newer, comparison->new_label));
	json_object_set_new(root, "delta", json_real(comparison->options.delta));
	json_object_set_new(root, "alpha", json_real(comparison->options.alpha));
	json_object_set_new(root, "forced", json_boolean(comparison->options.force));
	json_object_set_new(
		root, "moderated_variances", json_boolean(comparison->prior.status == MODERATE_OK));
	json_object_set_new(root, "notes", notes);
	json_object_set_new(root, "counts", counts_of(&comparison->counts));
	json_object_set_new(root, "gate_status", json_integer(compare_gate_status(comparison)));
	json_object_set_new(root, "items", items);
	return root;
}

void compare_write_json(const struct comparison *comparison, struct text *out)
{
	json_add(out, compare_json(comparison));
}

const struct compare_format compare_formats[] = {
	{"text", compare_write_text},
	{"md", compare_write_markdown},
	{"csv", compare_write_csv},
	{"json", compare_write_json},
	{"html", compare_write_html},
	{"latex", compare_write_latex},
	{NULL, NULL},
};
