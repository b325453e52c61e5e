/* The store as a file: making, locking, versions, read-only media, a full disk, and the format
 * that other tools rely on. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "tests/store/store_fixture.h"

static void change(const struct fixture *fixture, const char *sql)
{
	cleanup_free char *path = str_printf("%s/campaign.sqlite", fixture->campaign_dir);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_lifecycle(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = NULL, *second = NULL;
	struct error e = {""};

	assert_false(store_exists(fixture->campaign_dir));
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	assert_non_null(strstr(e.text, "there is no campaign here"));
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), -1);

	/* Killed before the campaign was recorded: holds nothing, may be replaced. */
	store = fixture_create(fixture);
	assert_false(store_exists(fixture->campaign_dir));
	struct store_data *data;
	assert_int_equal(store_read(store, &data, &e), -1);
	store_close(store);
	store = fixture_create(fixture);
	fixture_campaign(store);
	assert_true(store_exists(fixture->campaign_dir));
	store_close(store);
	assert_true(store_exists(fixture->campaign_dir));
	assert_int_equal(store_create(fixture->campaign_dir, &second, &e), -1);
	assert_non_null(strstr(e.text, "already holds a campaign"));
}

static void test_foreign_file_is_kept(void **state)
{
	struct fixture *fixture = *state;
	cleanup_free char *path = str_printf("%s/campaign.sqlite", fixture->campaign_dir);
	static const char text[] =
		"somebody's notes, longer than an SQLite header, to be safe: "
		"................................................................";
	struct store *store = NULL;
	struct error e = {""};

	assert_int_equal(dir_make(fixture->campaign_dir, &e), 0);
	assert_int_equal(file_write(path, text, sizeof(text), &e), 0);
	assert_int_equal(store_create(fixture->campaign_dir, &store, &e), -1);
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), -1);
	assert_non_null(strstr(e.text, "not an SQLite database"));
	cleanup_free char *kept = NULL;
	size_t count;
	assert_int_equal(file_read(path, 1000, &kept, &count, &e), 0);
	assert_string_equal(kept, text);
}

static void test_other_databases(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture_create(fixture);
	struct error e = {""};

	fixture_campaign(store);
	store_close(store);
	change(fixture, "PRAGMA user_version=99");
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), -1);
	assert_non_null(strstr(e.text, "newer tare"));
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	change(fixture, "PRAGMA user_version=1; PRAGMA application_id=1");
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	assert_non_null(strstr(e.text, "not a tare store"));
}

/* Takes a store of this version back to what an older one wrote. */
static const char to_3[] = "DROP TABLE counter_reading; DROP TABLE counter; PRAGMA user_version=3";
static const char to_2[] =
	"ALTER TABLE run ADD COLUMN clock_offset_before_s REAL;"
	"ALTER TABLE run ADD COLUMN clock_offset_after_s REAL;"
	"ALTER TABLE run ADD COLUMN clock_error_s REAL;"
	"UPDATE run SET clock_offset_before_s = c.offset_before_s,"
	" clock_offset_after_s = c.offset_after_s, clock_error_s = c.error_s"
	" FROM clock AS c WHERE c.run_id = run.id AND c.machine = 0;"
	"DELETE FROM clock WHERE machine = 0;"
	"ALTER TABLE metric DROP COLUMN kind; ALTER TABLE metric DROP COLUMN rank;"
	"ALTER TABLE metric DROP COLUMN headline_at;"
	"ALTER TABLE metric DROP COLUMN headline_unless; PRAGMA user_version=2";
static const char to_1[] = "DROP TABLE clock; PRAGMA user_version=1";

/* Run 0 has the clocks of two machines, where the version had room for them. */
static void check_older(const struct store_data *data, int version, size_t clocks, bool kinds)
{
	assert_int_equal(data->schema_version, version);
	assert_int_equal(data->clock_count, clocks);
	assert_int_equal(data->clocks[0].machine, 0);
	assert_true(data->clocks[0].offset_before_s == -1e-6);
	assert_true(data->clocks[0].error_s == 1e-5);
	for (size_t i = 1; i < clocks; i++)
		assert_true(data->clocks[i].machine == 1 && data->clocks[i].offset_after_s == .75);
	assert_int_equal(data->counter_count, 0);
	assert_int_equal(data->reading_count, 0);
	assert_true((data->metrics[0].kind != NULL) == kinds);
}

static void write_older(struct fixture *fixture, int version)
{
	struct store *store = fixture_create(fixture);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	const struct store_clock clocks[] = {{0, -1e-6, 2e-6, 1e-5}, {1, 0.5, 0.75, 1e-4}};
	struct error e = {""};

	run.clocks = clocks;
	run.clock_count = ARRAY_COUNT(clocks);
	assert_true(store_add_run(store, &run, &e) > 0);
	store_close(store);
	change(fixture, to_3);
	if (version < 3)
		change(fixture, to_2);
	if (version == 1)
		change(fixture, to_1);
}

/* Readable as it is, upgraded by a writer. */
static void test_older(struct fixture *fixture, int version)
{
	size_t clocks = version == 1 ? 1 : 2;
	struct store_data *data = NULL;
	struct store *store;
	struct error e = {""};

	write_older(fixture, version);
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), 0);
	assert_int_equal(store_read(store, &data, &e), 0);
	check_older(data, version, clocks, version > 2);
	store_data_free(data);
	store_close(store);
	store = fixture_open(fixture);
	assert_int_equal(store_read(store, &data, &e), 0);
	check_older(data, STORE_SCHEMA_VERSION, clocks, version > 2);
	store_data_free(data);
	store_close(store);
}

static void test_version_1(void **state)
{
	test_older(*state, 1);
}

static void test_version_2(void **state)
{
	test_older(*state, 2);
}

static void test_version_3(void **state)
{
	test_older(*state, 3);
}

/* What the change makes of a store is refused with these words. */
static void check_damage(struct fixture *fixture, const char *sql, const char *says)
{
	struct store *store = fixture_create(fixture);
	struct store_data *data = NULL;
	struct error e = {""};

	fixture_campaign(store);
	store_close(store);
	change(fixture, sql);
	store = fixture_open(fixture);
	assert_int_equal(store_read(store, &data, &e), -1);
	assert_non_null(strstr(e.text, says));
	store_close(store);
}

static void test_dangling_row(void **state)
{
	check_damage(*state, "PRAGMA foreign_keys=OFF; DELETE FROM target", "damaged");
}

/* A file from elsewhere may have a schema of its own, and values where this one has none. */
static void test_missing_text(void **state)
{
	check_damage(*state,
		"ALTER TABLE metric RENAME TO strict_metric;"
		"CREATE TABLE metric AS SELECT * FROM strict_metric;"
		"UPDATE metric SET better = NULL",
		"damaged: a row lacks a value");
}

static void test_time_before_1970(void **state)
{
	check_damage(*state, "UPDATE block SET started_ns = -9223372036854775807",
		"damaged: a time is before 1970");
}

/* A view could be without end: neither it nor a trigger or a virtual table is ever asked. */
static void test_views(void **state)
{
	static const char *const schemas[] = {
		"ALTER TABLE series RENAME TO other; CREATE VIEW series AS WITH RECURSIVE"
		" n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS run_id, 1 AS metric_id,"
		" 0 AS machine, 0.0 AS x, x'' AS samples FROM n",
		"CREATE TRIGGER made AFTER INSERT ON event BEGIN DELETE FROM run; END",
		"DROP TABLE campaign; CREATE VIEW campaign AS WITH RECURSIVE n (i) AS"
		" (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
		"ALTER TABLE event ADD COLUMN more TEXT"
		" GENERATED ALWAYS AS (printf('%100000000d', 1)) VIRTUAL"};

	for (size_t i = 0; i < ARRAY_COUNT(schemas); i++) {
		struct fixture *fixture = *state;
		struct store *store = fixture_create(fixture);
		struct error e = {""};

		fixture_campaign(store);
		store_close(store);
		change(fixture, schemas[i]);
		assert_true(store_exists(fixture->campaign_dir));
		assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), -1);
		assert_non_null(strstr(e.text, "views, triggers or generated columns"));
		assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
		assert_int_equal(dir_remove(fixture->campaign_dir, &e), 0);
	}
}

/* SQLite would delete the file that a journal with this end names as another journal. */
static void test_journal_of_another(void **state)
{
	static const unsigned char sign[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	struct fixture *fixture = *state;
	struct store *store = fixture_create(fixture);
	cleanup_free char *path = str_printf("%s/campaign.sqlite-journal", fixture->campaign_dir);
	struct error e = {""};

	fixture_campaign(store);
	store_close(store);
	assert_int_equal(file_write(path, (const char *)sign, sizeof(sign), &e), 0);
	assert_true(store_exists(fixture->campaign_dir));
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), -1);
	assert_non_null(strstr(e.text, "names another journal"));
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	assert_true(file_exists(path));
	assert_int_equal(dir_remove(fixture->campaign_dir, &e), 0);
}

/* The file that a link in the place of the lock leads to is somebody else's. */
static void test_lock_is_a_link(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture_create(fixture);
	cleanup_free char *lock = str_printf("%s/lock", fixture->campaign_dir);
	cleanup_free char *other = str_printf("%s/other", fixture->campaign_dir);
	struct error e = {""};
	struct stat status;

	fixture_campaign(store);
	store_close(store);
	assert_int_equal(file_write(other, "precious", 8, &e), 0);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink("other", lock), 0);
	assert_int_equal(store_open(fixture->campaign_dir, &store, &e), -1);
	assert_int_equal(stat(other, &status), 0);
	assert_int_equal(status.st_size, 8);
	assert_int_equal(dir_remove(fixture->campaign_dir, &e), 0);
}

static void test_one_writer_many_readers(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture_create(fixture), *second = NULL, *reader = NULL;
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	struct error e = {""};
	char pid[32];

	assert_int_equal(store_open(fixture->campaign_dir, &second, &e), -1);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(e.text, pid));
	assert_int_equal(store_create(fixture->campaign_dir, &second, &e), -1);

	assert_int_equal(store_open_readonly(fixture->campaign_dir, &reader, &e), 0);
	struct store_data *data = fixture_read(reader);
	assert_int_equal(data->run_count, 0);
	store_data_free(data);
	assert_true(store_add_run(store, &run, &e) > 0);
	data = fixture_read(reader);
	assert_int_equal(data->run_count, 1);
	store_data_free(data);
	run.number = 1;
	assert_int_equal(store_add_run(reader, &run, &e), -1);
	store_close(reader);
	store_close(store);
	store = fixture_open(fixture);
	store_close(store);
}

/* Runs test in a child with a mount namespace of its own. Skips where that is not allowed. */
static void in_own_mounts(const struct fixture *fixture, void (*test)(const struct fixture *))
{
	enum { NOT_ALLOWED = 77 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			mount("tmpfs", fixture->dir, "tmpfs", 0, "size=2m") < 0)
			_exit(NOT_ALLOWED);
		test(fixture);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* In the child, where cmocka's assertions cannot report. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

static void read_only_media(const struct fixture *fixture)
{
	cleanup_free char *log = str_printf("%s/campaign.sqlite-wal", fixture->campaign_dir);
	struct store *store = fixture_create(fixture), *reader = NULL;
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	struct store_data *data = NULL;
	struct error e = {""};

	CHECK(store_add_run(store, &run, &e) > 0);
	store_close(store);
	CHECK(!file_exists(log));
	CHECK(mount(NULL, fixture->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK(store_open(fixture->campaign_dir, &store, &e) < 0);
	CHECK(store_exists(fixture->campaign_dir));
	CHECK(store_open_readonly(fixture->campaign_dir, &reader, &e) == 0);
	CHECK(store_read(reader, &data, &e) == 0);
	CHECK(data->run_count == 1);
	store_data_free(data);
	store_close(reader);

	/* A log whose content is not in the database yet must not be ignored silently. */
	CHECK(mount(NULL, fixture->dir, NULL, MS_REMOUNT, NULL) == 0);
	CHECK(file_write(log, "x", 1, &e) == 0);
	CHECK(mount(NULL, fixture->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK(store_open_readonly(fixture->campaign_dir, &reader, &e) < 0);
	CHECK(strstr(e.text, "writable place"));
}

static void test_read_only_media(void **state)
{
	in_own_mounts(*state, read_only_media);
}

static void full_disk(const struct fixture *fixture)
{
	struct store *store = fixture_create(fixture);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	struct store_data *data = NULL;
	struct error e = {""};
	size_t count = 4 << 20;
	char *noise = mem_new(count, 1);
	uint32_t word = 1;

	CHECK(store_add_run(store, &run, &e) > 0);
	for (size_t i = 0; i < count; i++)
		noise[i] = (char)((word = word * 1664525 + 1013904223) >> 24);
	run = fixture_run(&ids, 1);
	run.output = noise;
	run.output_bytes = count;
	CHECK(store_add_run(store, &run, &e) == -1);
	CHECK(strstr(e.text, "the disk is full; free some space"));
	CHECK(!store_has_run(store, ids.cell, 0, 1));
	/* What fits is still stored afterwards. */
	run.output = NULL;
	CHECK(store_add_run(store, &run, &e) > 0);
	store_close(store);
	store = fixture_open(fixture);
	CHECK(store_read(store, &data, &e) == 0);
	CHECK(data->run_count == 2);
	store_data_free(data);
	store_close(store);
	free(noise);
}

static void test_full_disk(void **state)
{
	in_own_mounts(*state, full_disk);
}

/* What docs/store.md promises to readers with other tools. */
static void test_format_on_disk(void **state)
{
	static const double values[] = {1.0, -2.5};
	static const unsigned char expected[] = {
		0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0x04, 0xc0};
	struct fixture *fixture = *state;
	cleanup_free char *path = str_printf("%s/campaign.sqlite", fixture->campaign_dir);
	struct store *store = fixture_create(fixture);
	struct fixture_ids ids = fixture_campaign(store);
	const struct store_series series = {ids.metric, 0, 0, values, 2};
	struct store_run run = fixture_run(&ids, 0);
	struct error e = {""};
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;

	run.series = &series;
	run.series_count = 1;
	assert_true(store_add_run(store, &run, &e) > 0);
	store_close(store);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT samples FROM series", -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_bytes(statement, 0), sizeof(expected));
	assert_memory_equal(sqlite3_column_blob(statement, 0), expected, sizeof(expected));
	sqlite3_finalize(statement);
	assert_int_equal(
		sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "wal");
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_lifecycle),
		STORE_TEST(test_foreign_file_is_kept),
		STORE_TEST(test_other_databases),
		STORE_TEST(test_version_1),
		STORE_TEST(test_version_2),
		STORE_TEST(test_version_3),
		STORE_TEST(test_dangling_row),
		STORE_TEST(test_missing_text),
		STORE_TEST(test_views),
		STORE_TEST(test_journal_of_another),
		STORE_TEST(test_lock_is_a_link),
		STORE_TEST(test_time_before_1970),
		STORE_TEST(test_one_writer_many_readers),
		STORE_TEST(test_read_only_media),
		STORE_TEST(test_full_disk),
		STORE_TEST(test_format_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
