/* The model's numbers against hand and R, from data made in memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "report/model/build.h"
#include "report/model/model.h"

enum { BLOCKS = 6, TARGETS = 2, MAX_RUNS = 64 };

/* One benchmark, one metric, two targets; a run per block unless more are added. */
struct world {
	struct store_data data;
	struct data_target targets[TARGETS];
	struct data_metric metric;
	struct data_cell cells[TARGETS];
	struct data_block blocks[BLOCKS];
	struct data_run runs[MAX_RUNS];
	struct data_series series[MAX_RUNS];
	double values[MAX_RUNS][3];
};

static void world_init(
	struct world *world, const char *better, const char *statistic, const char *scale)
{
	*world = (struct world){
		.targets = {{.name = (char *)"native", .driver = (char *)"native"},
			{.name = (char *)"guest", .driver = (char *)"libvirt"}},
		.metric = {.benchmark = (char *)"b",
			.name = (char *)"m",
			.unit = (char *)"s",
			.better = (char *)better,
			.statistic = (char *)statistic,
			.scale = (char *)scale},
	};
	for (size_t t = 0; t < TARGETS; t++)
		world->cells[t] = (struct data_cell){.target_index = t,
			.placement = (char *)"1x1",
			.benchmark = (char *)"b",
			.parameters = (char *)"",
			.planned_blocks = BLOCKS,
			.planned_runs = 1};
	for (unsigned b = 0; b < BLOCKS; b++)
		world->blocks[b] = (struct data_block){.placement = (char *)"1x1", .number = b};
	world->data = (struct store_data){
		.campaign_id = (char *)"0",
		.name = (char *)"n",
		.baseline = (char *)"native",
		.tare_version = (char *)"0",
		.targets = world->targets,
		.metrics = &world->metric,
		.cells = world->cells,
		.blocks = world->blocks,
		.runs = world->runs,
		.series = world->series,
		.target_count = TARGETS,
		.metric_count = 1,
		.cell_count = TARGETS,
		.block_count = BLOCKS,
	};
}

static void add_run(
	struct world *world, size_t target, size_t block, const double *values, size_t count)
{
	size_t run = world->data.run_count++, series = world->data.series_count++;

	assert_true(run < MAX_RUNS && count <= 3);
	world->runs[run] = (struct data_run){.cell_index = target, .block_index = block};
	memcpy(world->values[series], values, count * sizeof(*values));
	world->series[series] = (struct data_series){
		.run_index = run, .values = world->values[series], .count = count};
}

static struct report_model *model_of(struct world *world)
{
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(&world->data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(model->group_count, 1);
	assert_int_equal(model->groups[0].row_count, 1);
	return model;
}

#define NEAR(found, expected) \
	assert_true(fabs((found) - (expected)) < 1e-9 * fabs(expected) + 1e-12)

static const double native[BLOCKS] = {100, 101.2, 99.4, 100.6, 100.1, 99.8};
static const double guest[BLOCKS] = {100.3, 101.6, 99.5, 101.1, 100.2, 100.3};

/* R: t.test(log(guest), log(native), paired = TRUE), exp of estimate and interval. */
static void test_ratio(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "lower", "median", "ratio");
	for (size_t b = 0; b < BLOCKS; b++) {
		add_run(&world, 0, b, &native[b], 1);
		add_run(&world, 1, b, &guest[b], 1);
	}
	struct report_model *model = model_of(&world);
	const struct report_value *value = &model->groups[0].rows[0].values[1];
	assert_int_equal(value->status, REPORT_MEASURED);
	assert_true(value->compared);
	assert_int_equal(value->block_count, BLOCKS);
	NEAR(value->change.estimate, exp(0.0031499500189469));
	assert_true(fabs(value->change.low - 1.00124058) < 1e-8);
	assert_true(fabs(value->change.high - 1.00507292) < 1e-8);
	NEAR(value->cost, value->change.estimate - 1);
	NEAR(value->cost_low, value->change.low - 1);
	NEAR(log(value->value.estimate),
		(log(100.3) + log(101.6) + log(99.5) + log(101.1) + log(100.2) + log(100.3)) / 6);
	report_model_free(model);

	/* The same numbers as a rate: what was a cost is a gain. */
	world.metric.better = (char *)"higher";
	model = model_of(&world);
	value = &model->groups[0].rows[0].values[1];
	NEAR(value->cost, exp(-0.0031499500189469) - 1);
	NEAR(value->cost_low, 1 / value->change.high - 1);
	report_model_free(model);
}

/* Mean over runs of the logarithm of the statistic of the iterations, not pooled. */
static void test_block_values(void **state)
{
	static const struct {
		const char *statistic;
		double first, second;
	} cases[] = {
		{"median", 2, 10},
		{"mean", 3, 10},
		{"minimum", 1, 10},
		{"maximum", 6, 10},
		{"sum", 9, 20},
		{"p99", 5.92, 10},
	};
	static const double first[] = {6, 1, 2}, second[] = {10, 10};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct world world;
		world_init(&world, "lower", cases[i].statistic, "ratio");
		add_run(&world, 0, 3, first, 3);
		add_run(&world, 0, 3, second, 2);
		struct report_model *model = model_of(&world);
		const struct report_value *value = &model->groups[0].rows[0].values[0];
		assert_int_equal(value->block_count, 1);
		assert_int_equal(value->runs, 2);
		assert_int_equal(value->samples, 5);
		NEAR(value->blocks[0], (log(cases[i].first) + log(cases[i].second)) / 2);
		NEAR(value->value.estimate, sqrt(cases[i].first * cases[i].second));
		report_model_free(model);
	}
}

static void test_machines_are_averaged(void **state)
{
	static const double values[] = {4, 8};
	struct world world;

	(void)state;
	world_init(&world, "lower", "mean", "ratio");
	add_run(&world, 0, 0, &values[0], 1);
	/* A second machine of the same run. */
	memcpy(world.values[1], &values[1], sizeof(double));
	world.series[1] = (struct data_series){
		.run_index = 0, .machine = 1, .values = world.values[1], .count = 1};
	world.data.series_count = 2;
	struct report_model *model = model_of(&world);
	const struct report_value *value = &model->groups[0].rows[0].values[0];
	assert_int_equal(value->machines, 2);
	assert_int_equal(value->runs, 1);
	NEAR(value->value.estimate, 6.0);
	report_model_free(model);
}

static void test_few_blocks_have_no_interval(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "lower", "median", "ratio");
	for (size_t b = 0; b < 2; b++) {
		add_run(&world, 0, b, &native[b], 1);
		add_run(&world, 1, b, &guest[b], 1);
	}
	struct report_model *model = model_of(&world);
	const struct report_value *value = &model->groups[0].rows[0].values[1];
	assert_true(value->compared);
	assert_int_equal(value->change.status, INTERVAL_TOO_FEW);
	assert_true(isnan(value->cost_low) && isnan(value->change.low));
	assert_false(isnan(value->cost));
	report_model_free(model);
}

/* Zero is a value: additive metrics compare it, ratios show it and say that there is no ratio. */
static void test_zero(void **state)
{
	static const double zeros[] = {0, 0, 0}, ones[] = {1, 2, 3};

	(void)state;
	for (int additive = 0; additive <= 1; additive++) {
		struct world world;
		world_init(&world, "lower", "mean", additive ? "difference" : "ratio");
		for (size_t b = 0; b < 3; b++) {
			add_run(&world, 0, b, &zeros[b], 1);
			add_run(&world, 1, b, &ones[b], 1);
		}
		struct report_model *model = model_of(&world);
		const struct report_value *values = model->groups[0].rows[0].values;
		assert_int_equal(values[0].status, REPORT_MEASURED);
		assert_true(values[0].value.estimate == 0);
		assert_int_equal(values[1].compared, additive);
		if (additive)
			NEAR(values[1].cost, 2.0);
		report_model_free(model);
	}
}

static void test_areas(void **state)
{
	static const struct {
		const char *benchmark, *area;
	} cases[] = {{"timer-latency", "CPU"}, {"exits", "CPU"}, {"latency", "Network"},
		{"osu_bw", "MPI"}, {"null", "Other"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct world world;
		world_init(&world, "lower", "median", "ratio");
		for (size_t t = 0; t < TARGETS; t++)
			world.cells[t].benchmark = (char *)cases[i].benchmark;
		world.metric.benchmark = (char *)cases[i].benchmark;
		struct report_model *model = model_of(&world);
		assert_int_equal(model->area_count, 1);
		assert_string_equal(model->areas[0].name, cases[i].area);
		report_model_free(model);
	}
}

static void test_statuses(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "lower", "median", "ratio");
	world.cells[0].planned_blocks = world.cells[1].planned_blocks = 1;
	/* Nothing yet. */
	struct report_model *model = model_of(&world);
	assert_int_equal(model->groups[0].rows[0].values[1].status, REPORT_NOT_MEASURED);
	assert_int_equal(model->problem_count, 2);
	report_model_free(model);
	/* What was not planned is not missing. */
	world.cells[1].planned_blocks = 0;
	model = model_of(&world);
	assert_int_equal(model->groups[0].rows[0].values[1].status, REPORT_NOT_MEASURED);
	assert_int_equal(model->problem_count, 1);
	report_model_free(model);
	world.cells[1].planned_blocks = 1;
	/* Skipped. */
	world.cells[1].skip_reason = (char *)"needs 2 machines";
	add_run(&world, 0, 0, &native[0], 1);
	model = model_of(&world);
	assert_int_equal(model->groups[0].rows[0].values[0].status, REPORT_MEASURED);
	assert_int_equal(model->groups[0].rows[0].values[1].status, REPORT_SKIPPED);
	assert_string_equal(model->groups[0].cells[1].reason, "needs 2 machines");
	assert_int_equal(model->problem_count, 1);
	report_model_free(model);
	/* Failed. */
	world.cells[1].skip_reason = NULL;
	world.runs[1] = (struct data_run){.cell_index = 1, .failure = (char *)"it died"};
	world.data.run_count = 2;
	model = model_of(&world);
	assert_int_equal(model->groups[0].rows[0].values[1].status, REPORT_FAILED);
	assert_string_equal(model->groups[0].cells[1].reason, "it died");
	assert_int_equal(model->problem_count, 1);
	assert_int_equal(model->problems[0].count, 1);
	report_model_free(model);
	/* Some of the runs only. */
	world.cells[0].planned_blocks = 3;
	model = model_of(&world);
	assert_int_equal(model->groups[0].rows[0].values[0].status, REPORT_MEASURED);
	assert_int_equal(model->problem_count, 2);
	assert_string_equal(model->problems[0].what, "not measured");
	assert_int_equal(model->problems[0].count, 2);
	assert_int_equal(model->problems[0].of, 3);
	report_model_free(model);
}

static void test_marks(void **state)
{
	struct world world;
	struct data_machine machines[] = {
		{.target_index = 0,
			.facts_json = (char *)"{\"kernel\": \"6.1\"}",
			.driver_json = (char *)"{\"image_digest\": \"aa\"}"},
		{.target_index = 1,
			.emulated = true,
			.facts_json = (char *)"{\"kernel\": \"6.2\"}",
			.driver_json = (char *)"{\"image_digest\": \"aa\"}"},
	};

	(void)state;
	world_init(&world, "lower", "median", "ratio");
	world.data.machines = machines;
	world.data.machine_count = 2;
	for (size_t b = 0; b < 3; b++) {
		add_run(&world, 0, b, &native[b], 1);
		add_run(&world, 1, b, &guest[b], 1);
	}
	struct report_model *model = model_of(&world);
	const struct report_cell *cells = model->groups[0].cells;
	assert_false(cells[0].emulated || cells[0].kernel_differs);
	assert_true(cells[1].emulated && cells[1].kernel_differs);
	assert_null(cells[1].refused);
	report_model_free(model);
	/* Another image: refused, whatever the numbers. */
	machines[1].driver_json = (char *)"{\"image_digest\": \"bb\"}";
	model = model_of(&world);
	assert_non_null(model->groups[0].cells[1].refused);
	assert_false(model->groups[0].rows[0].values[1].compared);
	assert_int_equal(model->groups[0].rows[0].values[1].status, REPORT_MEASURED);
	report_model_free(model);
}

static void test_bad_requests(void **state)
{
	struct report_options options = {.confidence = 1};
	struct report_model *model = NULL;
	struct world world;
	struct error e = {""};

	(void)state;
	world_init(&world, "lower", "median", "ratio");
	assert_int_equal(report_model_new(&world.data, &options, &model, &e), -1);
	options.confidence = 0.95;
	world.data.baseline = (char *)"absent";
	assert_int_equal(report_model_new(&world.data, &options, &model, &e), -1);
	assert_non_null(strstr(e.text, "absent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_block_values),
		cmocka_unit_test(test_machines_are_averaged),
		cmocka_unit_test(test_few_blocks_have_no_interval),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_bad_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
