/* Every SQL statement of the store by name, prepared at first use and kept, and the typed
 * binding and reading of columns. Knows nothing of what the columns mean. */
#include "store/private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"

static const char *const sql[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_BEGIN_PART] = "SAVEPOINT part",
	[SQL_COMMIT_PART] = "RELEASE part",
	[SQL_ROLLBACK_PART] = "ROLLBACK TO part",
	[SQL_ADD_CAMPAIGN] = "INSERT INTO campaign (id, campaign_id, name, yaml, yaml_digest,"
			     " site_yaml, baseline, seed, tare_version, image_digest, precision,"
			     " started_ns) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ADD_TARGET] = "INSERT INTO target (name, driver, summary, options_json)"
			   " VALUES (?, ?, ?, ?)",
	[SQL_ADD_METRIC] = "INSERT INTO metric (benchmark, name, unit, better, statistic, scale,"
			   " x_name, x_unit, help, kind, rank, headline_at, headline_unless)"
			   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ADD_CELL] = "INSERT INTO cell (target_id, placement, benchmark, parameters,"
			 " options_json, skip_reason, planned_blocks, planned_runs)"
			 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ADD_BLOCK] = "INSERT INTO block (placement, number, started_ns) VALUES (?, ?, ?)",
	[SQL_END_BLOCK] = "UPDATE block SET ended_ns = ?2 WHERE id = ?1",
	[SQL_END_DONE_BLOCK] = "UPDATE block SET ended_ns = (SELECT max(ended_ns) FROM run"
			       " WHERE block_id = ?1) WHERE id = ?1 AND ended_ns IS NULL",
	[SQL_ADD_MACHINE] = "INSERT INTO machine (block_id, target_id, name, host, cpus,"
			    " memory_bytes, emulated, start_s, facts_json, driver_json, log,"
			    " failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ADD_RUN] = "INSERT INTO run (cell_id, block_id, number, order_number, failure,"
			" started_ns, ended_ns, host_s, guest_s, user_s, system_s, steal_s,"
			" max_rss_bytes, exit_status, command)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_ADD_CLOCK] = "INSERT INTO clock (run_id, machine, offset_before_s, offset_after_s,"
			  " error_s) VALUES (?, ?, ?, ?, ?)",
	[SQL_ADD_COUNTER] = "INSERT INTO counter (source, name, unit, kind) VALUES (?, ?, ?, ?)"
			    " ON CONFLICT DO NOTHING",
	[SQL_ADD_READING] = "INSERT INTO counter_reading (run_id, machine, at_start, at_end, note,"
			    " counter_id) VALUES (?, ?, ?, ?, ?,"
			    " (SELECT id FROM counter WHERE source = ? AND name = ?))",
	[SQL_ADD_OUTPUT] = "INSERT INTO output (run_id, stream, raw_bytes, bytes)"
			   " VALUES (?, ?, ?, ?)",
	[SQL_ADD_SERIES] = "INSERT INTO series (run_id, metric_id, machine, x, samples)"
			   " VALUES (?, ?, ?, ?, ?)",
	[SQL_ADD_EVENT] = "INSERT INTO event (time_ns, kind, text) VALUES (?, ?, ?)",
	[SQL_HAS_RUN] = "SELECT 1 FROM run JOIN block ON block.id = run.block_id"
			" WHERE run.cell_id = ? AND block.number = ? AND run.number = ?",
	[SQL_FIND_TARGET] = "SELECT id FROM target WHERE name = ?",
	[SQL_FIND_METRIC] = "SELECT id FROM metric WHERE benchmark = ? AND name = ?",
	[SQL_FIND_CELL] = "SELECT id FROM cell WHERE target_id = ? AND placement = ?"
			  " AND benchmark = ? AND parameters = ?",
	[SQL_FIND_BLOCK] = "SELECT id FROM block WHERE placement = ? AND number = ?",
	[SQL_NEXT_ORDER] = "SELECT coalesce(max(order_number) + 1, 0) FROM run",
	[SQL_COUNT_FAILURES] = "SELECT count(*) FROM run WHERE failure IS NOT NULL",
	[SQL_EXPECTED_RUN] = "SELECT avg((run.ended_ns - run.started_ns) / 1e9) FROM run"
			     " JOIN cell ON cell.id = run.cell_id"
			     " JOIN target ON target.id = cell.target_id"
			     " WHERE target.name = ? AND cell.benchmark = ?"
			     " AND cell.parameters = ? AND run.failure IS NULL",
	[SQL_EXPECTED_START] = "SELECT avg(machine.start_s) FROM machine"
			       " JOIN target ON target.id = machine.target_id"
			       " WHERE target.name = ? AND machine.failure IS NULL",
	[SQL_READ_CAMPAIGN] = "SELECT campaign_id, name, yaml, yaml_digest, site_yaml, baseline,"
			      " seed, tare_version, image_digest, precision, started_ns"
			      " FROM campaign LIMIT 1",
	[SQL_READ_TARGETS] = "SELECT id, name, driver, summary, options_json,"
			     " EXISTS (SELECT 1 FROM machine WHERE target_id = target.id AND"
			     " emulated) FROM target ORDER BY id",
	[SQL_READ_METRICS_1] = "SELECT id, benchmark, name, unit, better, statistic, scale, x_name,"
			       " x_unit, help, NULL, NULL, NULL, NULL FROM metric ORDER BY id",
	[SQL_READ_METRICS] = "SELECT id, benchmark, name, unit, better, statistic, scale, x_name,"
			     " x_unit, help, kind, rank, headline_at, headline_unless"
			     " FROM metric ORDER BY id",
	[SQL_READ_CELLS] = "SELECT id, target_id, placement, benchmark, parameters, options_json,"
			   " skip_reason, planned_blocks, planned_runs FROM cell ORDER BY id",
	[SQL_READ_BLOCKS] = "SELECT id, placement, number, started_ns, ended_ns FROM block"
			    " ORDER BY id",
	[SQL_READ_MACHINES] = "SELECT id, block_id, target_id, name, host, cpus, memory_bytes,"
			      " emulated, start_s, facts_json, driver_json, log, failure"
			      " FROM machine ORDER BY id",
	[SQL_READ_RUNS] = "SELECT id, cell_id, block_id, number, order_number, failure,"
			  " started_ns, ended_ns, host_s, guest_s, user_s, system_s, steal_s,"
			  " max_rss_bytes, exit_status, command FROM run ORDER BY id",
	[SQL_READ_CLOCKS_1] = "SELECT id, 0, clock_offset_before_s, clock_offset_after_s,"
			      " clock_error_s FROM run ORDER BY id",
	[SQL_READ_CLOCKS_2] = "SELECT id AS run, 0 AS machine, clock_offset_before_s,"
			      " clock_offset_after_s, clock_error_s FROM run UNION ALL"
			      " SELECT run_id, machine, offset_before_s, offset_after_s, error_s"
			      " FROM clock ORDER BY run, machine",
	[SQL_READ_CLOCKS] = "SELECT run_id, machine, offset_before_s, offset_after_s, error_s"
			    " FROM clock ORDER BY run_id, machine",
	[SQL_READ_COUNTERS] = "SELECT id, source, name, unit, kind FROM counter ORDER BY id",
	[SQL_READ_READINGS] = "SELECT run_id, machine, counter_id, at_start, at_end, note"
			      " FROM counter_reading ORDER BY run_id, machine, counter_id",
	[SQL_READ_SERIES] = "SELECT run_id, metric_id, machine, x, samples FROM series"
			    " ORDER BY run_id, metric_id, machine, x",
	[SQL_READ_EVENTS] = "SELECT time_ns, kind, text FROM event ORDER BY id",
	[SQL_READ_OUTPUT] = "SELECT raw_bytes, bytes FROM output WHERE run_id = ? AND stream = ?",
	[SQL_OUTPUT_BYTES] = "SELECT raw_bytes FROM output WHERE run_id = ? AND stream = ?",
};

struct query query_begin(struct store *store, enum statement which)
{
	if (!store->statements[which])
		sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
			&store->statements[which], NULL);
	return (struct query){.store = store, .statement = store->statements[which], .next = 1};
}

void query_bind_text(struct query *query, const char *text)
{
	sqlite3_bind_text(query->statement, query->next++, text, -1, SQLITE_STATIC);
}

void query_bind_int(struct query *query, int64_t value)
{
	sqlite3_bind_int64(query->statement, query->next++, value);
}

void query_bind_int_or_null(struct query *query, int64_t value, int64_t null_value)
{
	if (value == null_value)
		sqlite3_bind_null(query->statement, query->next++);
	else
		query_bind_int(query, value);
}

void query_bind_real(struct query *query, double value)
{
	sqlite3_bind_double(query->statement, query->next++, value);
}

void query_bind_blob(struct query *query, const void *bytes, size_t count)
{
	sqlite3_bind_blob64(
		query->statement, query->next++, count ? bytes : "", count, SQLITE_STATIC);
}

int query_step(struct query *query)
{
	query->next = 0;
	return query->statement ? sqlite3_step(query->statement) : SQLITE_ERROR;
}

void query_end(struct query *query)
{
	if (!query->statement)
		return;
	sqlite3_reset(query->statement);
	sqlite3_clear_bindings(query->statement);
}

int query_run(struct query *query)
{
	int code = query_step(query);

	query_end(query);
	return code == SQLITE_DONE ? 0 : -1;
}

int query_execute(struct store *store, enum statement which)
{
	struct query query = query_begin(store, which);

	return query_run(&query);
}

char *query_column_text(struct query *query)
{
	return str_dup((const char *)sqlite3_column_text(query->statement, query->next++));
}

int64_t query_column_int(struct query *query)
{
	return sqlite3_column_int64(query->statement, query->next++);
}

int64_t query_column_int_or(struct query *query, int64_t null_value)
{
	if (sqlite3_column_type(query->statement, query->next) == SQLITE_NULL) {
		query->next++;
		return null_value;
	}
	return query_column_int(query);
}

double query_column_real(struct query *query)
{
	int column = query->next++;

	if (sqlite3_column_type(query->statement, column) == SQLITE_NULL)
		return NAN;
	return sqlite3_column_double(query->statement, column);
}

const void *query_column_blob(struct query *query, size_t *count)
{
	int column = query->next++;
	const void *bytes = sqlite3_column_blob(query->statement, column);

	*count = (size_t)sqlite3_column_bytes(query->statement, column);
	return bytes;
}

int store_fail(struct store *store, const char *doing, struct error *e)
{
	static const struct {
		int code;
		const char *text;
	} known[] = {
		{SQLITE_FULL, "the disk is full; free some space and start again; what is stored "
			      "is kept"},
		{SQLITE_READONLY, "it cannot be written; check the permissions of the file and its "
				  "directory"},
		{SQLITE_BUSY, "another program uses it; close that program and start again"},
		{SQLITE_NOTADB, "it is not an SQLite database; it was damaged, or another program "
				"wrote it"},
		{SQLITE_CORRUPT, "it is damaged; save what is left with sqlite3's .recover"},
	};
	int code = sqlite3_errcode(store->db);
	int number = sqlite3_system_errno(store->db);

	for (size_t i = 0; i < ARRAY_COUNT(known); i++)
		if (known[i].code == (code & 0xff))
			return error_set(
				e, "cannot %s in %s: %s", doing, store->path, known[i].text);
	if ((code & 0xff) == SQLITE_IOERR && number)
		return error_errno(e, number, "cannot %s in %s", doing, store->path);
	return error_set(e, "cannot %s in %s: %s", doing, store->path, sqlite3_errmsg(store->db));
}
