/* Where the wall time went, of a campaign made in memory: two hosts, an interruption, overlaps. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "report/write/timing_write.h"
#include "base/array.h"
#include "report/model/timing.h"

#define S(seconds) ((int64_t)((seconds)*1e9))

/* started 0 … interrupted 100; continued 1000 … killed after its last run's end, 1060. */
static struct data_event events[] = {
	{S(2), (char *)"started", (char *)""},
	{S(2), (char *)"prepared", (char *)"{\"seconds\": 2}"},
	{S(20), (char *)"environment",
		(char *)"{\"host\": \"node1\", \"environment\": \"xen\", \"seconds\": 15, "
			"\"failure\": null}"},
	/* The site's command was 15 s of it. */
	{S(20), (char *)"prepared", (char *)"{\"host\": \"node1\", \"seconds\": 18.5}"},
	{S(30), (char *)"machines",
		(char *)"{\"host\": \"node1\", \"target\": \"xen-pv\", \"placement\": \"2x1\", "
			"\"block\": 0, \"seconds\": 9.5}"},
	{S(31), (char *)"machines", (char *)"{\"host\": \"node2\", \"seconds\": 11}"},
	/* In the last second of the run already. */
	{S(82), (char *)"stopped", (char *)"{\"host\": \"node1\", \"seconds\": 3}"},
	{S(90), (char *)"stopped", (char *)"not JSON"},
	{S(100), (char *)"interrupted run", (char *)"{\"host\": \"node2\", \"seconds\": 12}"},
	{S(100), (char *)"interrupted", (char *)""},
	{S(1000), (char *)"continued", (char *)""},
};
static struct data_target targets[] = {{.name = (char *)"xen-pv"}};
static struct data_cell cells[] = {{.target_index = 0}};
static struct data_block blocks[] = {{.number = 0}, {.number = 1}};
static struct data_machine machines[] = {
	{.block_index = 0, .host = (char *)"node1"},
	{.block_index = 0, .host = (char *)"node1"},
	{.block_index = 0, .host = (char *)"node2"},
	{.block_index = 1, .host = (char *)"node2"},
};
static struct data_run runs[] = {
	{.block_index = 0, .started_ns = S(31), .ended_ns = S(80), .host_s = 40},
	{.block_index = 1, .started_ns = S(1010), .ended_ns = S(1060), .host_s = NAN},
};

static const struct store_data campaign = {
	.targets = targets,
	.cells = cells,
	.blocks = blocks,
	.machines = machines,
	.runs = runs,
	.events = events,
	.target_count = 1,
	.cell_count = 1,
	.block_count = ARRAY_COUNT(blocks),
	.machine_count = ARRAY_COUNT(machines),
	.run_count = ARRAY_COUNT(runs),
	.event_count = ARRAY_COUNT(events),
};

static void test_parts(void **state)
{
	static const double expected[2][TIMING_PARTS] = {
		[0] = {[TIMING_MEASURING] = 40,
			[TIMING_STARTING] = 9.5,
			[TIMING_ENVIRONMENTS] = 15,
			[TIMING_PREPARING] = 3.5,
			[TIMING_AROUND] = 9,
			[TIMING_STOPPING] = 2,
			[TIMING_REST] = 160 - 79},
		[1] = {[TIMING_MEASURING] = 102,
			[TIMING_STARTING] = 11,
			[TIMING_AROUND] = 9,
			[TIMING_REST] = 38},
	};
	struct timing timing;
	struct error e = {""};

	(void)state;
	assert_int_equal(timing_read(&campaign, &timing, &e), 0);
	assert_int_equal(timing.count, 2);
	for (size_t h = 0; h < 2; h++) {
		assert_true(fabs(timing.hosts[h].wall_s - 160) < 1e-6);
		for (size_t p = 0; p < TIMING_PARTS; p++)
			assert_true(fabs(timing.hosts[h].parts_s[p] - expected[h][p]) < 1e-6);
	}
	assert_string_equal(timing.hosts[0].name, "node1");
	assert_true(fabs(timing_idle(&timing) - (3.5 + 9 + 2 + 81 + 9 + 38) / 320) < 1e-9);
	timing_free(&timing);
}

static void test_writing(void **state)
{
	struct text text = {0}, json = {0};
	struct error e = {""};

	(void)state;
	assert_int_equal(report_timing(&campaign, false, &text, &e), 0);
	assert_non_null(strstr(text.bytes, "node2: 160.0 s\n"));
	assert_non_null(strstr(text.bytes, "starting machines            9.5 s   5.94 %"));
	assert_non_null(strstr(text.bytes, "44.53 % of the wall time of all hosts is neither"));
	assert_int_equal(report_timing(&campaign, true, &json, &e), 0);
	json_t *root = json_loads(json.bytes, 0, NULL);
	assert_true(fabs(json_number_value(json_object_get(root, "neither_booting_nor_measuring")) -
			    142.5 / 320) < 1e-8);
	json_decref(root);
	text_free(&text);
	text_free(&json);
}

/* A store of before such times were recorded says so; one that no campaign wrote is refused. */
static void test_no_record(void **state)
{
	struct store_data old = campaign;
	struct data_event only[] = {events[0], events[9]};
	struct text text = {0};
	struct error e = {""};

	(void)state;
	old.events = only;
	old.event_count = ARRAY_COUNT(only);
	assert_int_equal(report_timing(&old, false, &text, &e), 0);
	assert_non_null(strstr(text.bytes, "not recorded: they are in the rest"));
	text_free(&text);
	old.event_count = 0;
	assert_int_equal(report_timing(&old, false, &text, &e), -1);
	assert_non_null(strstr(e.text, "no record"));
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
