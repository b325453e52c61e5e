/* A store whose rows lie: the input changes values of a good store, which SQLite itself finds
 * nothing wrong with. Each change is five bytes (table, column, row, kind of value, length) and
 * as many bytes of text or blob as it says (mutate_rows.c). A byte left over says which good
 * store: one of all kinds of failures, or one of loads, flushes, boots and counters. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/store_place.h"
#include "tests/fuzz/written.h"
#include "tests/report/make_loads.h"
#include "tests/report/make_store.h"

static const struct {
	const char *name, *columns[18];
} tables[] = {
	{"campaign",
		{"campaign_id", "name", "yaml", "site_yaml", "baseline", "seed", "tare_version",
			"image_digest", "precision", "started_ns", "yaml_digest"}},
	{"target", {"id", "name", "driver", "summary", "options_json"}},
	{"metric", {"id", "benchmark", "name", "unit", "better", "statistic", "scale", "x_name",
			   "x_unit", "help", "kind", "rank", "headline_at", "headline_unless"}},
	{"cell", {"id", "target_id", "placement", "benchmark", "parameters", "options_json",
			 "skip_reason", "planned_blocks", "planned_runs"}},
	{"block", {"id", "placement", "number", "started_ns", "ended_ns"}},
	{"machine", {"block_id", "target_id", "name", "host", "cpus", "memory_bytes", "emulated",
			    "start_s", "facts_json", "driver_json", "log", "failure"}},
	{"run", {"id", "cell_id", "block_id", "number", "order_number", "failure", "started_ns",
			"ended_ns", "host_s", "guest_s", "user_s", "max_rss_bytes", "exit_status",
			"command", "system_s", "steal_s"}},
	{"clock", {"run_id", "machine", "offset_before_s", "offset_after_s", "error_s"}},
	{"output", {"run_id", "stream", "raw_bytes", "bytes"}},
	{"series", {"run_id", "metric_id", "machine", "x", "samples"}},
	{"event", {"time_ns", "kind", "text"}},
	{"counter", {"id", "source", "name", "unit", "kind"}},
	{"counter_reading", {"run_id", "machine", "counter_id", "at_start", "at_end", "note"}},
};

static const int64_t whole[] = {0, 1, -1, 2, 1000, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX,
	INT64_MIN, 1700000000000000000};
static const double real[] = {0, -0.0, 1, -1, 1e-320, 1e308, -1e308, 1e-9, 3.5, 1e300 * 1e300};

enum { STORES = 2 };

static struct {
	char *bytes; /* the database file */
	size_t count;
} good[STORES];

/* A small one is as good, and read faster. */
static const char keep_few[] =
	"PRAGMA foreign_keys=OFF; DELETE FROM run WHERE id % 8;"
	"DELETE FROM series WHERE run_id % 8; DELETE FROM output WHERE run_id % 8;"
	"DELETE FROM clock WHERE run_id % 8; DELETE FROM machine WHERE id % 4;";

/* Of half of the blocks; and what reports take apart: counters of every run, and prices of exits,
 * which are here those of another benchmark under their names. */
static const char add_counters[] =
	"PRAGMA foreign_keys=OFF; DELETE FROM run WHERE block_id % 2;"
	"DELETE FROM series WHERE run_id NOT IN (SELECT id FROM run);"
	"DELETE FROM output WHERE run_id NOT IN (SELECT id FROM run);"
	"DELETE FROM clock WHERE run_id NOT IN (SELECT id FROM run);"
	"WITH c(s, n, k) AS (VALUES ('kvm', 'exits', 'total'), ('kvm', 'io_exits', 'total'),"
	" ('kvm', 'mmio_exits', 'total'), ('kvm', 'halt_exits', 'total'),"
	" ('kvm', 'hypercalls', 'total'), ('kvm', 'pf_fixed', 'total'),"
	" ('guests', 'vcpus', 'total'), ('guest_interrupts', 'timer', 'total32'),"
	" ('guest_interrupts', 'reschedule', 'total'), ('guest_cpu', 'busy', 'total'),"
	" ('guest_interrupts', 'tlb_shootdown', 'total'), ('cpu', 'clock', 'total'),"
	" ('cpu', 'watched', 'level'), ('cpu', 'busy', 'total'), ('cpu', 'steal', 'total'),"
	" ('cpu', 'idle', 'total'), ('processes', 'own', 'total'),"
	" ('processes', 'kernel_threads', 'total'), ('kernel', 'warnings', 'total'),"
	" ('throttle', 'core', 'total'), ('frequency', 'aperf', 'total'),"
	" ('frequency', 'mperf', 'total'), ('pressure', 'memory_some', 'total'),"
	" ('energy', 'package', 'total'))"
	"INSERT INTO counter SELECT NULL, s, n, '1', k FROM c;"
	"INSERT INTO counter_reading SELECT run.id, 0, counter.id, counter.id,"
	" counter.id + run.id % 7 * 1000, NULL FROM run, counter;"
	"INSERT INTO metric SELECT 1000 + id, 'exits', 'cpuid', 'ns', 'lower', 'median', 'ratio',"
	" NULL, NULL, NULL, 'headline', 1, NULL, NULL FROM metric WHERE benchmark = 'net';"
	"INSERT INTO cell SELECT 1000 + id, target_id, placement, 'exits', '', '{}', NULL,"
	" planned_blocks, planned_runs FROM cell WHERE benchmark = 'net';"
	"INSERT INTO run SELECT 1000 + id, 1000 + cell_id, block_id, number, 1000 + order_number,"
	" NULL, started_ns, ended_ns, host_s, guest_s, user_s, system_s, steal_s, max_rss_bytes, 0,"
	" 'x' FROM run WHERE 1000 + cell_id IN (SELECT id FROM cell);"
	"INSERT INTO series SELECT 1000 + run_id, 1000 + metric_id, machine, 0, samples FROM series"
	" WHERE 1000 + run_id IN (SELECT id FROM run)"
	" AND 1000 + metric_id IN (SELECT id FROM metric);"
	/* The same without a network condition and under one, a domain that differs, options that
	 * vary, what runs printed, and what the campaign recorded of its time. */
	"UPDATE cell SET parameters = 'network=none' WHERE benchmark = 'net';"
	"INSERT INTO cell SELECT 2000 + id, target_id, placement, benchmark,"
	" 'network=(delay=5ms loss=1%)', '{}', NULL, planned_blocks, planned_runs FROM cell"
	" WHERE benchmark = 'net';"
	"INSERT INTO run SELECT 2000 + id, 2000 + cell_id, block_id, number, 2000 + order_number,"
	" NULL, started_ns, ended_ns, host_s, guest_s, user_s, system_s, steal_s, max_rss_bytes, 0,"
	" 'x' FROM run WHERE 2000 + cell_id IN (SELECT id FROM cell);"
	"INSERT INTO series SELECT 2000 + run_id, metric_id, machine, x, samples FROM series"
	" WHERE 2000 + run_id IN (SELECT id FROM run);"
	"UPDATE machine SET driver_json = json_set(driver_json, '$.domain_xml_diff',"
	" json('[\"--- a\", \"-<a/>\", \"+<b/>\"]')) WHERE target_id = 3 AND "
	"json_valid(driver_json);"
	"UPDATE target SET driver = 'libvirt', options_json = '{\"cpus\": ' || id || '}';"
	"INSERT INTO output SELECT id, 'output', 1, x'789c4b040000620062' FROM run;"
	"INSERT INTO event SELECT NULL, id, 'machines', '{\"seconds\": 2.5, \"host\": \"n1\"}' FROM"
	" target;"
	"INSERT INTO event VALUES (NULL, 9, 'prepared', '{\"seconds\": 1, \"host\": \"n1\"}');";

static void change_good(const char *path, const char *script)
{
	static const char pack[] = "PRAGMA journal_mode=DELETE; PRAGMA page_size=1024; VACUUM";
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
		sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(db, pack, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db));
		exit(2);
	}
	sqlite3_close(db);
}

static void read_good(
	size_t store, int (*make)(const char *dir, struct error *e), const char *script)
{
	char directory[] = "/dev/shm/tare-fuzz-good-XXXXXX";
	struct error e = {""};

	if (!mkdtemp(directory) || make(directory, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(2);
	}
	cleanup_free char *path = str_printf("%s/campaign.sqlite", directory);
	change_good(path, script);
	if (file_read(path, 1 << 24, &good[store].bytes, &good[store].count, &e) < 0)
		exit(2);
	dir_remove(directory, NULL);
}

static void bind_value(sqlite3_stmt *update, uint8_t kind, const uint8_t *bytes, size_t count)
{
	if (kind < ARRAY_COUNT(whole))
		sqlite3_bind_int64(update, 1, whole[kind]);
	else if (kind < ARRAY_COUNT(whole) + ARRAY_COUNT(real))
		sqlite3_bind_double(update, 1, real[kind - ARRAY_COUNT(whole)]);
	else if (kind % 3 == 0)
		sqlite3_bind_null(update, 1);
	else if (kind % 3 == 1)
		sqlite3_bind_text(update, 1, (const char *)bytes, (int)count, SQLITE_TRANSIENT);
	else
		sqlite3_bind_blob(update, 1, bytes, (int)count, SQLITE_TRANSIENT);
}

/* A change that the schema refuses (a NULL, another type) is none. */
static void change(sqlite3 *db, const uint8_t *five, const uint8_t *bytes, size_t count)
{
	size_t table = five[0] % ARRAY_COUNT(tables), columns = 0;
	sqlite3_stmt *update = NULL;

	while (columns < ARRAY_COUNT(tables[table].columns) && tables[table].columns[columns])
		columns++;
	if (columns == 0)
		abort();
	const char *column = tables[table].columns[five[1] % columns];
	/* Tables without a rowid have a run_id; a row of 255 is all of them. */
	bool keyed = strcmp(tables[table].name, "series") == 0 ||
		     strcmp(tables[table].name, "clock") == 0 ||
		     strcmp(tables[table].name, "counter_reading") == 0;
	cleanup_free char *text =
		str_printf("UPDATE OR IGNORE %s SET %s = ?1 WHERE ?2 = 255 OR %s = ?2",
			tables[table].name, column, keyed ? "run_id" : "rowid");
	if (sqlite3_prepare_v2(db, text, -1, &update, NULL) != SQLITE_OK)
		abort();
	bind_value(update, five[3], bytes, count);
	sqlite3_bind_int(update, 2, five[2]);
	sqlite3_step(update);
	sqlite3_finalize(update);
}

/* Makes the changes; returns the byte that is left over, 0 if none is. */
static uint8_t change_all(sqlite3 *db, const uint8_t *bytes, size_t count)
{
	size_t at = 0;

	while (at + 5 <= count) {
		size_t length = bytes[at + 4] < count - at - 5 ? bytes[at + 4] : count - at - 5;

		if (db)
			change(db, bytes + at, bytes + at + 5, length);
		at += 5 + length;
	}
	return at < count ? bytes[at] : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	size_t store = change_all(NULL, bytes, count) % STORES;
	sqlite3 *db = NULL;

	if (!good[0].bytes) {
		read_good(0, make_store, keep_few);
		read_good(1, make_loads, add_counters);
	}
	const char *path = store_place_put(good[store].bytes, good[store].count);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		abort();
	sqlite3_exec(db,
		"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;"
		"PRAGMA ignore_check_constraints=ON; BEGIN",
		NULL, NULL, NULL);
	change_all(db, bytes, count);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	store_place_read(written_choice(bytes, count));
	return 0;
}
