/* Recording a campaign. Every function is one durable transaction, or a part of the
 * batch that the caller began. */
#include "store/private.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

static int64_t insert(struct query *query, const char *doing, struct error *e)
{
	if (query_run(query) < 0)
		return store_fail(query->store, doing, e);
	return sqlite3_last_insert_rowid(query->store->db);
}

int64_t store_add_campaign(
	struct store *store, const struct store_campaign *campaign, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_ADD_CAMPAIGN);
	char seed[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, campaign->seed);
	query_bind_text(&query, campaign->id);
	query_bind_text(&query, campaign->name);
	query_bind_text(&query, campaign->yaml);
	query_bind_text(&query, campaign->yaml_digest);
	query_bind_text(&query, campaign->site_yaml);
	query_bind_text(&query, campaign->baseline);
	query_bind_text(&query, seed);
	query_bind_text(&query, campaign->tare_version);
	query_bind_text(&query, campaign->image_digest);
	query_bind_real(&query, campaign->precision);
	query_bind_int(&query, campaign->started_ns);
	return insert(&query, "record the campaign", e);
}

int64_t store_add_target(struct store *store, const struct store_target *target, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_ADD_TARGET);

	query_bind_text(&query, target->name);
	query_bind_text(&query, target->driver);
	query_bind_text(&query, target->summary);
	query_bind_text(&query, target->options_json);
	return insert(&query, "record a target", e);
}

int64_t store_add_metric(struct store *store, const struct store_metric *metric, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_ADD_METRIC);

	query_bind_text(&query, metric->benchmark);
	query_bind_text(&query, metric->name);
	query_bind_text(&query, metric->unit);
	query_bind_text(&query, metric->better);
	query_bind_text(&query, metric->statistic);
	query_bind_text(&query, metric->scale);
	query_bind_text(&query, metric->x_name);
	query_bind_text(&query, metric->x_unit);
	query_bind_text(&query, metric->help);
	query_bind_text(&query, metric->kind);
	query_bind_int_or_null(&query, metric->rank, 0);
	query_bind_text(&query, metric->headline_at);
	query_bind_text(&query, metric->headline_unless);
	return insert(&query, "record a metric", e);
}

int64_t store_add_cell(struct store *store, const struct store_cell *cell, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_ADD_CELL);

	query_bind_int(&query, cell->target_id);
	query_bind_text(&query, cell->placement);
	query_bind_text(&query, cell->benchmark);
	query_bind_text(&query, cell->parameters);
	query_bind_text(&query, cell->options_json);
	query_bind_text(&query, cell->skip_reason);
	query_bind_int(&query, cell->planned_blocks);
	query_bind_int(&query, cell->planned_runs);
	return insert(&query, "record a cell", e);
}

int64_t store_add_block(struct store *store, const char *placement, unsigned number,
	int64_t started_ns, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_ADD_BLOCK);

	query_bind_text(&query, placement);
	query_bind_int(&query, number);
	query_bind_int(&query, started_ns);
	return insert(&query, "record a block", e);
}

int store_end_block(struct store *store, int64_t block_id, int64_t ended_ns, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_END_BLOCK);

	query_bind_int(&query, block_id);
	query_bind_int(&query, ended_ns);
	if (query_run(&query) < 0)
		return store_fail(store, "record the end of a block", e);
	if (sqlite3_changes(store->db) != 1)
		return error_set(e, "there is no block %" PRId64 " in %s", block_id, store->path);
	return 0;
}

int store_end_done_block(struct store *store, int64_t block_id, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_END_DONE_BLOCK);

	query_bind_int(&query, block_id);
	return query_run(&query) < 0 ? store_fail(store, "record the end of a block", e) : 0;
}

/* Begins a group of rows of which all are stored or none. */
static int rows_begin(struct store *store, const char *doing, struct error *e)
{
	if (query_execute(store, store->batch ? SQL_BEGIN_PART : SQL_BEGIN) < 0)
		return store_fail(store, doing, e);
	return 0;
}

/* Makes them durable, or removes them if the status is negative. Returns the status. */
static int rows_end(struct store *store, int status, const char *doing, struct error *e)
{
	if (status >= 0 && query_execute(store, store->batch ? SQL_COMMIT_PART : SQL_COMMIT) < 0)
		status = store_fail(store, doing, e);
	/* Some errors roll back by themselves; a second rollback is harmless. */
	if (status < 0)
		query_execute(store, store->batch ? SQL_ROLLBACK_PART : SQL_ROLLBACK);
	return status;
}

static int64_t insert_machine(
	struct store *store, const struct store_machine *machine, struct error *e)
{
	struct query query = query_begin(store, SQL_ADD_MACHINE);

	query_bind_int(&query, machine->block_id);
	query_bind_int(&query, machine->target_id);
	query_bind_text(&query, machine->name);
	query_bind_text(&query, machine->host);
	query_bind_int(&query, machine->cpus);
	query_bind_int(&query, (int64_t)machine->memory_bytes);
	query_bind_int(&query, machine->emulated);
	query_bind_real(&query, machine->start_s);
	query_bind_text(&query, machine->facts_json);
	query_bind_text(&query, machine->driver_json);
	query_bind_text(&query, machine->log);
	query_bind_text(&query, machine->failure);
	return insert(&query, "record a machine", e);
}

int store_add_machines(
	struct store *store, const struct store_machine *machines, size_t count, struct error *e)
{
	STORE_LOCK(store);
	int status = rows_begin(store, "record machines", e);

	if (status < 0)
		return -1;
	for (size_t i = 0; status == 0 && i < count; i++)
		status = insert_machine(store, &machines[i], e) < 0 ? -1 : 0;
	return rows_end(store, status, "make machines durable", e);
}

static int64_t insert_run(struct store *store, const struct store_run *run, struct error *e)
{
	struct query query = query_begin(store, SQL_ADD_RUN);

	query_bind_int(&query, run->cell_id);
	query_bind_int(&query, run->block_id);
	query_bind_int(&query, run->number);
	query_bind_int(&query, run->order);
	query_bind_text(&query, run->failure);
	query_bind_int(&query, run->started_ns);
	query_bind_int(&query, run->ended_ns);
	query_bind_real(&query, run->host_s);
	query_bind_real(&query, run->guest_s);
	query_bind_real(&query, run->user_s);
	query_bind_real(&query, run->system_s);
	query_bind_real(&query, run->steal_s);
	query_bind_int_or_null(&query, run->max_rss_bytes, -1);
	query_bind_int_or_null(&query, run->exit_status, -1);
	query_bind_text(&query, run->command);
	return insert(&query, "record a run", e);
}

static int insert_output(struct store *store, int64_t run_id, const char *stream, const char *bytes,
	size_t count, struct error *e)
{
	uLongf packed_count = compressBound(count);
	cleanup_free Bytef *packed = mem_new(packed_count, 1);
	struct query query;

	if (compress(packed, &packed_count, (const Bytef *)bytes, count) != Z_OK)
		return error_set(e, "cannot compress the output of a run (%zu bytes)", count);
	query = query_begin(store, SQL_ADD_OUTPUT);
	query_bind_int(&query, run_id);
	query_bind_text(&query, stream);
	query_bind_int(&query, (int64_t)count);
	query_bind_blob(&query, packed, packed_count);
	return insert(&query, "record the output of a run", e) < 0 ? -1 : 0;
}

static int insert_series(
	struct store *store, int64_t run_id, const struct store_series *series, struct error *e)
{
	cleanup_free uint64_t *packed = mem_new(series->count + 1, sizeof(*packed));
	struct query query;

	for (size_t i = 0; i < series->count; i++) {
		if (!isfinite(series->values[i]))
			return error_set(e, "value %zu of metric %" PRId64 " is not finite", i,
				series->metric_id);
		memcpy(&packed[i], &series->values[i], sizeof(packed[i]));
		packed[i] = htole64(packed[i]);
	}
	query = query_begin(store, SQL_ADD_SERIES);
	query_bind_int(&query, run_id);
	query_bind_int(&query, series->metric_id);
	query_bind_int(&query, series->machine);
	query_bind_real(&query, series->x);
	query_bind_blob(&query, packed, series->count * sizeof(*packed));
	return insert(&query, "record the samples of a run", e) < 0 ? -1 : 0;
}

static int insert_clock(
	struct store *store, int64_t run_id, const struct store_clock *clock, struct error *e)
{
	struct query query = query_begin(store, SQL_ADD_CLOCK);

	query_bind_int(&query, run_id);
	query_bind_int(&query, clock->machine);
	query_bind_real(&query, clock->offset_before_s);
	query_bind_real(&query, clock->offset_after_s);
	query_bind_real(&query, clock->error_s);
	return insert(&query, "record a clock of a run", e) < 0 ? -1 : 0;
}

static int insert_counter(
	struct store *store, int64_t run_id, const struct store_counter *counter, struct error *e)
{
	struct query query = query_begin(store, SQL_ADD_COUNTER);

	query_bind_text(&query, counter->source);
	query_bind_text(&query, counter->name);
	query_bind_text(&query, counter->unit);
	query_bind_text(&query, counter->kind);
	if (insert(&query, "record a counter", e) < 0)
		return -1;
	query = query_begin(store, SQL_ADD_READING);
	query_bind_int(&query, run_id);
	query_bind_int(&query, counter->machine);
	query_bind_real(&query, counter->at_start);
	query_bind_real(&query, counter->at_end);
	query_bind_text(&query, counter->note);
	query_bind_text(&query, counter->source);
	query_bind_text(&query, counter->name);
	return insert(&query, "record a counter of a run", e) < 0 ? -1 : 0;
}

static int64_t insert_run_whole(struct store *store, const struct store_run *run, struct error *e)
{
	int64_t run_id = insert_run(store, run, e);

	if (run_id < 0)
		return -1;
	if (run->output && run->output_bytes &&
		insert_output(store, run_id, "output", run->output, run->output_bytes, e) < 0)
		return -1;
	if (run->errors && run->errors_bytes &&
		insert_output(store, run_id, "errors", run->errors, run->errors_bytes, e) < 0)
		return -1;
	for (size_t i = 0; i < run->clock_count; i++)
		if (insert_clock(store, run_id, &run->clocks[i], e) < 0)
			return -1;
	for (size_t i = 0; i < run->counter_count; i++)
		if (insert_counter(store, run_id, &run->counters[i], e) < 0)
			return -1;
	for (size_t i = 0; i < run->series_count; i++)
		if (insert_series(store, run_id, &run->series[i], e) < 0)
			return -1;
	return run_id;
}

int64_t store_add_run(struct store *store, const struct store_run *run, struct error *e)
{
	STORE_LOCK(store);
	int64_t run_id;

	if (run->failure && run->series_count)
		return error_set(e, "a failed run has no samples");
	if (rows_begin(store, "record a run", e) < 0)
		return -1;
	run_id = insert_run_whole(store, run, e);
	if (rows_end(store, run_id < 0 ? -1 : 0, "make a run durable", e) < 0)
		return -1;
	return run_id;
}

int store_begin_batch(struct store *store, struct error *e)
{
	STORE_LOCK(store);

	if (store->batch)
		return error_set(e, "a batch is open in %s already", store->path);
	if (query_execute(store, SQL_BEGIN) < 0)
		return store_fail(store, "begin a batch", e);
	store->batch = true;
	return 0;
}

int store_end_batch(struct store *store, bool keep, struct error *e)
{
	STORE_LOCK(store);
	int status = 0;

	if (!store->batch)
		return error_set(e, "no batch is open in %s", store->path);
	store->batch = false;
	if (keep && query_execute(store, SQL_COMMIT) < 0)
		status = store_fail(store, "make a batch durable", e);
	if (!keep || status < 0)
		query_execute(store, SQL_ROLLBACK);
	return status;
}

static int insert_event(struct store *store, const char *kind, const char *text, struct error *e)
{
	struct query query = query_begin(store, SQL_ADD_EVENT);

	query_bind_int(&query, clock_realtime_ns());
	query_bind_text(&query, kind);
	query_bind_text(&query, text ? text : "");
	return insert(&query, "record an event", e) < 0 ? -1 : 0;
}

int store_add_event(struct store *store, const char *kind, const char *text, struct error *e)
{
	STORE_LOCK(store);

	return insert_event(store, kind, text, e);
}

int store_add_events(struct store *store, const char *kind, const char *const *texts, size_t count,
	struct error *e)
{
	STORE_LOCK(store);
	int status = rows_begin(store, "record events", e);

	if (status < 0)
		return -1;
	for (size_t i = 0; status == 0 && i < count; i++)
		status = insert_event(store, kind, texts[i], e);
	return rows_end(store, status, "make events durable", e);
}
