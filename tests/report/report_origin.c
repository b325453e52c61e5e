/* Which counters of the hosts are reported as changed most, from constructed runs. */
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
#include "base/text.h"
#include "report/model/model.h"
#include "report/write/formats.h"
#include "report/write/table.h"

enum { RUNS = 6, COUNTERS = 8 };

#define COUNTER(id, source, name, unit, kind) \
	{ \
		id, (char *)(source), (char *)(name), (char *)(unit), (char *)(kind) \
	}

static struct data_counter counters[COUNTERS] = {
	COUNTER(1, "cpu", "busy", "s", "total"),
	COUNTER(2, "kvm", "exits", "1", "total"),
	COUNTER(3, "interrupts", "timer", "1", "total32"),
	COUNTER(4, "memory", "faults", "1", "total"),
	COUNTER(5, "cpu", "watched", "1", "level"),
	COUNTER(6, "energy", "", "", "total"),
	COUNTER(7, "disks", "reads", "1", "total"),
	COUNTER(8, "guest_cpu", "steal", "s", "total"),
};

/* Growth in a run of 2 s; runs 0-2 are the baseline's, 3-5 the target's, of which the last one
 * failed. */
static const double growth[RUNS][COUNTERS] = {
	{2, 2000, 200, 1000, 1, NAN, 0, NAN},
	{2, 2200, 200, 9000, 1, NAN, 0, NAN},
	{2, 1800, 200, 100, 1, NAN, 0, NAN},
	{3, 80000, 200, 8000, 9, NAN, 1, 1},
	{3, 80000, 202, 300, 9, NAN, 1, 1},
	{99, 0, 0, 0, 9, NAN, 9999, 9},
};

struct made {
	struct data_cell cells[2];
	struct data_target targets[2];
	struct data_block block;
	struct data_run runs[RUNS];
	struct data_reading readings[RUNS * COUNTERS];
	struct report_target shown[2];
	struct report_group group;
	size_t cell_groups[2];
	struct store_data data;
	struct report_model *model;
};

static void make(struct made *made)
{
	*made = (struct made){.cells = {{.target_index = 0,
						.placement = (char *)"1x1",
						.benchmark = (char *)"b",
						.parameters = (char *)""},
				      {.target_index = 1,
					      .placement = (char *)"1x1",
					      .benchmark = (char *)"b",
					      .parameters = (char *)""}},
		.shown = {{.name = "native"}, {.name = "kvm, \"virtio\""}},
		.group = {.placement = "1x1", .benchmark = "b", .parameters = ""}};
	for (size_t r = 0; r < RUNS; r++) {
		made->runs[r] = (struct data_run){.cell_index = r >= RUNS / 2,
			.number = (unsigned)r,
			.started_ns = 1000000000,
			.ended_ns = 3000000000,
			.failure = r == RUNS - 1 ? (char *)"it failed" : NULL};
		for (size_t c = 0; c < COUNTERS; c++)
			made->readings[r * COUNTERS + c] = (struct data_reading){.run_index = r,
				.counter_index = c,
				.at_start = c == 4 ? 0 : 100,
				.at_end = (c == 4 ? 0 : 100) + growth[r][c],
				.note = isnan(growth[r][c]) ? (char *)"a \"reason\"" : NULL};
	}
	made->data = (struct store_data){.targets = made->targets,
		.cells = made->cells,
		.blocks = &made->block,
		.runs = made->runs,
		.counters = counters,
		.readings = made->readings,
		.target_count = 2,
		.cell_count = 2,
		.block_count = 1,
		.run_count = RUNS,
		.counter_count = COUNTERS,
		.reading_count = RUNS * COUNTERS};
	made->model = mem_new(1, sizeof(*made->model));
	made->model->data = &made->data;
	made->model->targets = made->shown;
	made->model->target_count = 2;
	made->model->groups = mem_new(1, sizeof(made->group));
	made->model->groups[0] = made->group;
	made->model->group_count = 1;
	made->model->cell_groups = made->cell_groups;
	model_mark_runs(made->model);
	model_find_origins(made->model);
}

static void unmake(struct made *made)
{
	report_model_free(made->model);
}

static void test_order(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	const struct report_origin *origins = made.model->origins;
	/* Neither the level nor the source that is not available; the failed run does not count. */
	assert_int_equal(made.model->origin_count, 6);
	assert_string_equal(origins[0].name, "exits");
	assert_float_equal(origins[0].rate, 40000, 1e-9);
	assert_float_equal(origins[0].baseline_rate, 1000, 1e-9);
	assert_int_equal(origins[0].runs, 2);
	assert_int_equal(origins[0].baseline_runs, 3);
	assert_true(origins[0].change > log(30) && origins[0].sure < origins[0].change);
	assert_string_equal(origins[1].name, "busy");
	assert_float_equal(origins[1].rate, 1.5, 1e-9);
	/* Three times the faults, and as different from run to run: nothing sure. */
	for (size_t i = 2; i < 5; i++)
		if (strcmp(origins[i].name, "faults") == 0)
			assert_true(origins[i].sure == 0);
	/* What the baseline does not have is there, and has no change. */
	size_t inside = 0;
	for (size_t i = 0; i < made.model->origin_count; i++) {
		if (strcmp(origins[i].source, "guest_cpu") != 0)
			continue;
		assert_float_equal(origins[i].rate, 0.5, 1e-9);
		assert_true(isnan(origins[i].baseline_rate) && isnan(origins[i].change));
		assert_true(origins[i].sure == 0);
		inside++;
	}
	assert_int_equal(inside, 1);
	unmake(&made);
}

static void test_table(void **state)
{
	struct sections sections = {0};
	struct made made;

	(void)state;
	make(&made);
	sections_add_origins(made.model, &sections);
	assert_int_equal(sections.count, 1);
	const struct table *table = &sections.tables[0];
	assert_string_equal(table->title, "Where it comes from");
	/* Exits, busy time, and reads: from 0 to one in two seconds is too little. */
	assert_int_equal(table_rows(table), 2);
	assert_string_equal(table->cells[2].text, "kvm exits");
	assert_string_equal(table->cells[5].text, "×40.0");
	assert_string_equal(table->cells[8].text, "cpu busy");
	sections_free(&sections);
	unmake(&made);
}

static void test_csv(void **state)
{
	cleanup_text struct text text = {0};
	size_t lines = 0;
	struct made made;

	(void)state;
	make(&made);
	report_write_counters_csv(made.model, &text);
	for (size_t i = 0; i < text.count; i++)
		lines += text.bytes[i] == '\n';
	assert_int_equal(lines, 1 + RUNS * COUNTERS);
	assert_non_null(
		strstr(text.bytes, "\nnative,1x1,b,,0,0,0,cpu,busy,s,total,100,102,2,2,\n"));
	assert_non_null(strstr(text.bytes, "\"kvm, \"\"virtio\"\"\",1x1,b,,0,3,0,energy,,,total,"
					   "100,,,2,\"a \"\"reason\"\"\"\n"));
	unmake(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
