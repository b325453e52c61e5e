/* How fast a large report is: a store of 10^6 samples in 200 metrics (4 targets, 5 blocks, 5 runs,
 * 50 iterations), read and written in every format but figures. Prints seconds, bytes and the
 * process's peak memory. Not a test: machines differ. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "report/model/build.h"
#include "report/write/formats.h"

enum { TARGETS = 4, METRICS = 200, BLOCKS = 5, RUNS = 5, ITERATIONS = 50 };

struct ids {
	int64_t cells[TARGETS], blocks[BLOCKS], metrics[METRICS], targets[TARGETS];
};

static int add_names(struct store *store, struct ids *ids, struct error *e)
{
	const struct store_campaign campaign = {.id = "00000000",
		.name = "large",
		.yaml = "",
		.yaml_digest = "",
		.baseline = "target-0",
		.tare_version = TARE_VERSION};

	if (store_add_campaign(store, &campaign, e) < 0)
		return -1;
	for (int m = 0; m < METRICS; m++) {
		cleanup_free char *name = str_printf("metric_%03d", m);
		const struct store_metric metric = {.benchmark = "suite",
			.name = name,
			.unit = "MB/s",
			.better = m % 2 ? "higher" : "lower",
			.statistic = "median",
			.scale = "ratio"};
		if ((ids->metrics[m] = store_add_metric(store, &metric, e)) < 0)
			return -1;
	}
	for (int t = 0; t < TARGETS; t++) {
		cleanup_free char *name = str_printf("target-%d", t);
		const struct store_target target = {.name = name, .driver = "fake"};
		if ((ids->targets[t] = store_add_target(store, &target, e)) < 0)
			return -1;
		const struct store_cell cell = {.target_id = ids->targets[t],
			.placement = "1x1",
			.benchmark = "suite",
			.parameters = "",
			.planned_blocks = BLOCKS,
			.planned_runs = RUNS};
		if ((ids->cells[t] = store_add_cell(store, &cell, e)) < 0)
			return -1;
	}
	return 0;
}

static int add_run(struct store *store, const struct ids *ids, int t, int b, int r, unsigned *order,
	struct error *e)
{
	static double values[METRICS * ITERATIONS];
	struct store_series series[METRICS];
	static uint32_t random = 1;

	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		random = random * 1664525 + 1013904223;
		values[i] = 100 * (1 + 0.01 * t) * (1 + 1e-11 * (random >> 1));
	}
	for (int m = 0; m < METRICS; m++)
		series[m] = (struct store_series){
			ids->metrics[m], 0, 0, values + m * ITERATIONS, ITERATIONS};
	const struct store_run run = {.cell_id = ids->cells[t],
		.block_id = ids->blocks[b],
		.number = (unsigned)r,
		.order = (*order)++,
		.series = series,
		.series_count = METRICS};
	return store_add_run(store, &run, e) < 0 ? -1 : 0;
}

static int make(const char *dir, struct error *e)
{
	struct store *store = NULL;
	struct ids ids;
	unsigned order = 0;
	int result;

	if (store_create(dir, &store, e) < 0)
		return -1;
	result = add_names(store, &ids, e);
	for (int b = 0; result == 0 && b < BLOCKS; b++) {
		ids.blocks[b] = store_add_block(store, "1x1", (unsigned)b, 1, e);
		result = ids.blocks[b] < 0 ? -1 : 0;
		for (int t = 0; result == 0 && t < TARGETS; t++)
			for (int r = 0; result == 0 && r < RUNS; r++)
				result = add_run(store, &ids, t, b, r, &order, e);
	}
	store_close(store);
	return result;
}

static double lap(double *since)
{
	double now = clock_monotonic_s(), passed = now - *since;

	*since = now;
	return passed;
}

static int measure(const char *dir, struct error *e)
{
	double start = clock_monotonic_s(), since = start;
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct store_data *data = NULL;
	struct store *store = NULL;
	struct rusage usage;

	if (store_open_readonly(dir, &store, e) < 0)
		return -1;
	if (store_read(store, &data, e) < 0) {
		store_close(store);
		return -1;
	}
	store_close(store);
	printf("%-8s %8.3f s  %zu samples\n", "read", lap(&since), data->value_count);
	if (report_model_new(data, &options, &model, e) < 0) {
		store_data_free(data);
		return -1;
	}
	printf("%-8s %8.3f s\n", "model", lap(&since));
	for (const struct report_format *format = report_formats; format->name; format++) {
		cleanup_text struct text out = {0};
		format->write(model, &out);
		printf("%-8s %8.3f s  %zu bytes\n", format->name, lap(&since), out.count);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%-8s %8.3f s  peak %ld MiB\n", "all", since - start, usage.ru_maxrss / 1024);
	report_model_free(model);
	store_data_free(data);
	return 0;
}

int main(void)
{
	char dir[] = "/tmp/tare-perf-report-XXXXXX";
	struct error e = {""};
	int result = -1;

	if (!mkdtemp(dir))
		return 1;
	result = make(dir, &e);
	if (result == 0)
		result = measure(dir, &e);
	dir_remove(dir, NULL);
	if (result < 0)
		fprintf(stderr, "%s\n", e.text);
	return result < 0;
}
