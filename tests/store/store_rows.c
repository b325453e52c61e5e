/* Whatever is written is read back exactly; what must not be written is refused. */
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "tests/store/store_fixture.h"

/* One look at every member that was written. NOLINTNEXTLINE(readability-function-size) */
static void test_everything_comes_back(void **state)
{
	static const double rates[] = {1.0, -0.0, DBL_MIN / 4, DBL_MAX, 0.1, -1e-300};
	static const double latencies[] = {1.5, 2.5};
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	/* Out of order on purpose: reading sorts by metric, machine, x. */
	const struct store_series series[] = {
		{ids.curve, 1, 8, latencies, 2},
		{ids.curve, 1, 0, latencies, 1},
		{ids.curve, 0, 4194304, latencies, 2},
		{ids.metric, 0, 0, rates, ARRAY_COUNT(rates)},
	};
	const struct store_clock clocks[] = {{3, NAN, NAN, NAN}, {0, 0.5, 0.75, 1e-4}};
	run.series = series;
	run.series_count = ARRAY_COUNT(series);
	run.clocks = clocks;
	run.clock_count = ARRAY_COUNT(clocks);
	assert_true(store_add_run(store, &run, &e) > 0);
	const struct store_machine machine = {.block_id = ids.block,
		.target_id = ids.guest,
		.name = "kvm-virtio-1",
		.host = "localhost",
		.cpus = 2,
		.memory_bytes = UINT64_C(1) << 40,
		.emulated = true,
		.start_s = NAN,
		.facts_json = "{\"kernel\":\"6.1\"}",
		.log = "panic\xff",
		.failure = "it did not boot"};
	assert_true(store_add_machines(store, &machine, 1, &e) == 0);
	assert_int_equal(store_end_block(store, ids.block, 2000, &e), 0);
	assert_int_equal(store_add_event(store, "interrupted", "by the user", &e), 0);

	struct store_data *data = fixture_read(store);
	assert_string_equal(data->campaign_id, "0badcafe");
	assert_string_equal(data->name, "a \"test\"; DROP TABLE run; --");
	assert_true(data->seed == UINT64_MAX - 1);
	assert_true(data->started_ns == INT64_C(1700000000123456789));
	assert_null(data->site_yaml);
	assert_int_equal(data->target_count, 2);
	assert_false(data->targets[0].emulated);
	assert_true(data->targets[1].emulated);
	assert_null(data->targets[1].summary);
	assert_int_equal(data->metric_count, 2);
	assert_null(data->metrics[0].x_name);
	assert_string_equal(data->metrics[1].x_name, "message size");
	assert_int_equal(data->cell_count, 1);
	assert_string_equal(data->cells[0].parameters, "threads=2");
	assert_null(data->cells[0].skip_reason);
	assert_int_equal(data->cells[0].planned_blocks, 3);
	assert_true(data->blocks[0].ended_ns == 2000);
	assert_true(isnan(data->machines[0].start_s));
	assert_int_equal(data->machines[0].target_index, 1);
	assert_true(data->machines[0].memory_bytes == UINT64_C(1) << 40);
	assert_string_equal(data->machines[0].log, "panic\xff");
	assert_string_equal(data->metrics[0].kind, "detail");
	assert_null(data->metrics[0].headline_at);
	assert_string_equal(data->metrics[1].kind, "headline");
	assert_int_equal(data->metrics[1].rank, 1);
	assert_string_equal(data->metrics[1].headline_at, "smallest");
	assert_string_equal(data->metrics[1].headline_unless, "rate");
	assert_int_equal(data->run_count, 1);
	assert_null(data->runs[0].failure);
	assert_int_equal(data->clock_count, 2);
	assert_int_equal(data->clocks[0].run_index, 0);
	assert_int_equal(data->clocks[0].machine, 0);
	assert_true(data->clocks[0].offset_before_s == 0.5);
	assert_true(data->clocks[0].offset_after_s == 0.75);
	assert_true(data->clocks[0].error_s == 1e-4);
	assert_int_equal(data->clocks[1].machine, 3);
	assert_true(isnan(data->clocks[1].offset_before_s));
	assert_true(isnan(data->clocks[1].error_s));
	assert_int_equal(data->series_count, 4);
	assert_int_equal(data->value_count, 11);
	assert_memory_equal(data->series[0].values, rates, sizeof(rates));
	const struct {
		unsigned machine;
		double x;
		size_t count;
	} curve[] = {{0, 4194304, 2}, {1, 0, 1}, {1, 8, 2}};
	for (size_t i = 0; i < ARRAY_COUNT(curve); i++) {
		const struct data_series *found = &data->series[i + 1];
		assert_int_equal(found->metric_index, 1);
		assert_int_equal(found->machine, curve[i].machine);
		assert_true(found->x == curve[i].x);
		assert_int_equal(found->count, curve[i].count);
		assert_memory_equal(found->values, latencies, found->count * sizeof(double));
	}
	assert_int_equal(data->event_count, 1);
	assert_string_equal(data->events[0].kind, "interrupted");
	store_data_free(data);
	store_close(store);
}

/* Two runs share the names; a source that is not available is a row, and zero is another. */
static void test_counters(void **state)
{
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	const struct store_counter first[] = {
		{2, "cpu", "busy", "s", "total", 1.25, 2.5, NULL},
		{0, "cpu", "busy", "s", "total", 0, 0, NULL},
		{0, "throttle", "", "", "total", NAN, NAN, "no such file"},
	};
	const struct store_counter second[] = {
		{0, "irq", "busy", "1", "total32", 7, NAN, "it vanished during the run"},
		{0, "cpu", "busy", "s", "total", 2, 3, NULL},
	};
	run.counters = first;
	run.counter_count = ARRAY_COUNT(first);
	assert_true(store_add_run(store, &run, &e) > 0);
	run.number = 1;
	run.counters = second;
	run.counter_count = ARRAY_COUNT(second);
	assert_true(store_add_run(store, &run, &e) > 0);
	struct store_data *data = fixture_read(store);
	assert_int_equal(data->counter_count, 3);
	assert_string_equal(data->counters[0].source, "cpu");
	assert_string_equal(data->counters[0].name, "busy");
	assert_string_equal(data->counters[1].name, "");
	assert_string_equal(data->counters[2].kind, "total32");
	assert_string_equal(data->counters[2].unit, "1");
	assert_int_equal(data->reading_count, 5);
	const struct data_reading *readings = data->readings;
	assert_true(readings[0].machine == 0 && readings[0].at_end == 0);
	assert_null(readings[0].note);
	assert_true(readings[1].counter_index == 1 && isnan(readings[1].at_start));
	assert_string_equal(readings[1].note, "no such file");
	assert_true(readings[2].machine == 2 && readings[2].at_end == 2.5);
	assert_true(readings[3].run_index == 1 && readings[3].counter_index == 0);
	assert_true(readings[4].counter_index == 2 && readings[4].at_start == 7);
	assert_true(isnan(readings[4].at_end));
	store_data_free(data);
	/* The same counter of one host twice: the run is not stored in part. */
	run.number = 2;
	const struct store_counter twice[] = {second[1], second[1]};
	run.counters = twice;
	assert_int_equal(store_add_run(store, &run, &e), -1);
	data = fixture_read(store);
	assert_int_equal(data->run_count, 2);
	store_data_free(data);
	store_close(store);
}

static void test_unknown_is_not_zero(void **state)
{
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);

	run.failure = "timed out after 5 s";
	run.host_s = run.guest_s = run.steal_s = NAN;
	run.clock_count = 0;
	run.max_rss_bytes = -1;
	run.exit_status = -1;
	run.command = NULL;
	assert_true(store_add_run(store, &run, &e) > 0);
	struct store_data *data = fixture_read(store);
	assert_string_equal(data->runs[0].failure, "timed out after 5 s");
	assert_true(isnan(data->runs[0].host_s) && isnan(data->runs[0].steal_s));
	assert_int_equal(data->clock_count, 0);
	assert_true(data->runs[0].user_s == 0.4);
	assert_int_equal(data->runs[0].max_rss_bytes, -1);
	assert_int_equal(data->runs[0].exit_status, -1);
	assert_null(data->runs[0].command);
	assert_int_equal(data->blocks[0].ended_ns, 0);
	store_data_free(data);
	store_close(store);
}

static void test_outputs(void **state)
{
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	size_t count = 3 * 1024 * 1024;
	char *flood = mem_new(count, 1), *bytes = NULL;
	size_t read_count;
	int64_t first, second;

	for (size_t i = 0; i < count; i++)
		flood[i] = (char)(i * i >> 7);
	run.output = flood;
	run.output_bytes = count;
	run.errors = "oops";
	run.errors_bytes = 4;
	first = store_add_run(store, &run, &e);
	run = fixture_run(&ids, 1);
	second = store_add_run(store, &run, &e);
	assert_true(first > 0 && second > 0);

	assert_int_equal(store_read_output(store, first, false, &bytes, &read_count, &e), 0);
	assert_int_equal(read_count, count);
	assert_memory_equal(bytes, flood, count);
	free(bytes);
	assert_int_equal(store_read_output(store, first, true, &bytes, &read_count, &e), 0);
	assert_string_equal(bytes, "oops");
	free(bytes);
	assert_int_equal(store_read_output(store, second, false, &bytes, &read_count, &e), 0);
	assert_int_equal(read_count, 0);
	assert_string_equal(bytes, "");
	free(bytes);
	assert_int_equal(store_output_bytes(store, first, false, &e), count);
	assert_int_equal(store_output_bytes(store, first, true, &e), 4);
	assert_int_equal(store_output_bytes(store, second, false, &e), 0);
	free(flood);
	store_close(store);
}

static void test_questions(void **state)
{
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 1);

	assert_int_equal(store_find_target(store, "kvm-virtio"), ids.guest);
	assert_int_equal(store_find_target(store, "xen-pv"), 0);
	assert_int_equal(store_find_metric(store, "mpi-pingpong", "latency"), ids.curve);
	assert_int_equal(store_find_metric(store, "cpu", "latency"), 0);
	assert_int_equal(store_find_cell(store, ids.native, "1x2", "cpu", "threads=2"), ids.cell);
	assert_int_equal(store_find_cell(store, ids.native, "1x2", "cpu", ""), 0);
	assert_int_equal(store_find_block(store, "1x2", 0), ids.block);
	assert_int_equal(store_find_block(store, "1x1", 0), 0);
	assert_int_equal(store_next_order(store), 0);
	assert_true(isnan(store_expected_run_s(store, "native", "cpu", "threads=2")));
	assert_true(isnan(store_expected_start_s(store, "native")));

	assert_true(store_add_run(store, &run, &e) > 0);
	run.number = 0;
	run.order = 7;
	run.failure = "it failed";
	run.ended_ns = run.started_ns + INT64_C(100000000000);
	assert_true(store_add_run(store, &run, &e) > 0);
	assert_true(store_has_run(store, ids.cell, 0, 1));
	assert_true(store_has_run(store, ids.cell, 0, 0));
	assert_false(store_has_run(store, ids.cell, 0, 2));
	assert_false(store_has_run(store, ids.cell, 1, 0));
	assert_int_equal(store_next_order(store), 8);
	/* The failed run does not count for the forecast. */
	assert_true(store_expected_run_s(store, "native", "cpu", "threads=2") == 0.5);
	for (int i = 0; i < 3; i++) {
		struct store_machine machine = {.block_id = ids.block,
			.target_id = ids.native,
			.name = "m",
			.start_s = i == 2 ? NAN : 2 * i + 1};
		assert_true(store_add_machines(store, &machine, 1, &e) == 0);
	}
	assert_true(store_expected_start_s(store, "native") == 2);
	store_close(store);
}

/* Each must be refused, leave nothing behind, and leave the store usable. */
static void test_refusals(void **state)
{
	static const double one = 1, nan_value = NAN;
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	const struct store_series good = {ids.metric, 0, 0, &one, 1};
	const struct store_series twice[] = {good, good};
	const struct store_series unknown_metric = {999, 0, 0, &one, 1};
	const struct store_series not_finite = {ids.metric, 0, 0, &nan_value, 1};
	const struct store_series no_x = {ids.metric, 0, NAN, &one, 1};
	const struct {
		const struct store_series *series;
		size_t count;
		const char *failure;
		int64_t cell_id;
	} cases[] = {
		{twice, 2, NULL, ids.cell},
		{&unknown_metric, 1, NULL, ids.cell},
		{&not_finite, 1, NULL, ids.cell},
		{&no_x, 1, NULL, ids.cell},
		{&good, 1, "failed, yet has samples", ids.cell},
		{&good, 1, NULL, 999},
	};
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct store_run run = fixture_run(&ids, 0);
		run.series = cases[i].series;
		run.series_count = cases[i].count;
		run.failure = cases[i].failure;
		run.cell_id = cases[i].cell_id;
		e = (struct error){""};
		assert_int_equal(store_add_run(store, &run, &e), -1);
		assert_true(error_is_set(&e));
		assert_false(store_has_run(store, ids.cell, 0, 0));
	}
	struct store_run run = fixture_run(&ids, 0);
	run.series = &good;
	run.series_count = 1;
	assert_true(store_add_run(store, &run, &e) > 0);
	/* A run is never overwritten, nor a target, nor the campaign. */
	assert_int_equal(store_add_run(store, &run, &e), -1);
	const struct store_target target = {.name = "native", .driver = "native"};
	assert_int_equal(store_add_target(store, &target, &e), -1);
	const struct store_metric metric = {.benchmark = "cpu",
		.name = "odd",
		.unit = "1",
		.better = "sideways",
		.statistic = "mean",
		.scale = "ratio"};
	assert_int_equal(store_add_metric(store, &metric, &e), -1);
	assert_int_equal(store_end_block(store, 999, 1, &e), -1);
	struct store_data *data = fixture_read(store);
	assert_int_equal(data->run_count, 1);
	assert_int_equal(data->series_count, 1);
	store_data_free(data);
	store_close(store);
}

/* A block that was cut off after its last run ended with it, and keeps the end it has. */
static void test_end_of_a_block(void **state)
{
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	run.failure = "exited with status 1";
	assert_true(store_add_run(store, &run, &e) > 0);
	assert_int_equal(store_end_done_block(store, ids.block, &e), 0);
	struct store_data *data = fixture_read(store);
	assert_true(data->blocks[0].ended_ns == run.ended_ns && run.ended_ns > 0);
	store_data_free(data);
	assert_int_equal(store_end_block(store, ids.block, 7, &e), 0);
	assert_int_equal(store_end_done_block(store, ids.block, &e), 0);
	data = fixture_read(store);
	assert_true(data->blocks[0].ended_ns == 7);
	store_data_free(data);
	store_close(store);
}

struct writer {
	struct store *store;
	const struct fixture_ids *ids;
	unsigned first;
	int failures;
};

static void *write_runs(void *context)
{
	struct writer *writer = context;
	struct error e;

	for (unsigned i = 0; i < 20; i++) {
		double value = writer->first + i;
		const struct store_series series = {writer->ids->metric, 0, 0, &value, 1};
		struct store_run run = fixture_run(writer->ids, writer->first + i);
		run.series = &series;
		run.series_count = 1;
		if (store_add_run(writer->store, &run, &e) < 0)
			writer->failures++;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct writer writers[4];
	pthread_t threads[ARRAY_COUNT(writers)];

	for (size_t i = 0; i < ARRAY_COUNT(writers); i++) {
		writers[i] = (struct writer){store, &ids, (unsigned)i * 100, 0};
		pthread_create(&threads[i], NULL, write_runs, &writers[i]);
	}
	for (size_t i = 0; i < ARRAY_COUNT(writers); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(writers[i].failures, 0);
	}
	struct store_data *data = fixture_read(store);
	assert_int_equal(data->run_count, 80);
	assert_int_equal(data->series_count, 80);
	for (size_t i = 0; i < data->series_count; i++)
		assert_true(
			data->series[i].values[0] == data->runs[data->series[i].run_index].number);
	store_data_free(data);
	store_close(store);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

/* All of a batch or nothing, and a run that fails in it takes only itself away. */
static void test_batch(void **state)
{
	static const double nan_value[] = {NAN};
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_run run = fixture_run(&ids, 0);
	const struct store_series bad[] = {{ids.metric, 0, 0, nan_value, 1}};

	assert_int_equal(store_end_batch(store, true, &e), -1);
	assert_int_equal(store_begin_batch(store, &e), 0);
	assert_int_equal(store_begin_batch(store, &e), -1);
	assert_true(store_add_run(store, &run, &e) > 0);
	assert_int_equal(store_end_batch(store, false, &e), 0);
	assert_false(store_has_run(store, ids.cell, 0, 0));

	assert_int_equal(store_begin_batch(store, &e), 0);
	assert_true(store_add_run(store, &run, &e) > 0);
	run.number = 1;
	run.series = bad;
	run.series_count = 1;
	assert_int_equal(store_add_run(store, &run, &e), -1);
	run.series_count = 0;
	run.number = 2;
	assert_true(store_add_run(store, &run, &e) > 0);
	assert_int_equal(store_end_batch(store, true, &e), 0);
	store_close(store);

	store = fixture_open(*state);
	assert_true(store_has_run(store, ids.cell, 0, 0));
	assert_false(store_has_run(store, ids.cell, 0, 1));
	assert_true(store_has_run(store, ids.cell, 0, 2));
	store_close(store);
}

/* Several rows of a kind: all of them, or none. */
static void test_rows_together(void **state)
{
	static const char *const texts[] = {"one", NULL, "three"};
	struct error e = {""};
	struct store *store = fixture_create(*state);
	struct fixture_ids ids = fixture_campaign(store);
	struct store_machine machines[2] = {
		{.block_id = ids.block, .target_id = ids.native, .name = "a", .start_s = 1},
		{.block_id = ids.block + 99, .target_id = ids.native, .name = "b", .start_s = 2},
	};
	struct store_data *data;

	assert_int_equal(store_add_machines(store, machines, 2, &e), -1);
	assert_true(error_is_set(&e));
	assert_true(isnan(store_expected_start_s(store, "native")));
	machines[1].block_id = ids.block;
	assert_int_equal(store_add_machines(store, machines, 2, &e), 0);
	assert_int_equal(store_add_events(store, "machines", texts, 3, &e), 0);
	assert_int_equal(store_add_events(store, "machines", texts, 0, &e), 0);
	/* As parts of a batch, too. */
	assert_int_equal(store_begin_batch(store, &e), 0);
	assert_int_equal(store_add_machines(store, machines, 1, &e), 0);
	assert_int_equal(store_add_events(store, "machines", texts, 1, &e), 0);
	assert_int_equal(store_end_batch(store, false, &e), 0);
	store_close(store);

	store = fixture_open(*state);
	assert_int_equal(store_read(store, &data, &e), 0);
	assert_int_equal(data->machine_count, 2);
	assert_string_equal(data->machines[1].name, "b");
	assert_int_equal(data->event_count, 3);
	assert_string_equal(data->events[0].text, "one");
	assert_string_equal(data->events[1].text, "");
	assert_string_equal(data->events[2].text, "three");
	store_data_free(data);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_everything_comes_back),
		STORE_TEST(test_counters),
		STORE_TEST(test_unknown_is_not_zero),
		STORE_TEST(test_outputs),
		STORE_TEST(test_questions),
		STORE_TEST(test_refusals),
		STORE_TEST(test_end_of_a_block),
		STORE_TEST(test_threads),
		STORE_TEST(test_batch),
		STORE_TEST(test_rows_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
