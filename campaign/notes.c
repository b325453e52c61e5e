/* Events of a running campaign: for the progress display, and in the store's event table. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/numbers.h"
#include "base/units.h"
#include "campaign/campaign_run.h"
#include "stats/quantile.h"

void notes_notify(struct campaign_run *run, struct run_event event)
{
	pthread_mutex_lock(&run->mutex);
	event.done = run->done;
	event.total = run->total;
	event.failed = run->failed;
	event.blocks = run->blocks;
	event.eta_s = forecast_left_s(run->forecast);
	if (run->setup->observer.event)
		run->setup->observer.event(run->setup->observer.context, &event);
	pthread_mutex_unlock(&run->mutex);
}

static void add_event(struct campaign_run *run, const char *kind, const char *text)
{
	struct error e = {""};

	if (store_add_event(run->store, kind, text, &e) < 0)
		log_warn("%s", e.text);
}

void notes_add(struct campaign_run *run, const char *kind, const char *text)
{
	add_event(run, kind, text);
	notes_notify(run, (struct run_event){.kind = RUN_NOTE, .text = text ? text : kind});
}

/* Takes the object; the text is the caller's. */
static char *object_text(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

/* Takes the object. */
static void add_object(struct campaign_run *run, const char *kind, json_t *object)
{
	cleanup_free char *text = object_text(object);

	add_event(run, kind, text);
}

void notes_add_time(struct campaign_run *run, const char *kind, const char *what,
	const struct plan_block *block, double seconds)
{
	const struct plan *plan = run->plan;
	struct error e = {""};
	char **texts = mem_new(block->host_count, sizeof(*texts));

	for (size_t h = 0; h < block->host_count; h++)
		texts[h] = object_text(json_pack("{s:s, s:s, s:s, s:i, s:f}", "host",
			plan->site->hosts[block->first_host + h].name, "target", what, "placement",
			plan->campaign->placements[block->placement].text, "block",
			(int)block->number, "seconds", seconds));
	if (store_add_events(run->store, kind, (const char *const *)texts, block->host_count, &e) <
		0)
		log_warn("%s", e.text);
	for (size_t h = 0; h < block->host_count; h++)
		free(texts[h]);
	free(texts);
}

void notes_add_begun(struct campaign_run *run)
{
	add_object(
		run, "prepared", json_pack("{s:f}", "seconds", clock_monotonic_s() - run->begun_s));
}

void notes_add_entered(void *context, size_t host, const struct environment *environment,
	double seconds, double entering_s, const char *failure)
{
	struct campaign_run *run = context;
	const char *name = run->plan->site->hosts[host].name;
	const char *in = environment ? environment->name : NULL;
	char took[UNIT_TEXT_BYTES];

	if (run->plan->site->reach.count == 0)
		return; /* this machine is where it always is */
	pthread_mutex_lock(&run->mutex);
	if (!failure && in)
		forecast_change_done(run->forecast, seconds);
	pthread_mutex_unlock(&run->mutex);
	add_object(run, "prepared", json_pack("{s:s, s:f}", "host", name, "seconds", seconds));
	add_object(run, "environment",
		json_pack("{s:s, s:s?, s:f, s:s?}", "host", name, "environment", in, "seconds",
			entering_s, "failure", failure));
	cleanup_free char *text =
		failure ? str_printf("%s: %s", name, failure)
			: str_printf("%s is ready%s%s after %s", name, in ? " as " : "",
				  in ? in : "", duration_format(seconds, took));
	notes_notify(
		run, (struct run_event){
			     .kind = RUN_NOTE, .text = text, .first_host = host, .host_count = 1});
}

struct run_event notes_cell_event(const struct campaign_run *run, enum run_event_kind kind,
	const struct plan_run *item, const struct plan_block *block)
{
	const struct campaign *campaign = run->plan->campaign;
	const struct plan_cell *cell = &run->plan->cells[item->cell];

	return (struct run_event){
		.kind = kind,
		.block = block->number + 1,
		.first_host = block->first_host,
		.host_count = block->host_count,
		.target = campaign->targets[cell->target].name,
		.placement = campaign->placements[cell->placement].text,
		.benchmark = campaign->benchmarks[cell->benchmark].benchmark->name,
		.parameters = campaign->benchmarks[cell->benchmark].parameters,
	};
}

/* The series to show: the first of the first metric that has a direction. */
static const struct series *telling_series(
	const struct benchmark *benchmark, const struct samples *samples)
{
	const struct series *best = &samples->series[0];

	for (size_t i = 1; i < samples->count; i++) {
		const struct series *other = &samples->series[i];
		bool tells = benchmark->metrics[other->metric].better != BETTER_NONE;
		bool best_tells = benchmark->metrics[best->metric].better != BETTER_NONE;
		if (tells && (!best_tells || other->metric < best->metric))
			best = other;
	}
	return best;
}

void notes_describe(const struct benchmark *benchmark, const struct outcome *outcome, char *text,
	size_t size, struct run_event *event)
{
	char number[NUMBER_BYTES];

	text[0] = '\0';
	if (outcome->sample_count == 0 || outcome->samples[0].count == 0)
		return;
	const struct series *series = telling_series(benchmark, &outcome->samples[0]);
	event->metric = &benchmark->metrics[series->metric];
	event->value = quantile_median(series->values, series->count);
	snprintf(text, size, "%s %s", event->metric->name,
		number_with_unit(event->value, event->metric->unit, number));
}
