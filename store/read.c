/* One campaign from the database into plain structs, in one read transaction, so that a report
 * made while the campaign runs sees one moment of it. */
#include "store/private.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* No output is larger than the agent's limit; a length beyond this is damage. */
static const int64_t output_limit_bytes = INT64_C(1) << 31;

/* The state of one reading. Rows come in the order of their ids, so an id is found by bisection. */
struct reading {
	struct store_data *data;
	size_t target_capacity, metric_capacity, cell_capacity, block_capacity, machine_capacity,
		run_capacity, clock_capacity, counter_capacity, reading_capacity, series_capacity,
		event_capacity, value_capacity;
	const char *damage; /* what is wrong with a row; NULL: nothing */
};

/* Every row struct that is referred to starts with its id. */
static size_t index_of(
	struct reading *reading, const void *rows, size_t count, size_t size, int64_t id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int64_t found;
		memcpy(&found, (const char *)rows + middle * size, sizeof(found));
		if (found == id)
			return middle;
		if (found < id)
			low = middle + 1;
		else
			high = middle;
	}
	reading->damage = "a row refers to one that is missing";
	return 0;
}

#define INDEX_OF(reading, kind, id) \
	index_of((reading), (reading)->data->kind##s, (reading)->data->kind##_count, \
		sizeof(*(reading)->data->kind##s), (id))

/* The zeroed element after the last one, already counted. */
#define APPEND(array, count, capacity) \
	({ \
		array_reserve(&(array), &(capacity), (count) + 1); \
		__typeof__(array) row_ = &(array)[(count)++]; \
		memset(row_, 0, sizeof(*row_)); \
		row_; \
	})

/* A text that every row has: the schema says so, but a file from elsewhere may have another one. */
static char *needed_text(struct query *query, struct reading *reading)
{
	char *text = query_column_text(query);

	if (text)
		return text;
	reading->damage = "a row lacks a value";
	return str_dup("");
}

/* A time in ns since 1970. None is before it, so that differences of any two are in range. */
static int64_t needed_time(struct query *query, struct reading *reading)
{
	int64_t ns = query_column_int(query);

	if (ns >= 0)
		return ns;
	reading->damage = "a time is before 1970";
	return 0;
}

static void read_campaign_row(struct query *query, struct reading *reading)
{
	struct store_data *data = reading->data;
	char *seed;

	data->campaign_id = needed_text(query, reading);
	data->name = needed_text(query, reading);
	data->yaml = needed_text(query, reading);
	data->yaml_digest = needed_text(query, reading);
	data->site_yaml = query_column_text(query);
	data->baseline = needed_text(query, reading);
	seed = query_column_text(query);
	data->seed = seed ? strtoull(seed, NULL, 10) : 0;
	free(seed);
	data->tare_version = needed_text(query, reading);
	data->image_digest = query_column_text(query);
	data->precision = query_column_real(query);
	data->started_ns = needed_time(query, reading);
}

static void read_target_row(struct query *query, struct reading *reading)
{
	struct data_target *target = APPEND(
		reading->data->targets, reading->data->target_count, reading->target_capacity);

	target->id = query_column_int(query);
	target->name = needed_text(query, reading);
	target->driver = needed_text(query, reading);
	target->summary = query_column_text(query);
	target->options_json = query_column_text(query);
	target->emulated = query_column_int(query) != 0;
}

static void read_metric_row(struct query *query, struct reading *reading)
{
	struct data_metric *metric = APPEND(
		reading->data->metrics, reading->data->metric_count, reading->metric_capacity);

	metric->id = query_column_int(query);
	metric->benchmark = needed_text(query, reading);
	metric->name = needed_text(query, reading);
	metric->unit = needed_text(query, reading);
	metric->better = needed_text(query, reading);
	metric->statistic = needed_text(query, reading);
	metric->scale = needed_text(query, reading);
	metric->x_name = query_column_text(query);
	metric->x_unit = query_column_text(query);
	metric->help = query_column_text(query);
	metric->kind = query_column_text(query);
	metric->rank = (unsigned)query_column_int_or(query, 0);
	metric->headline_at = query_column_text(query);
	metric->headline_unless = query_column_text(query);
}

static void read_cell_row(struct query *query, struct reading *reading)
{
	struct data_cell *cell =
		APPEND(reading->data->cells, reading->data->cell_count, reading->cell_capacity);

	cell->id = query_column_int(query);
	cell->target_index = INDEX_OF(reading, target, query_column_int(query));
	cell->placement = needed_text(query, reading);
	cell->benchmark = needed_text(query, reading);
	cell->parameters = needed_text(query, reading);
	cell->options_json = query_column_text(query);
	cell->skip_reason = query_column_text(query);
	cell->planned_blocks = (unsigned)query_column_int(query);
	cell->planned_runs = (unsigned)query_column_int(query);
}

static void read_block_row(struct query *query, struct reading *reading)
{
	struct data_block *block =
		APPEND(reading->data->blocks, reading->data->block_count, reading->block_capacity);

	block->id = query_column_int(query);
	block->placement = needed_text(query, reading);
	block->number = (unsigned)query_column_int(query);
	block->started_ns = needed_time(query, reading);
	block->ended_ns = needed_time(query, reading);
}

static void read_machine_row(struct query *query, struct reading *reading)
{
	struct data_machine *machine = APPEND(
		reading->data->machines, reading->data->machine_count, reading->machine_capacity);

	machine->id = query_column_int(query);
	machine->block_index = INDEX_OF(reading, block, query_column_int(query));
	machine->target_index = INDEX_OF(reading, target, query_column_int(query));
	machine->name = needed_text(query, reading);
	machine->host = query_column_text(query);
	machine->cpus = (unsigned)query_column_int(query);
	machine->memory_bytes = (uint64_t)query_column_int(query);
	machine->emulated = query_column_int(query) != 0;
	machine->start_s = query_column_real(query);
	machine->facts_json = query_column_text(query);
	machine->driver_json = query_column_text(query);
	machine->log = query_column_text(query);
	machine->failure = query_column_text(query);
}

static void read_run_row(struct query *query, struct reading *reading)
{
	struct data_run *run =
		APPEND(reading->data->runs, reading->data->run_count, reading->run_capacity);

	run->id = query_column_int(query);
	run->cell_index = INDEX_OF(reading, cell, query_column_int(query));
	run->block_index = INDEX_OF(reading, block, query_column_int(query));
	run->number = (unsigned)query_column_int(query);
	run->order = (unsigned)query_column_int(query);
	run->failure = query_column_text(query);
	run->started_ns = needed_time(query, reading);
	run->ended_ns = needed_time(query, reading);
	run->host_s = query_column_real(query);
	run->guest_s = query_column_real(query);
	run->user_s = query_column_real(query);
	run->system_s = query_column_real(query);
	run->steal_s = query_column_real(query);
	run->max_rss_bytes = query_column_int_or(query, -1);
	run->exit_status = (int)query_column_int_or(query, -1);
	run->command = query_column_text(query);
}

static void read_clock_row(struct query *query, struct reading *reading)
{
	struct data_clock *clock =
		APPEND(reading->data->clocks, reading->data->clock_count, reading->clock_capacity);

	clock->run_index = INDEX_OF(reading, run, query_column_int(query));
	clock->machine = (unsigned)query_column_int(query);
	clock->offset_before_s = query_column_real(query);
	clock->offset_after_s = query_column_real(query);
	clock->error_s = query_column_real(query);
}

static void read_counter_row(struct query *query, struct reading *reading)
{
	struct store_data *data = reading->data;
	struct data_counter *counter =
		APPEND(data->counters, data->counter_count, reading->counter_capacity);

	counter->id = query_column_int(query);
	counter->source = needed_text(query, reading);
	counter->name = needed_text(query, reading);
	counter->unit = needed_text(query, reading);
	counter->kind = needed_text(query, reading);
}

static void read_reading_row(struct query *query, struct reading *reading)
{
	struct store_data *data = reading->data;
	struct data_reading *row =
		APPEND(data->readings, data->reading_count, reading->reading_capacity);

	row->run_index = INDEX_OF(reading, run, query_column_int(query));
	row->machine = (unsigned)query_column_int(query);
	row->counter_index = INDEX_OF(reading, counter, query_column_int(query));
	row->at_start = query_column_real(query);
	row->at_end = query_column_real(query);
	row->note = query_column_text(query);
}

static void read_series_row(struct query *query, struct reading *reading)
{
	struct store_data *data = reading->data;
	struct data_series *series =
		APPEND(data->series, data->series_count, reading->series_capacity);
	size_t bytes;
	const unsigned char *packed;

	series->run_index = INDEX_OF(reading, run, query_column_int(query));
	series->metric_index = INDEX_OF(reading, metric, query_column_int(query));
	series->machine = (unsigned)query_column_int(query);
	series->x = query_column_real(query);
	packed = query_column_blob(query, &bytes);
	series->count = bytes / sizeof(double);
	/* One more: an empty series has a place, too. */
	array_reserve(
		&data->values, &reading->value_capacity, data->value_count + series->count + 1);
	double *values = data->values + data->value_count;
	for (size_t i = 0; i < series->count; i++) {
		uint64_t word;
		memcpy(&word, packed + i * sizeof(word), sizeof(word));
		word = le64toh(word);
		memcpy(&values[i], &word, sizeof(word));
	}
	data->value_count += series->count;
}

static void read_event_row(struct query *query, struct reading *reading)
{
	struct data_event *event =
		APPEND(reading->data->events, reading->data->event_count, reading->event_capacity);

	event->time_ns = needed_time(query, reading);
	event->kind = needed_text(query, reading);
	event->text = needed_text(query, reading);
}

/* The values' array may have moved while it grew. */
static void point_at_values(struct store_data *data)
{
	size_t offset = 0;

	for (size_t i = 0; i < data->series_count; i++) {
		data->series[i].values = data->values + offset;
		offset += data->series[i].count;
	}
}

/* In this order: rows refer to earlier kinds only. */
static const struct {
	enum statement which;
	void (*row)(struct query *query, struct reading *reading);
	int since, until; /* schema versions that it is for */
} tables[] = {
	{SQL_READ_CAMPAIGN, read_campaign_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_TARGETS, read_target_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_METRICS_1, read_metric_row, 1, 2},
	{SQL_READ_METRICS, read_metric_row, 3, STORE_SCHEMA_VERSION},
	{SQL_READ_CELLS, read_cell_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_BLOCKS, read_block_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_MACHINES, read_machine_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_RUNS, read_run_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_CLOCKS_1, read_clock_row, 1, 1},
	{SQL_READ_CLOCKS_2, read_clock_row, 2, 2},
	{SQL_READ_CLOCKS, read_clock_row, 3, STORE_SCHEMA_VERSION},
	{SQL_READ_COUNTERS, read_counter_row, 4, STORE_SCHEMA_VERSION},
	{SQL_READ_READINGS, read_reading_row, 4, STORE_SCHEMA_VERSION},
	{SQL_READ_SERIES, read_series_row, 1, STORE_SCHEMA_VERSION},
	{SQL_READ_EVENTS, read_event_row, 1, STORE_SCHEMA_VERSION},
};

static int read_tables(struct store *store, struct reading *reading, struct error *e)
{
	for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
		if (tables[i].since > store->version || tables[i].until < store->version)
			continue;
		struct query query = query_begin(store, tables[i].which);
		int code;

		while ((code = query_step(&query)) == SQLITE_ROW)
			tables[i].row(&query, reading);
		if (code != SQLITE_DONE) {
			store_fail(store, "read the campaign", e);
			query_end(&query);
			return -1;
		}
		query_end(&query);
	}
	if (!reading->data->campaign_id)
		return error_set(e, "%s holds no campaign yet", store->path);
	if (reading->damage)
		return error_set(e, "%s is damaged: %s", store->path, reading->damage);
	return 0;
}

int store_read(struct store *store, struct store_data **out, struct error *e)
{
	STORE_LOCK(store);
	struct reading reading = {.data = mem_new(1, sizeof(*reading.data))};
	int result = 0;

	reading.data->schema_version = store->version;
	if (query_execute(store, SQL_BEGIN_READ) < 0)
		result = store_fail(store, "read the campaign", e);
	else
		result = read_tables(store, &reading, e);
	query_execute(store, SQL_COMMIT);
	if (result < 0) {
		store_data_free(reading.data);
		return -1;
	}
	point_at_values(reading.data);
	*out = reading.data;
	return 0;
}

/* Frees the strings of one row. */
static void free_all(char *const *strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(strings[i]);
}

#define FREE_ALL(...) \
	do { \
		char *const strings_[] = {__VA_ARGS__}; \
		free_all(strings_, ARRAY_COUNT(strings_)); \
	} while (0)

static void free_plan(struct store_data *data)
{
	for (struct data_target *t = data->targets; t && t < data->targets + data->target_count;
		t++)
		FREE_ALL(t->name, t->driver, t->summary, t->options_json);
	for (struct data_metric *m = data->metrics; m && m < data->metrics + data->metric_count;
		m++)
		FREE_ALL(m->benchmark, m->name, m->unit, m->better, m->statistic, m->scale,
			m->x_name, m->x_unit, m->help, m->kind, m->headline_at, m->headline_unless);
	for (struct data_cell *c = data->cells; c && c < data->cells + data->cell_count; c++)
		FREE_ALL(
			c->placement, c->benchmark, c->parameters, c->options_json, c->skip_reason);
	for (struct data_block *b = data->blocks; b && b < data->blocks + data->block_count; b++)
		FREE_ALL(b->placement);
}

bool store_is_imported(const struct store_data *data)
{
	return strncmp(data->yaml_digest, STORE_IMPORTED_DIGEST, strlen(STORE_IMPORTED_DIGEST)) ==
	       0;
}

void store_data_free(struct store_data *data)
{
	if (!data)
		return;
	free_plan(data);
	for (struct data_machine *m = data->machines; m && m < data->machines + data->machine_count;
		m++)
		FREE_ALL(m->name, m->host, m->facts_json, m->driver_json, m->log, m->failure);
	for (struct data_run *r = data->runs; r && r < data->runs + data->run_count; r++)
		FREE_ALL(r->failure, r->command);
	for (struct data_counter *c = data->counters; c && c < data->counters + data->counter_count;
		c++)
		FREE_ALL(c->source, c->name, c->unit, c->kind);
	for (struct data_reading *r = data->readings; r && r < data->readings + data->reading_count;
		r++)
		FREE_ALL(r->note);
	for (struct data_event *v = data->events; v && v < data->events + data->event_count; v++)
		FREE_ALL(v->kind, v->text);
	FREE_ALL(data->campaign_id, data->name, data->yaml, data->yaml_digest, data->site_yaml,
		data->baseline, data->tare_version, data->image_digest);
	free(data->targets);
	free(data->metrics);
	free(data->cells);
	free(data->blocks);
	free(data->machines);
	free(data->runs);
	free(data->series);
	free(data->clocks);
	free(data->counters);
	free(data->readings);
	free(data->events);
	free(data->values);
	free(data);
}

static int unpack(struct store *store, const void *packed, size_t packed_count, int64_t raw_bytes,
	char **bytes, size_t *count, struct error *e)
{
	cleanup_free char *raw = NULL;

	uLongf raw_count = (uLongf)raw_bytes;

	if (raw_bytes < 0 || raw_bytes > output_limit_bytes)
		return error_set(
			e, "%s is damaged: an output of %" PRId64 " bytes", store->path, raw_bytes);
	raw = mem_new((size_t)raw_bytes + 1, 1);
	if (uncompress((Bytef *)raw, &raw_count, packed, packed_count) != Z_OK ||
		raw_count != (uLongf)raw_bytes)
		return error_set(e, "%s is damaged: an output does not decompress", store->path);
	*count = raw_count;
	*bytes = take_ptr(raw);
	return 0;
}

static void bind_output(struct query *query, int64_t run_id, bool errors)
{
	query_bind_int(query, run_id);
	query_bind_text(query, errors ? "errors" : "output");
}

int64_t store_output_bytes(struct store *store, int64_t run_id, bool errors, struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_OUTPUT_BYTES);
	int64_t bytes = 0;

	bind_output(&query, run_id, errors);
	int code = query_step(&query);
	if (code == SQLITE_ROW)
		bytes = query_column_int(&query);
	else if (code != SQLITE_DONE)
		bytes = store_fail(store, "read the size of a run's output", e);
	query_end(&query);
	return bytes;
}

int store_read_output(struct store *store, int64_t run_id, bool errors, char **bytes, size_t *count,
	struct error *e)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_READ_OUTPUT);
	int result;

	bind_output(&query, run_id, errors);
	switch (query_step(&query)) {
	case SQLITE_ROW: {
		int64_t raw_bytes = query_column_int(&query);
		size_t packed_count;
		const void *packed = query_column_blob(&query, &packed_count);
		result = unpack(store, packed, packed_count, raw_bytes, bytes, count, e);
		break;
	}
	case SQLITE_DONE:
		*bytes = mem_new(1, 1);
		*count = 0;
		result = 0;
		break;
	default:
		result = store_fail(store, "read the output of a run", e);
	}
	query_end(&query);
	return result;
}
