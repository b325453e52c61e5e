/* Makes a store of 10^6 samples for timing reports: one suite of 200 metrics on 4 targets, 5
 * blocks, 5 runs, 50 iterations, or another number of them; the same values every time.
 *     large_store DIR [ITERATIONS] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "store/store.h"

enum { TARGETS = 4, METRICS = 200, BLOCKS = 5, RUNS = 5, ITERATIONS = 50, ITERATIONS_MAX = 5000 };

struct maker {
	struct store *store;
	int64_t cells[TARGETS], metrics[METRICS];
	unsigned runs; /* so far */
	uint32_t random;
	int iterations;
};

static int add_metric(struct maker *maker, int number, struct error *e)
{
	cleanup_free char *name = str_printf("metric_%03d", number);
	const struct store_metric metric = {.benchmark = "suite",
		.name = name,
		.unit = "MB/s",
		.better = number % 2 ? "higher" : "lower",
		.statistic = "median",
		.scale = "ratio"};

	maker->metrics[number] = store_add_metric(maker->store, &metric, e);
	return maker->metrics[number] < 0 ? -1 : 0;
}

static int add_cell(struct maker *maker, int number, struct error *e)
{
	cleanup_free char *name = str_printf("target-%d", number);
	const struct store_target target = {.name = name, .driver = "fake"};
	struct store_cell cell = {.placement = "1x1",
		.benchmark = "suite",
		.parameters = "",
		.planned_blocks = BLOCKS,
		.planned_runs = RUNS};

	cell.target_id = store_add_target(maker->store, &target, e);
	if (cell.target_id >= 0)
		maker->cells[number] = store_add_cell(maker->store, &cell, e);
	return cell.target_id < 0 || maker->cells[number] < 0 ? -1 : 0;
}

/* Targets differ by 1 %, iterations by 2 %. */
static int add_run(
	struct maker *maker, int target, int64_t block_id, unsigned number, struct error *e)
{
	static double values[METRICS][ITERATIONS_MAX];
	struct store_series series[METRICS];

	for (int m = 0; m < METRICS; m++) {
		for (int i = 0; i < maker->iterations; i++) {
			maker->random = maker->random * 1664525 + 1013904223;
			values[m][i] = 100 * (1 + 0.01 * target) *
				       (1 + 0.02 * ((double)maker->random / UINT32_MAX));
		}
		series[m] = (struct store_series){
			maker->metrics[m], 0, 0, values[m], (size_t)maker->iterations};
	}
	const struct store_run run = {.cell_id = maker->cells[target],
		.block_id = block_id,
		.number = number,
		.order = maker->runs++,
		.series = series,
		.series_count = METRICS};
	return store_add_run(maker->store, &run, e) < 0 ? -1 : 0;
}

static int add_block(struct maker *maker, unsigned number, struct error *e)
{
	int64_t id = store_add_block(maker->store, "1x1", number, 1, e);

	for (int target = 0; id >= 0 && target < TARGETS; target++)
		for (unsigned run = 0; run < RUNS; run++)
			if (add_run(maker, target, id, run, e) < 0)
				return -1;
	return id < 0 ? -1 : 0;
}

static int fill(struct maker *maker, struct error *e)
{
	const struct store_campaign campaign = {.id = "00000000",
		.name = "large",
		.yaml = "",
		.yaml_digest = "",
		.baseline = "target-0",
		.tare_version = TARE_VERSION};

	if (store_add_campaign(maker->store, &campaign, e) < 0)
		return -1;
	for (int i = 0; i < METRICS; i++)
		if (add_metric(maker, i, e) < 0)
			return -1;
	for (int i = 0; i < TARGETS; i++)
		if (add_cell(maker, i, e) < 0)
			return -1;
	for (unsigned i = 0; i < BLOCKS; i++)
		if (add_block(maker, i, e) < 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct maker maker = {.random = 1, .iterations = ITERATIONS};
	struct error e = {""};

	if (argc == 3)
		maker.iterations = atoi(argv[2]);
	if (argc < 2 || argc > 3 || maker.iterations < 1 || maker.iterations > ITERATIONS_MAX) {
		fprintf(stderr, "usage: large_store DIR [ITERATIONS]\n");
		return 2;
	}
	int status = store_create(argv[1], &maker.store, &e);
	if (status == 0)
		status = fill(&maker, &e);
	store_close(maker.store);
	if (status < 0)
		fprintf(stderr, "large_store: %s\n", e.text);
	return status < 0;
}
