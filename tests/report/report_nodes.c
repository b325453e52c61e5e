/* The node as a factor, of a campaign made in memory: 6 nodes with 5 boots of 2 runs each, one node
 * slower than the others. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/array.h"
#include "base/text.h"
#include "report/model/build.h"
#include "report/write/node_effects_write.h"

enum { NODES = 6, BOOTS = 5, RUNS = 2, BLOCKS = NODES * BOOTS, ALL = BLOCKS * RUNS, SLOW = 3 };

static struct data_block blocks[BLOCKS];
static struct data_machine machines[BLOCKS + 1];
static struct data_run runs[ALL];
static struct data_series series[ALL];
static double values[ALL];
static char hosts[NODES][8];
static struct data_target targets[] = {{.name = (char *)"native",
	.driver = (char *)"native",
	.summary = (char *)"",
	.options_json = (char *)"{}"}};
static struct data_metric metrics[] = {{.benchmark = (char *)"cpu",
	.name = (char *)"rate",
	.unit = (char *)"Mop/s",
	.better = (char *)"higher",
	.statistic = (char *)"median",
	.scale = (char *)"ratio",
	.help = (char *)"",
	.kind = (char *)"headline",
	.rank = 1}};
static struct data_cell cells[] = {{.placement = (char *)"1x1",
	.benchmark = (char *)"cpu",
	.parameters = (char *)"",
	.options_json = (char *)"{}",
	.planned_blocks = BLOCKS,
	.planned_runs = RUNS}};

/* Boots differ by 1 %, runs by 0.1 %, in a fixed pattern without a sum. */
static double made(size_t block, size_t run)
{
	static const double boot[BOOTS] = {-.012, -.006, 0, .006, .012};
	double node = block % NODES == SLOW ? -.1 : 0;

	return 1000 * exp(node + boot[block / NODES] + (run ? .001 : -.001));
}

static struct store_data make(void)
{
	for (size_t n = 0; n < NODES; n++)
		snprintf(hosts[n], sizeof(hosts[n]), "node%zu", n + 1);
	for (size_t b = 0; b < BLOCKS; b++) {
		blocks[b] = (struct data_block){
			.id = (int64_t)b + 1, .placement = (char *)"1x1", .number = (unsigned)b};
		machines[b] = (struct data_machine){.block_index = b,
			.name = (char *)"native-1",
			.host = hosts[b % NODES],
			.start_s = 1};
		for (size_t r = 0; r < RUNS; r++) {
			size_t i = b * RUNS + r;
			values[i] = made(b, r);
			runs[i] = (struct data_run){.block_index = b,
				.number = (unsigned)r,
				.order = (unsigned)i,
				.host_s = NAN,
				.guest_s = NAN};
			series[i] = (struct data_series){
				.run_index = i, .values = &values[i], .count = 1};
		}
	}
	return (struct store_data){.campaign_id = (char *)"12345678",
		.name = (char *)"nodes",
		.baseline = (char *)"native",
		.tare_version = (char *)"",
		.started_ns = 1,
		.targets = targets,
		.target_count = 1,
		.metrics = metrics,
		.metric_count = 1,
		.cells = cells,
		.cell_count = 1,
		.blocks = blocks,
		.block_count = BLOCKS,
		.machines = machines,
		.machine_count = BLOCKS,
		.runs = runs,
		.run_count = ALL,
		.series = series,
		.series_count = ALL,
		.values = values,
		.value_count = ALL};
}

static int write_report(const struct store_data *data, bool json, struct text *out, struct error *e)
{
	const struct report_options options = {0};
	struct report_model *model;

	assert_int_equal(report_model_new(data, &options, &model, e), 0);
	int status = report_node_effects(model, .01, json, 100, out, e);
	report_model_free(model);
	return status;
}

static double member(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

/* Within a boot the variance is 2 * .001² = 2e-6; boots of .006 steps have 9e-5, less what the runs
 * add to it, 2e-6 / 2; five nodes are alike, and one has -.1: .1² / 6. */
static void json(void **state)
{
	const struct store_data data = make();
	struct text out = {0};

	(void)state;
	assert_int_equal(write_report(&data, true, &out, NULL), 0);
	json_t *root = json_loads(out.bytes, 0, NULL);
	json_t *headline = json_array_get(json_object_get(root, "headlines"), 0);
	assert_int_equal(json_array_size(json_object_get(root, "headlines")), 1);
	assert_int_equal(json_integer_value(json_object_get(headline, "nodes")), NODES);
	assert_int_equal(json_integer_value(json_object_get(headline, "boots")), BLOCKS);
	assert_true(fabs(member(headline, "run_variance") - 2e-6) < 1e-9);
	assert_true(fabs(member(headline, "boot_variance") - (9e-5 - 1e-6)) < 1e-8);
	assert_true(fabs(member(headline, "node_variance") - (1e-2 / 6 - 9e-5 / 5)) < 1e-6);
	assert_true(json_integer_value(json_object_get(headline, "nodes_needed")) > 100);
	json_t *differences = json_object_get(headline, "differences");
	assert_int_equal(json_array_size(differences), NODES);
	for (size_t n = 0; n < NODES; n++)
		assert_int_equal(
			json_is_true(json_object_get(json_array_get(differences, n), "differs")),
			n == SLOW);
	json_decref(root);
	text_free(&out);
}

static void text(void **state)
{
	const struct store_data data = make();
	struct text out = {0};

	(void)state;
	assert_int_equal(write_report(&data, false, &out, NULL), 0);
	assert_non_null(strstr(out.bytes, "Searle"));
	assert_non_null(strstr(out.bytes, "node4 -9.5"));
	assert_null(strstr(out.bytes, "node5"));
	assert_non_null(strstr(out.bytes, "0.94 %")); /* the boots' */
	text_free(&out);
}

static void refused(void **state)
{
	struct store_data data = make();
	struct error e = {""};
	struct text out = {0};

	(void)state;
	for (size_t b = 0; b < BLOCKS; b++)
		machines[b].host = hosts[0];
	assert_int_equal(write_report(&data, false, &out, &e), -1);
	assert_non_null(strstr(e.text, "one host"));
	/* A block that was measured on two hosts at once has no node. */
	data = make();
	machines[BLOCKS] = (struct data_machine){
		.name = (char *)"native-2", .host = hosts[1], .block_index = 0};
	data.machine_count++;
	assert_int_equal(write_report(&data, false, &out, &e), 0);
	assert_non_null(strstr(out.bytes, "1 headline is of placements"));
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
		cmocka_unit_test(text),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
