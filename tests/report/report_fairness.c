/* Fairness and aggregate of machines that ran at once, against numbers by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/array.h"
#include "report/model/build.h"
#include "report/model/model.h"

enum { MACHINES = 2, RUNS = 3, INTERVALS = 10 };

/* One target, whose every run measured in two machines at once. */
struct world {
	struct store_data data;
	struct data_target target;
	struct data_metric metric;
	struct data_cell cell;
	struct data_block block;
	struct data_run runs[RUNS];
	struct data_series series[RUNS * MACHINES];
	double values[RUNS][MACHINES][INTERVALS];
};

static void world_init(
	struct world *world, const char *unit, const char *better, const char *statistic)
{
	*world = (struct world){
		.target = {.name = (char *)"guest", .driver = (char *)"libvirt"},
		.metric = {.benchmark = (char *)"b",
			.name = (char *)"m",
			.unit = (char *)unit,
			.better = (char *)better,
			.statistic = (char *)statistic,
			.scale = (char *)"ratio"},
		.cell = {.placement = (char *)"1x2",
			.benchmark = (char *)"b",
			.parameters = (char *)"machines=all",
			.planned_blocks = 1,
			.planned_runs = RUNS},
		.block = {.placement = (char *)"1x2"},
	};
	for (size_t r = 0; r < RUNS; r++)
		for (unsigned m = 0; m < MACHINES; m++)
			world->series[r * MACHINES + m] = (struct data_series){.run_index = r,
				.machine = m,
				.values = world->values[r][m],
				.count = INTERVALS};
	world->data = (struct store_data){
		.campaign_id = (char *)"0",
		.name = (char *)"n",
		.baseline = (char *)"guest",
		.tare_version = (char *)"0",
		.targets = &world->target,
		.metrics = &world->metric,
		.cells = &world->cell,
		.blocks = &world->block,
		.runs = world->runs,
		.series = world->series,
		.target_count = 1,
		.metric_count = 1,
		.cell_count = 1,
		.block_count = 1,
		.run_count = RUNS,
		.series_count = RUNS * MACHINES,
	};
}

static void fill(struct world *world, size_t run, size_t machine, double value)
{
	for (size_t i = 0; i < INTERVALS; i++)
		world->values[run][machine][i] = value;
}

static struct report_model *model_of(struct world *world)
{
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(&world->data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(model->fairness_count, 1);
	return model;
}

static void assert_near(double found, double expected)
{
	assert_true(fabs(found - expected) < 1e-9 * fabs(expected));
}

/* The second machine gets nothing in 4 of its 10 intervals, which its median does not notice. */
static void test_starved_machine(void **state)
{
	static const struct {
		const char *statistic;
		double jain, max_min, aggregate;
	} cases[] = {
		/* (10 + 6)² / (2 (10² + 6²)) */
		{"mean", 256.0 / 272, 10.0 / 6, 16},
		{"median", 1, 1, 20},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct world world;
		world_init(&world, "Mbit/s", "higher", cases[i].statistic);
		for (size_t r = 0; r < RUNS; r++) {
			fill(&world, r, 0, 10);
			fill(&world, r, 1, 10);
			for (size_t starved = 0; starved < 4; starved++)
				world.values[r][1][2 * starved] = 0;
		}
		struct report_model *model = model_of(&world);
		assert_near(model->fairnesses[0].jain, cases[i].jain);
		assert_near(model->fairnesses[0].max_min, cases[i].max_min);
		assert_near(model->fairnesses[0].aggregate, cases[i].aggregate);
		report_model_free(model);
	}
}

/* Sums are of a run; over runs it is the median, not the sum of medians. */
static void test_aggregate_over_runs(void **state)
{
	static const double rates[RUNS][MACHINES] = {{10, 1}, {1, 10}, {4, 5}};
	struct world world;

	(void)state;
	world_init(&world, "MB/s", "higher", "mean");
	for (size_t r = 0; r < RUNS; r++)
		for (size_t m = 0; m < MACHINES; m++)
			fill(&world, r, m, rates[r][m]);
	struct report_model *model = model_of(&world);
	assert_near(model->fairnesses[0].aggregate, 11);
	assert_int_equal(model->groups[0].rows[0].values[0].machines, 2);
	report_model_free(model);
}

/* Only what adds up has an aggregate; all have shares. */
static void test_what_has_an_aggregate(void **state)
{
	static const struct {
		const char *unit, *better;
		bool aggregate;
	} cases[] = {
		{"MB/s", "higher", true},
		{"1/s", "higher", true},
		{"ns/day", "higher", true},
		{"1", "higher", false},
		{"%", "higher", false},
		{"us", "lower", false},
		{"us/s", "lower", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct world world;
		world_init(&world, cases[i].unit, cases[i].better, "median");
		for (size_t r = 0; r < RUNS; r++) {
			fill(&world, r, 0, 3);
			fill(&world, r, 1, 1);
		}
		struct report_model *model = model_of(&world);
		assert_int_equal(isfinite(model->fairnesses[0].aggregate), cases[i].aggregate);
		assert_near(model->fairnesses[0].max_min, 3);
		report_model_free(model);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starved_machine),
		cmocka_unit_test(test_aggregate_over_runs),
		cmocka_unit_test(test_what_has_an_aggregate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
