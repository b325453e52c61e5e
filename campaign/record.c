/* Writes blocks, machines, runs and events to the store. */
#include "campaign/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "campaign/host_cost.h"

static const char *const scale_texts[] = {
	[SCALE_RATIO] = "ratio", [SCALE_DIFFERENCE] = "difference"};

static int same_campaign(
	const struct store_data *data, const struct run_setup *setup, struct error *e)
{
	const char *digest = setup->image ? setup->image->digest : NULL;

	if (strcmp(data->yaml_digest, setup->campaign->digest))
		return error_set(e,
			"%s holds the campaign \"%s\" from another file; give another --out",
			setup->directory, data->name);
	if (data->image_digest && digest && strcmp(data->image_digest, digest))
		return error_set(e,
			"%s was measured with image %.12s, and the image is %.12s now; give "
			"another "
			"--out",
			setup->directory, data->image_digest, digest);
	if (setup->has_seed && setup->seed != data->seed)
		return error_set(e,
			"%s was planned with seed %llu; leave --seed out to continue it",
			setup->directory, (unsigned long long)data->seed);
	return 0;
}

/* The text of the last event of that kind. Caller frees. */
static char *last_event(const struct store_data *data, const char *kind)
{
	const char *text = NULL;

	for (size_t i = 0; i < data->event_count; i++)
		if (strcmp(data->events[i].kind, kind) == 0)
			text = data->events[i].text;
	return str_dup(text);
}

int record_hosts(struct store *store, const struct site *site, const char *before, char **moved,
	struct error *e)
{
	struct text text = {0};

	*moved = NULL;
	for (size_t h = 0; h < site->host_count; h++)
		text_addf(&text, "%s%s", h ? " " : "", site->hosts[h].name);
	cleanup_free char *hosts = text_take(&text);
	if (site->reach.count == 0 || (before && strcmp(before, hosts) == 0))
		return 0;
	if (before)
		*moved = str_printf("the hosts were %s, and are %s now", before, hosts);
	if (*moved && store_add_event(store, "moved", *moved, e) < 0)
		return -1;
	return store_add_event(store, "hosts", hosts, e) < 0 ? -1 : 0;
}

int record_identity(struct store *store, const struct run_setup *setup,
	struct record_identity *identity, struct error *e)
{
	struct store_data *data;

	if (store_read(store, &data, e) < 0)
		return -1;
	int status = same_campaign(data, setup, e);
	if (status == 0) {
		snprintf(identity->id, sizeof(identity->id), "%s", data->campaign_id);
		identity->seed = data->seed;
		identity->continues = true;
		identity->hosts = last_event(data, "hosts");
	}
	store_data_free(data);
	return status;
}

int record_begin(struct store *store, const struct run_setup *setup, uint64_t seed,
	struct record_identity *identity, struct error *e)
{
	const struct campaign *campaign = setup->campaign;
	uint32_t id;

	if (getrandom(&id, sizeof(id), 0) < 0)
		return error_set(e, "cannot draw a campaign id");
	snprintf(identity->id, sizeof(identity->id), "%08x", id);
	identity->seed = seed;
	struct store_campaign row = {
		.id = identity->id,
		.name = campaign->name,
		.yaml = campaign->yaml,
		.yaml_digest = campaign->digest,
		.site_yaml = setup->site->yaml,
		.baseline = campaign->targets[campaign->baseline].name,
		.seed = seed,
		.tare_version = TARE_VERSION,
		.image_digest = setup->image ? setup->image->digest : NULL,
		.precision = campaign->precision,
		.started_ns = clock_realtime_ns(),
	};
	return store_add_campaign(store, &row, e) < 0 ? -1 : 0;
}

static int record_metrics(struct store *store, const struct benchmark *benchmark, struct error *e)
{
	for (const struct metric *m = benchmark->metrics; m->name; m++) {
		struct store_metric row = {benchmark->name, m->name, m->unit,
			bench_better_text(m->better), bench_statistic_text(m->statistic),
			scale_texts[m->scale], m->x_name, m->x_unit, m->help,
			bench_metric_kind_text(m->kind), m->rank,
			m->kind == METRIC_HEADLINE && m->x_name
				? bench_headline_at_text(m->headline_at)
				: NULL,
			m->headline_unless};
		if (store_find_metric(store, benchmark->name, m->name) <= 0 &&
			store_add_metric(store, &row, e) < 0)
			return -1;
	}
	return 0;
}

/* What it cost the hosts is measured for every benchmark. */
static int record_host_costs(
	struct store *store, const struct benchmark *benchmark, struct error *e)
{
	for (int cost = 0; cost < HOST_COSTS; cost++) {
		char unit[32];
		struct store_metric row;
		if (host_cost_metric(benchmark, (enum host_cost)cost, unit, &row) &&
			store_find_metric(store, benchmark->name, row.name) <= 0 &&
			store_add_metric(store, &row, e) < 0)
			return -1;
	}
	return 0;
}

static int64_t record_target(
	struct store *store, const struct campaign_target *target, struct error *e)
{
	int64_t id = store_find_target(store, target->name);
	struct store_target row = {
		target->name, target->driver->name, target->base->summary, target->options_json};

	return id > 0 ? id : store_add_target(store, &row, e);
}

static int64_t record_cell(struct store *store, const struct plan *plan,
	const struct plan_cell *cell, int64_t target_id, struct error *e)
{
	const struct campaign *campaign = plan->campaign;
	const struct campaign_benchmark *b = &campaign->benchmarks[cell->benchmark];
	struct store_cell row = {
		.target_id = target_id,
		.placement = campaign->placements[cell->placement].text,
		.benchmark = b->benchmark->name,
		.parameters = b->parameters,
		.options_json = b->options_json,
		.skip_reason = cell->skip_reason,
		.planned_blocks = campaign->blocks,
		.planned_runs = b->runs,
	};
	int64_t id =
		store_find_cell(store, target_id, row.placement, row.benchmark, row.parameters);

	return id > 0 ? id : store_add_cell(store, &row, e);
}

int record_plan(
	struct store *store, const struct plan *plan, struct record *record, struct error *e)
{
	const struct campaign *campaign = plan->campaign;

	record->target_ids = mem_new(campaign->target_count, sizeof(*record->target_ids));
	record->cell_ids = mem_new(plan->cell_count + 1, sizeof(*record->cell_ids));
	for (size_t t = 0; t < campaign->target_count; t++) {
		record->target_ids[t] = record_target(store, &campaign->targets[t], e);
		if (record->target_ids[t] < 0)
			return -1;
	}
	for (size_t b = 0; b < campaign->benchmark_count; b++)
		if (record_metrics(store, campaign->benchmarks[b].benchmark, e) < 0 ||
			record_host_costs(store, campaign->benchmarks[b].benchmark, e) < 0)
			return -1;
	for (size_t c = 0; c < plan->cell_count; c++) {
		record->cell_ids[c] = record_cell(
			store, plan, &plan->cells[c], record->target_ids[plan->cells[c].target], e);
		if (record->cell_ids[c] < 0)
			return -1;
	}
	return 0;
}

void record_free(struct record *record)
{
	free(record->target_ids);
	free(record->cell_ids);
	*record = (struct record){0};
}

/* Caller frees. */
static struct store_clock *clocks_of(const struct clocks *clocks)
{
	struct store_clock *all = mem_new(clocks->count + 1, sizeof(*all));

	for (size_t i = 0; i < clocks->count; i++) {
		const struct clock_reading *reading = &clocks->readings[i];
		all[i] = (struct store_clock){
			reading->seat, reading->before_s, reading->after_s, reading->error_s};
	}
	return all;
}

/* Adds the series of what the run cost; values has room for all of them. Returns how many. */
static size_t add_host_costs(struct store *store, const struct benchmark *benchmark,
	const struct outcome *outcome, struct store_series *series, double values[HOST_COSTS])
{
	size_t count = 0;

	for (int cost = 0; cost < HOST_COSTS; cost++) {
		char unit[32];
		struct store_metric metric;
		if (!host_cost_metric(benchmark, (enum host_cost)cost, unit, &metric))
			continue;
		values[cost] = host_cost_value(benchmark, (enum host_cost)cost, outcome);
		if (isfinite(values[cost]))
			series[count++] = (struct store_series){
				store_find_metric(store, benchmark->name, metric.name), 0, 0,
				&values[cost], 1};
	}
	return count;
}

/* The counters of the hosts, and what the machines could not measure, as counters of the benchmark
 * that are not available. Caller frees; strings stay the outcome's. */
static struct store_counter *all_counters(
	const struct benchmark *benchmark, const struct outcome *outcome, size_t *count)
{
	struct store_counter *rows = NULL;
	size_t capacity = 0;

	*count = outcome->edges.row_count;
	array_reserve(&rows, &capacity, *count + 1);
	if (*count)
		memcpy(rows, outcome->edges.rows, *count * sizeof(*rows));
	for (size_t m = 0; m < outcome->sample_count; m++)
		for (size_t i = 0; i < outcome->samples[m].gap_count; i++) {
			const struct gap *gap = &outcome->samples[m].gaps[i];
			array_reserve(&rows, &capacity, *count + 1);
			rows[(*count)++] = (struct store_counter){.machine = (unsigned)m,
				.source = benchmark->name,
				.name = benchmark->metrics[gap->metric].name,
				.unit = benchmark->metrics[gap->metric].unit,
				.kind = "level",
				.at_start = NAN,
				.at_end = NAN,
				.note = gap->reason};
		}
	return rows;
}

int record_run(struct store *store, const struct record *record, size_t cell,
	const struct benchmark *benchmark, int64_t block_id, unsigned number, unsigned order,
	const struct outcome *outcome, struct error *e)
{
	struct store_series *series = NULL;
	size_t count = 0, capacity = 0;
	double costs[HOST_COSTS];
	bool failed = outcome->failed;

	for (size_t m = 0; !failed && m < outcome->sample_count; m++)
		for (size_t i = 0; i < outcome->samples[m].count; i++) {
			const struct series *from = &outcome->samples[m].series[i];
			int64_t metric_id = store_find_metric(
				store, benchmark->name, benchmark->metrics[from->metric].name);
			array_reserve(&series, &capacity, count + 1);
			series[count++] = (struct store_series){
				metric_id, (unsigned)m, from->x, from->values, from->count};
		}
	array_reserve(&series, &capacity, count + HOST_COSTS);
	if (!failed)
		count += add_host_costs(store, benchmark, outcome, series + count, costs);
	cleanup_free struct store_clock *clocks = clocks_of(&outcome->clocks);
	size_t counter_count;
	cleanup_free struct store_counter *counters =
		all_counters(benchmark, outcome, &counter_count);
	struct store_run row = {
		.cell_id = record->cell_ids[cell],
		.block_id = block_id,
		.number = number,
		.order = order,
		.failure = failed ? outcome->failure.text : NULL,
		.started_ns = outcome->started_ns,
		.ended_ns = outcome->ended_ns,
		.host_s = outcome->host_s,
		.guest_s = outcome->guest_s,
		.user_s = outcome->user_s,
		.system_s = outcome->system_s,
		.steal_s = outcome->steal_s,
		.max_rss_bytes = outcome->max_rss_bytes,
		.exit_status = outcome->exit_status,
		.clocks = clocks,
		.clock_count = outcome->clocks.count,
		.counters = counters,
		.counter_count = counter_count,
		.command = outcome->command,
		.output = outcome->output,
		.errors = outcome->errors,
		.output_bytes = outcome->output_bytes,
		.errors_bytes = outcome->errors_bytes,
		.series = series,
		.series_count = count,
	};
	int64_t id = store_add_run(store, &row, e);
	free(series);
	return id < 0 ? -1 : 0;
}

bool record_any_failure(struct store *store)
{
	return store_count_failures(store) > 0;
}
