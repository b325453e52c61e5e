/* A store that tare 0.1.0 wrote, kept in tests/store/0.1.0 (schema version 3): it is read as it is
 * for ever, and a writer upgrades it without changing what was measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "tests/store/store_fixture.h"

enum { RUNS = 27, FAILED = 3, SERIES = 48, MACHINES = 18, CELLS = 9, SAMPLES = 84 };

/* A copy of the kept file where the fixture's campaign is. */
static void copy_kept(const struct fixture *fixture)
{
	cleanup_free char *copy = str_printf("%s/campaign.sqlite", fixture->campaign_dir);
	cleanup_free char *bytes = NULL;
	struct error e = {""};
	size_t count;

	if (file_read(TARE_SOURCE_DIR "/tests/store/0.1.0/campaign.sqlite", 1 << 20, &bytes, &count,
		    &e) < 0 ||
		dir_make(fixture->campaign_dir, &e) < 0 || file_write(copy, bytes, count, &e) < 0)
		fail_msg("%s", e.text);
}

static size_t failures_of(const struct store_data *data)
{
	size_t count = 0;

	for (size_t i = 0; i < data->run_count; i++)
		count += data->runs[i].failure != NULL;
	return count;
}

/* What 0.1.0 measured, whatever the schema version now. */
static void check_content(const struct store_data *data)
{
	assert_string_equal(data->tare_version, "0.1.0");
	assert_string_equal(data->name, "kept");
	assert_string_equal(data->baseline, "fake");
	assert_int_equal(data->seed, 7);
	assert_int_equal(data->target_count, 2);
	assert_int_equal(data->cell_count, CELLS);
	assert_int_equal(data->run_count, RUNS);
	assert_int_equal(failures_of(data), FAILED);
	assert_int_equal(data->machine_count, MACHINES);
	assert_int_equal(data->clock_count, RUNS);
	assert_int_equal(data->series_count, SERIES);
	assert_int_equal(data->value_count, SAMPLES);
	/* Of run 2, exact to the last bit. */
	assert_int_equal(data->series[0].count, 4);
	assert_true(data->series[0].values[0] == 0x1.93d9cbab649d4p+6);
	assert_true(strstr(data->machines[0].facts_json, "6.1.0-18-amd64") != NULL);
}

static void test_read_as_it_is(void **state)
{
	struct fixture *fixture = *state;
	struct store *store;
	struct error e = {""};

	copy_kept(fixture);
	assert_int_equal(store_open_readonly(fixture->campaign_dir, &store, &e), 0);
	struct store_data *data = fixture_read(store);
	assert_int_equal(data->schema_version, 3);
	check_content(data);
	store_data_free(data);
	store_close(store);
}

static void test_upgraded_by_a_writer(void **state)
{
	struct fixture *fixture = *state;

	copy_kept(fixture);
	struct store *store = fixture_open(fixture);
	struct store_data *data = fixture_read(store);
	assert_int_equal(data->schema_version, STORE_SCHEMA_VERSION);
	check_content(data);
	store_data_free(data);
	/* What a continued campaign asks for. */
	assert_int_equal(store_count_failures(store), FAILED);
	assert_int_equal(store_next_order(store), RUNS);
	assert_true(store_find_target(store, "other") > 0);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_read_as_it_is, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			test_upgraded_by_a_writer, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
