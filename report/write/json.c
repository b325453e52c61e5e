/* What all JSON shares, and the report as JSON: one object per cell, metric and x. The schema is
 * docs/report-json.md; its version is raised by every change that could break a reader. */
#include "base/text.h"
#include "report/write/formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/model/attribution.h"
#include "report/model/honesty.h"
#include "report/write/json.h"
#include "report/write/words.h"

enum { JSON_SCHEMA_VERSION = 2, DIGITS = 12 };

json_t *json_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* null where it is not known. */
static json_t *known_boolean(bool is, bool known)
{
	return is || known ? json_boolean(is) : json_null();
}

json_t *json_clean(const char *text)
{
	cleanup_text struct text clean = {0};

	text_add_clean(&clean, text ? text : "");
	return json_string(clean.count ? clean.bytes : "");
}

static int add_dump(const char *bytes, size_t count, void *context)
{
	text_add_bytes(context, bytes, count);
	return 0;
}

void json_add(struct text *out, json_t *root)
{
	json_dump_callback(root, add_dump, out, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
	text_add(out, "\n");
	json_decref(root);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *strings_and(const struct report_group *group, const struct report_metric *metric)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?}", "placement",
		group->placement, "benchmark", group->benchmark, "parameters", group->parameters,
		"metric", metric->name, "unit", metric->unit, "better",
		words_better(metric->better), "statistic", metric->statistic, "x_name",
		metric->x_name, "x_unit", metric->x_unit);
}

static void set_comparison(
	json_t *object, const struct report_metric *metric, const struct report_value *value)
{
	const struct interval *change = &value->change;
	bool ratio = value->compared && !metric->additive;
	bool difference = value->compared && metric->additive;

	json_object_set_new(object, "ratio", json_number(ratio ? change->estimate : NAN));
	json_object_set_new(object, "difference", json_number(difference ? change->estimate : NAN));
	json_object_set_new(object, "low", json_number(value->compared ? change->low : NAN));
	json_object_set_new(object, "high", json_number(value->compared ? change->high : NAN));
	json_object_set_new(object, "p", json_number(value->compared ? change->p : NAN));
	json_object_set_new(object, "interval",
		value->compared ? json_string(interval_status_text(change->status)) : json_null());
	json_object_set_new(object, "cost", json_number(value->cost));
	json_object_set_new(object, "cost_low", json_number(value->cost_low));
	json_object_set_new(object, "cost_high", json_number(value->cost_high));
	json_object_set_new(object, "headline", json_boolean(value->headline));
	json_object_set_new(object, "decided",
		value->headline && value->compared ? json_integer(value->decided) : json_null());
	json_object_set_new(object, "settled", json_boolean(value->settled));
}

/* What disturbed any of the runs behind a value. */
static json_t *disturbances_of(unsigned marks)
{
	static const struct {
		unsigned mark;
		const char *word;
	} rows[] = {{RUN_BUSY, "busy"}, {RUN_THROTTLED, "throttled"},
		{RUN_WARNED, "kernel warning"}, {RUN_STALLED, "short of memory"}};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (marks & rows[i].mark)
			json_array_append_new(list, json_string(rows[i].word));
	return list;
}

static json_t *result_of(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];
	const struct report_cell *cell = value->cell;
	json_t *object = json_object();
	json_t *names = strings_and(group, row->metric);

	json_object_set_new(object, "target", json_string(model->targets[target].name));
	json_object_update(object, names);
	json_decref(names);
	json_object_set_new(object, "x", json_number(row->x));
	json_object_set_new(object, "status", json_string(report_status_text(value->status)));
	json_object_set_new(object, "reason",
		value->status == REPORT_MEASURED ? json_null() : text_or_null(cell->reason));
	json_object_set_new(object, "refused", text_or_null(cell->refused));
	json_object_set_new(object, "blocks", json_integer((json_int_t)value->block_count));
	json_object_set_new(object, "runs", json_integer((json_int_t)value->runs));
	json_object_set_new(object, "failed_runs", json_integer(cell->failed_runs));
	json_object_set_new(object, "samples", json_integer((json_int_t)value->samples));
	json_object_set_new(object, "machines", json_integer((json_int_t)value->machines));
	json_object_set_new(
		object, "clock_flagged_series", json_integer((json_int_t)value->flagged));
	json_object_set_new(object, "disturbed", disturbances_of(value->marks));
	json_object_set_new(object, "value", json_number(value->value.estimate));
	json_object_set_new(object, "value_low", json_number(value->value.low));
	json_object_set_new(object, "value_high", json_number(value->value.high));
	set_comparison(object, row->metric, value);
	json_object_set_new(
		object, "emulated", known_boolean(cell->emulated, cell->emulation_known));
	json_object_set_new(
		object, "kernel_differs", known_boolean(cell->kernel_differs, cell->kernel_known));
	json_object_set_new(object, "network_differs", json_boolean(cell->network_differs));
	return object;
}

static json_t *results_of(const struct report_model *model)
{
	json_t *results = json_array();

	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++)
			for (size_t t = 0; t < model->target_count; t++)
				json_array_append_new(
					results, result_of(model, group, &group->rows[i], t));
	}
	return results;
}

static json_t *targets_of(const struct report_model *model)
{
	json_t *targets = json_array();

	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_target *target = &model->targets[t];
		json_array_append_new(
			targets, json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", target->name,
					 "driver", target->driver, "summary", target->summary,
					 "baseline", target->is_baseline, "emulated",
					 known_boolean(target->emulated, target->is_known)));
	}
	return targets;
}

static json_t *problems_of(const struct report_model *model)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < model->problem_count; i++) {
		const struct report_problem *problem = &model->problems[i];
		json_array_append_new(problems,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "target",
				problem->target, "placement", problem->placement, "benchmark",
				problem->benchmark, "parameters", problem->parameters, "what",
				problem->what, "reason", problem->reason, "count",
				(int)problem->count, "of", (int)problem->of));
	}
	return problems;
}

static json_t *facts_of(const struct report_model *model)
{
	json_t *facts = json_array();

	for (size_t i = 0; i < model->fact_count; i++) {
		const struct report_fact *fact = &model->facts[i];
		json_array_append_new(
			facts, json_pack("{s:s, s:s, s:s}", "fact", fact->name, "targets",
				       fact->targets, "value", fact->value));
	}
	return facts;
}

/* Which value of results an object is about. */
static json_t *key_of(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	json_t *object = strings_and(group, row->metric);

	json_object_set_new(object, "target", json_string(model->targets[target].name));
	json_object_set_new(object, "x", json_number(row->x));
	return object;
}

static json_t *scalings_of(const struct report_model *model)
{
	json_t *scalings = json_array();

	for (size_t i = 0; i < model->scaling_count; i++) {
		const struct report_scaling *scaling = &model->scalings[i];
		json_t *object = key_of(model, scaling->group, scaling->row, scaling->target);
		json_object_set_new(
			object, "first_placement", json_string(scaling->first->placement));
		json_object_set_new(
			object, "first_parameters", json_string(scaling->first->parameters));
		json_object_set_new(object, "cpus", json_number(scaling->cpus));
		json_object_set_new(object, "first_cpus", json_number(scaling->first_cpus));
		json_object_set_new(object, "speedup", json_number(scaling->speedup.estimate));
		json_object_set_new(object, "low", json_number(scaling->speedup.low));
		json_object_set_new(object, "high", json_number(scaling->speedup.high));
		json_object_set_new(object, "efficiency", json_number(scaling->efficiency));
		json_array_append_new(scalings, object);
	}
	return scalings;
}

static json_t *variants_of(const struct report_model *model)
{
	json_t *variants = json_array();

	for (size_t i = 0; i < model->variation_count; i++) {
		const struct report_variation *v = &model->variations[i];
		if (v->shown_target == v->target)
			continue;
		json_t *object = key_of(model, v->group, v->first_row, v->shown_target);
		json_object_set_new(object, "first", json_string(model->targets[v->target].name));
		json_object_set_new(
			object, "options", model_option_changes(model, v->target, v->shown_target));
		set_comparison(object, v->first_row->metric, &v->shown);
		json_array_append_new(variants, object);
	}
	return variants;
}

static json_t *domains_of(const struct report_model *model)
{
	json_t *domains = json_array();

	for (size_t i = 0; i < model->domain_count; i++) {
		const struct report_domain *domain = &model->domains[i];
		json_t *lines = json_array();
		for (size_t k = 0; k < domain->line_count; k++)
			json_array_append_new(lines, json_string(domain->lines[k]));
		json_array_append_new(
			domains, json_pack("{s:s, s:o}", "target",
					 model->targets[domain->target].name, "diff", lines));
	}
	return domains;
}

static json_t *interferences_of(const struct report_model *model)
{
	json_t *interferences = json_array();

	for (size_t i = 0; i < model->interference_count; i++) {
		const struct report_interference *found = &model->interferences[i];
		json_t *object = key_of(model, found->group, found->alone_row, found->target);
		json_object_set_new(object, "foreground", json_string(found->foreground));
		json_object_set_new(object, "background", json_string(found->background));
		json_object_set_new(object, "slowdown", json_number(found->slowdown.estimate));
		json_object_set_new(object, "low", json_number(found->slowdown.low));
		json_object_set_new(object, "high", json_number(found->slowdown.high));
		json_array_append_new(interferences, object);
	}
	return interferences;
}

static json_t *fairnesses_of(const struct report_model *model)
{
	json_t *fairnesses = json_array();

	for (size_t i = 0; i < model->fairness_count; i++) {
		const struct report_fairness *fairness = &model->fairnesses[i];
		json_t *object = key_of(model, fairness->group, fairness->row, fairness->target);
		json_t *shares = json_array();
		for (size_t m = 0; m < fairness->machines; m++)
			json_array_append_new(shares, json_number(fairness->shares[m]));
		json_object_set_new(object, "aggregate", json_number(fairness->aggregate));
		json_object_set_new(object, "shares", shares);
		json_object_set_new(object, "runs", json_integer((json_int_t)fairness->runs));
		json_object_set_new(object, "jain", json_number(fairness->jain));
		json_object_set_new(object, "jain_lowest", json_number(fairness->jain_low));
		json_object_set_new(object, "max_min", json_number(fairness->max_min));
		json_object_set_new(object, "max_min_highest", json_number(fairness->max_min_high));
		json_array_append_new(fairnesses, object);
	}
	return fairnesses;
}

static void add_disturbances(json_t *object, const struct report_honesty *honesty)
{
	json_t *more = json_pack("{s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:s*}", "watched_runs",
		(json_int_t)honesty->watched_runs, "others", json_number(honesty->others),
		"others_worst_run", json_number(honesty->others_high), "busy_runs",
		(json_int_t)honesty->busy_runs, "throttled_runs",
		(json_int_t)honesty->throttled_runs, "memory_runs",
		(json_int_t)honesty->stalled_runs, "kernel_warning_runs",
		(json_int_t)honesty->warned_runs, "kernel_warning", honesty->warning);

	json_object_update(object, more);
	json_decref(more);
}

static json_t *honesties_of(const struct report_model *model)
{
	json_t *honesties = json_array();

	for (size_t i = 0; i < model->honesty_count; i++) {
		const struct report_honesty *honesty = &model->honesties[i];
		char verdict[WORDS_BYTES];
		json_array_append_new(honesties,
			json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, "
				  "s:o, s:s, s:o, s:o, s:I, s:I}",
				"target", model->targets[honesty->target].name, "runs",
				(json_int_t)honesty->runs, "clock_probed_runs",
				(json_int_t)honesty->probed_runs, "clock_offset_s",
				json_number(honesty->offset_s), "clock_offset_error_s",
				json_number(honesty->offset_error_s), "clock_drift",
				json_number(honesty->drift), "clock_gap",
				json_number(honesty->clock_gap), "steal",
				json_number(honesty->steal), "steal_worst_run",
				json_number(honesty->steal_high), "series",
				(json_int_t)honesty->series, "unsteady_series",
				(json_int_t)honesty->unsteady, "emulated",
				known_boolean(honesty->emulated,
					model->targets[honesty->target].is_known),
				"kernel_differs",
				known_boolean(honesty->kernel_differs, honesty->kernel_known),
				"clock_verdict", words_clock(honesty, verdict), "clock_pace",
				json_number(honesty->pace), "clock_pace_error",
				json_number(honesty->pace_error), "clock_flagged_runs",
				(json_int_t)honesty->flagged_runs, "clock_jumps",
				(json_int_t)honesty->jumps));
		add_disturbances(json_array_get(honesties, i), honesty);
	}
	return honesties;
}

static json_t *origins_of(const struct report_model *model)
{
	json_t *origins = json_array();

	for (size_t i = 0; i < model->origin_count; i++) {
		const struct report_origin *origin = &model->origins[i];
		json_array_append_new(origins,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I}",
				"target", model->targets[origin->target].name, "placement",
				origin->group->placement, "benchmark", origin->group->benchmark,
				"parameters", origin->group->parameters, "source", origin->source,
				"counter", origin->name, "unit", origin->unit, "per_second",
				json_number(origin->rate), "baseline_per_second",
				json_number(origin->baseline_rate), "runs",
				(json_int_t)origin->runs, "baseline_runs",
				(json_int_t)origin->baseline_runs));
	}
	return origins;
}

/* What exits explain; parts as in docs/report-json.md. */
static json_t *attributions_of(const struct report_model *model)
{
	json_t *attributions = json_array();

	for (size_t i = 0; i < model->attribution_count; i++) {
		const struct report_attribution *found = &model->attributions[i];
		json_t *object = key_of(model, found->group, found->row, found->target);
		json_t *terms = json_array();
		for (size_t t = 0; t < found->term_count; t++) {
			const struct report_term *term = &found->terms[t];
			json_array_append_new(
				terms, json_pack("{s:s, s:o, s:o, s:o}", "operation", term->price,
					       "per_second", json_number(term->rate), "price_ns",
					       json_number(term->price_ns), "share",
					       json_number(term->share)));
		}
		json_object_set_new(object, "lost", json_number(found->lost));
		json_object_set_new(object, "explained", json_number(found->explained));
		json_object_set_new(object, "part", json_number(found->part.estimate));
		json_object_set_new(object, "part_low", json_number(found->part.low));
		json_object_set_new(object, "part_high", json_number(found->part.high));
		json_object_set_new(object, "blocks", json_integer((json_int_t)found->part.blocks));
		json_object_set_new(object, "from_guest", json_boolean(found->from_guest));
		json_object_set_new(object, "terms", terms);
		json_array_append_new(attributions, object);
	}
	return attributions;
}

static json_t *published_numbers_of(const struct report_model *model)
{
	json_t *published_numbers = json_array();

	for (size_t i = 0; i < model->published_count; i++) {
		const struct report_published *match = &model->published_numbers[i];
		json_t *object = key_of(model, match->group, match->row, match->target);
		json_object_set_new(object, "source", json_string(match->source));
		json_object_set_new(
			object, "published_target", json_string(match->published_target));
		json_object_set_new(
			object, "published_metric", json_string(match->published_metric));
		json_object_set_new(object, "published", json_number(match->published));
		json_object_set_new(object, "published_cost", json_number(match->published_cost));
		json_array_append_new(published_numbers, object);
	}
	return published_numbers;
}

static json_t *flushes_of(const struct report_model *model)
{
	json_t *flushes = json_array();

	for (size_t i = 0; i < model->flush_count; i++) {
		const struct report_flush *flush = &model->flushes[i];
		json_array_append_new(flushes,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
				"target", model->targets[flush->target].name, "placement",
				flush->group->placement, "benchmark", flush->group->benchmark,
				"parameters", flush->group->parameters, "verdict",
				words_flush(flush), "acknowledged_bytes",
				json_number(flush->acknowledged_bytes), "machine_bytes",
				json_number(flush->machine_bytes), "device_share",
				json_number(flush->device_share), "direct_share",
				json_number(flush->direct_share), "flushes_asked",
				json_number(flush->asked), "machine_flushes",
				json_number(flush->machine_flushes), "host_flushes",
				json_number(flush->host_flushes)));
	}
	return flushes;
}

static json_t *events_of(const struct report_model *model)
{
	json_t *events = json_array();

	for (size_t i = 0; i < model->data->event_count; i++) {
		const struct data_event *event = &model->data->events[i];
		json_array_append_new(events,
			json_pack("{s:I, s:o, s:o}", "time_ns", (json_int_t)event->time_ns, "kind",
				json_clean(event->kind), "text", json_clean(event->text)));
	}
	return events;
}

static json_t *campaign_of(const struct report_model *model)
{
	/* The seed is unsigned and of 64 bits: as text, since many readers keep numbers as
	 * doubles. */
	char seed[24];

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)model->data->seed);
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:f, s:f}", "id", model->campaign_id,
		"name", model->name, "baseline", model->targets[model->baseline].name, "started_ns",
		(json_int_t)model->data->started_ns, "seed", seed, "tare_version",
		model->tare_version, "image_digest", model->image_digest, "precision",
		model->data->precision, "confidence", model->options.confidence);
}

void report_write_json(const struct report_model *model, struct text *out)
{
	json_t *root = json_object();

	json_object_set_new(root, "schema", json_string("tare-report"));
	json_object_set_new(root, "schema_version", json_integer(JSON_SCHEMA_VERSION));
	json_object_set_new(root, "campaign", campaign_of(model));
	json_object_set_new(root, "targets", targets_of(model));
	json_object_set_new(root, "results", results_of(model));
	json_object_set_new(root, "scaling", scalings_of(model));
	json_object_set_new(root, "variants", variants_of(model));
	json_object_set_new(root, "interference", interferences_of(model));
	json_object_set_new(root, "fairness", fairnesses_of(model));
	json_object_set_new(root, "published", published_numbers_of(model));
	json_object_set_new(root, "counters", origins_of(model));
	json_object_set_new(root, "attributions", attributions_of(model));
	json_object_set_new(root, "honesty", honesties_of(model));
	json_object_set_new(root, "flushes", flushes_of(model));
	json_object_set_new(root, "problems", problems_of(model));
	json_object_set_new(root, "machines", facts_of(model));
	json_object_set_new(root, "domains", domains_of(model));
	json_object_set_new(root, "events", events_of(model));
	json_add(out, root);
}
