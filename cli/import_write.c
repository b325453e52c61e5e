/* Making a store of imported rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "cli/import.h"
#include "store/store.h"

/* In the order of the store: cell, block, run, metric, x, line. Of the keys of a cell, a run and a
 * series the first CELL_KEYS, RUN_KEYS and all are compared. */
enum { CELL_KEYS = 4, BLOCK_KEYS = 5, RUN_KEYS = 6, SERIES_KEYS = 8 };

static int compare_keys(const struct import_row *a, const struct import_row *b, int keys)
{
	static const enum import_column texts[] = {
		IMPORT_TARGET, IMPORT_BENCHMARK, IMPORT_PLACEMENT, IMPORT_PARAMETERS};
	int order = 0;

	for (size_t i = 0; !order && i < ARRAY_COUNT(texts); i++)
		order = strcmp(a->text[texts[i]], b->text[texts[i]]);
	if (!order && keys >= BLOCK_KEYS)
		order = (a->block > b->block) - (a->block < b->block);
	if (!order && keys >= RUN_KEYS)
		order = (a->run > b->run) - (a->run < b->run);
	if (!order && keys >= SERIES_KEYS)
		order = strcmp(a->text[IMPORT_METRIC], b->text[IMPORT_METRIC]);
	if (!order && keys >= SERIES_KEYS)
		order = (a->x > b->x) - (a->x < b->x);
	return order;
}

static int order_rows(const void *left, const void *right)
{
	const struct import_row *a = *(struct import_row *const *)left;
	const struct import_row *b = *(struct import_row *const *)right;
	int order = compare_keys(a, b, SERIES_KEYS);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* How many rows from first on have the same keys as it. */
static size_t same_rows(const struct import_row *const *rows, size_t first, size_t count, int keys)
{
	size_t end = first + 1;

	while (end < count && compare_keys(rows[first], rows[end], keys) == 0)
		end++;
	return end - first;
}

/* The campaign's id: of the same rows always the same, so that one file is one campaign. What is
 * unknown of emulation does not count: files without that column keep their ids. */
static uint64_t fingerprint(const struct import *import)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < import->count; i++)
		for (int k = 0; k < IMPORT_COLUMNS; k++) {
			const char *p = import->rows[i].text[k];
			if (k == IMPORT_EMULATED && !*p)
				continue;
			do
				hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
			while (*p++);
		}
	return hash;
}

static int write_campaign(struct store *store, const struct import *import,
	const struct import_options *options, struct error *e)
{
	char id[9], digest[32];
	uint64_t hash = fingerprint(import);

	snprintf(id, sizeof(id), "%08x", (unsigned)(hash ^ hash >> 32));
	snprintf(digest, sizeof(digest), STORE_IMPORTED_DIGEST "%016llx", (unsigned long long)hash);
	const struct store_campaign row = {
		.id = id,
		.name = options->name,
		.yaml = "",
		.yaml_digest = digest,
		.baseline =
			options->baseline ? options->baseline : import->rows[0].text[IMPORT_TARGET],
		.tare_version = TARE_VERSION,
		.started_ns = options->started_ns,
	};
	return store_add_campaign(store, &row, e) < 0 ? -1 : 0;
}

static int64_t target_id(struct store *store, const struct import_row *row, struct error *e)
{
	int64_t id = store_find_target(store, row->text[IMPORT_TARGET]);
	const struct store_target target = {
		row->text[IMPORT_TARGET], "imported", "imported, not measured by tare", "{}"};

	return id > 0 ? id : store_add_target(store, &target, e);
}

static int64_t metric_id(struct store *store, const struct import_row *row, struct error *e)
{
	const struct store_metric metric = {
		.benchmark = row->text[IMPORT_BENCHMARK],
		.name = row->text[IMPORT_METRIC],
		.unit = row->text[IMPORT_UNIT],
		.better = row->text[IMPORT_BETTER],
		.statistic = row->text[IMPORT_STATISTIC],
		.scale = row->text[IMPORT_SCALE],
		.x_name = row->text[IMPORT_X][0] ? "x" : NULL,
	};
	int64_t id = store_find_metric(store, metric.benchmark, metric.name);

	return id > 0 ? id : store_add_metric(store, &metric, e);
}

static int64_t block_id(struct store *store, const struct import_row *row,
	const struct import_options *options, struct error *e)
{
	const char *placement = row->text[IMPORT_PLACEMENT];
	int64_t id = store_find_block(store, placement, row->block);

	if (id > 0)
		return id;
	id = store_add_block(store, placement, row->block, options->started_ns, e);
	return id < 0 || store_end_block(store, id, options->started_ns, e) < 0 ? -1 : id;
}

/* One run: its rows are neighbours, those of one series in the file's order. */
static int write_run(struct store *store, int64_t cell, unsigned order,
	const struct import_row *const *rows, size_t count, const struct import_options *options,
	struct error *e)
{
	cleanup_free double *values = mem_new(count, sizeof(*values));
	cleanup_free struct store_series *series = mem_new(count, sizeof(*series));
	struct store_run run = {
		.cell_id = cell,
		.block_id = block_id(store, rows[0], options, e),
		.number = rows[0]->run,
		.order = order,
		.started_ns = options->started_ns,
		.ended_ns = options->started_ns,
		.host_s = NAN,
		.guest_s = NAN,
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.max_rss_bytes = -1,
		.exit_status = -1,
		.command = "imported",
		.series = series,
	};

	if (run.block_id < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		values[i] = rows[i]->value;
	for (size_t i = 0, n; i < count; i += n) {
		n = same_rows(rows, i, count, SERIES_KEYS);
		series[run.series_count] =
			(struct store_series){.metric_id = metric_id(store, rows[i], e),
				.x = rows[i]->x,
				.values = values + i,
				.count = n};
		if (series[run.series_count++].metric_id < 0)
			return -1;
	}
	return store_add_run(store, &run, e) < 0 ? -1 : 0;
}

/* Blocks and runs that a file does not have count as not planned: that is unknown. */
static int64_t add_cell(
	struct store *store, const struct import_row *const *rows, size_t count, struct error *e)
{
	struct store_cell cell = {
		.target_id = target_id(store, rows[0], e),
		.placement = rows[0]->text[IMPORT_PLACEMENT],
		.benchmark = rows[0]->text[IMPORT_BENCHMARK],
		.parameters = rows[0]->text[IMPORT_PARAMETERS],
		.planned_runs = 1,
	};

	for (size_t i = 0; i < count; i += same_rows(rows, i, count, BLOCK_KEYS))
		cell.planned_blocks++;
	return cell.target_id < 0 ? -1 : store_add_cell(store, &cell, e);
}

static int compare_machines(const struct import_row *a, const struct import_row *b)
{
	int order = strcmp(a->text[IMPORT_TARGET], b->text[IMPORT_TARGET]);

	if (!order)
		order = strcmp(a->text[IMPORT_PLACEMENT], b->text[IMPORT_PLACEMENT]);
	return order ? order : (a->block > b->block) - (a->block < b->block);
}

static int order_machines(const void *left, const void *right)
{
	return compare_machines(
		*(struct import_row *const *)left, *(struct import_row *const *)right);
}

/* A machine of every target in every block, of which nothing but its emulation is known. Where that
 * is unknown, too, there is none. */
static int write_machines(
	struct store *store, const struct import_row **rows, size_t count, struct error *e)
{
	int status = 0;

	qsort(rows, count, sizeof(struct import_row *), order_machines);
	for (size_t i = 0; status == 0 && i < count; i++) {
		const struct import_row *row = rows[i];
		if (!row->text[IMPORT_EMULATED][0] ||
			(i > 0 && compare_machines(rows[i - 1], row) == 0))
			continue;
		const struct store_machine machine = {
			.block_id =
				store_find_block(store, row->text[IMPORT_PLACEMENT], row->block),
			.target_id = store_find_target(store, row->text[IMPORT_TARGET]),
			.name = row->text[IMPORT_TARGET],
			.host = "unknown",
			.emulated = strcmp(row->text[IMPORT_EMULATED], "yes") == 0,
			.start_s = NAN,
		};
		status = store_add_machines(store, &machine, 1, e);
	}
	return status;
}

static int write_all(struct store *store, const struct import *import,
	const struct import_options *options, struct error *e)
{
	cleanup_free const struct import_row **rows = mem_new(import->count + 1, sizeof(*rows));
	unsigned order = 0;
	cleanup_free char *event = str_printf("%zu values from %s", import->count, options->path);

	if (write_campaign(store, import, options, e) < 0)
		return -1;
	/* Targets in the file's order: the first is the baseline. */
	for (size_t i = 0; i < import->count; i++) {
		rows[i] = &import->rows[i];
		if (target_id(store, rows[i], e) < 0)
			return -1;
	}
	qsort(rows, import->count, sizeof(struct import_row *), order_rows);
	for (size_t i = 0, cell_rows; i < import->count; i += cell_rows) {
		cell_rows = same_rows(rows, i, import->count, CELL_KEYS);
		int64_t cell = add_cell(store, rows + i, cell_rows, e);
		if (cell < 0)
			return -1;
		for (size_t k = i, n; k < i + cell_rows; k += n) {
			n = same_rows(rows, k, i + cell_rows, RUN_KEYS);
			if (write_run(store, cell, order++, rows + k, n, options, e) < 0)
				return -1;
		}
	}
	if (write_machines(store, rows, import->count, e) < 0)
		return -1;
	return store_add_event(store, "imported", event, e);
}

int import_write(const struct import *import, const struct import_options *options, const char *dir,
	struct error *e)
{
	static const char *const files[] = {
		"campaign.sqlite", "campaign.sqlite-wal", "campaign.sqlite-shm", "lock"};
	struct store *store;

	if (store_create(dir, &store, e) < 0)
		return -1;
	int status = store_begin_batch(store, e);
	if (status == 0) {
		struct error ignored;
		status = write_all(store, import, options, e);
		if (store_end_batch(store, status == 0, status == 0 ? e : &ignored) < 0)
			status = -1;
	}
	store_close(store);
	for (size_t i = 0; status < 0 && i < ARRAY_COUNT(files); i++) {
		cleanup_free char *path = str_printf("%s/%s", dir, files[i]);
		unlink(path);
	}
	return status;
}
