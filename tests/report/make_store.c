/* See make_store.h. Everything goes through the store's own interface. */
#include "tests/report/make_store.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "store/store.h"

/* Every metacharacter of every format, a newline and bytes that are not UTF-8. */
#define HOSTILE "<b>&amp; \\tex_{%$} |pipe| \"q\" 'a' `id` @x #1,\n=1 \xff\xc3(\xe2\x82\xac"

enum {
	BLOCKS = 5,
	FEW_BLOCKS = 2,
	RUNS = 2,
	ITERATIONS = 7,
	NATIVE = 0,
	FIRST_GUEST = 2,
	TARGETS = 4
};

static const struct {
	const char *name, *driver, *summary, *kernel, *image;
	double slowdown; /* of compute; input and output suffer its square */
	bool emulated;
} targets[TARGETS] = {
	{"native", "native", "this host, in the image's userspace", "6.1.0-18-amd64", "3f2a9c", 1.0,
		false},
	{"container", "oci", "the image in a container", "6.1.0-18-amd64", "3f2a9c", 1.004, false},
	{"kvm-virtio", "libvirt", "a guest with paravirtual devices", "6.1.0-20-amd64", "3f2a9c",
		9.7, true},
	{HOSTILE, "fake", HOSTILE, "6.1.0-18-amd64", "badbad", 1.2, false},
};

static const double sizes[] = {1, 4194304};
static const double orders[] = {100, 2000};

static const struct {
	struct store_metric metric;
	double base; /* native's value at x = 0 */
	double power; /* of the slowdown */
	const double *xs;
	size_t x_count;
} metrics[] = {
	{{"cpu", "rate", "op/s", "higher", "median", "ratio", NULL, NULL, "integer operations",
		 "headline", 1, NULL, NULL},
		2.4e9, -1, NULL, 0},
	{{"linpack", "performance", "GFLOP/s", "higher", "median", "ratio", "matrix order", "1",
		 NULL, "headline", 1, "largest", NULL},
		24, -1, orders, ARRAY_COUNT(orders)},
	{{"mpi-pingpong", "latency", "us", "lower", "median", "ratio", "message size", "B", NULL,
		 "headline", 1, "smallest", NULL},
		0.62, 2, sizes, ARRAY_COUNT(sizes)},
	{{"mpi-pingpong", "bandwidth", "MB/s", "higher", "median", "ratio", "message size", "B",
		 NULL, "headline", 2, "largest", NULL},
		9000, -2, sizes, ARRAY_COUNT(sizes)},
	{{"disk", "read", "MB/s", "higher", "mean", "ratio", NULL, NULL, NULL, "headline", 1, NULL,
		 NULL},
		510, -2, NULL, 0},
	{{"disk", "read_p99", "us", "lower", "p99", "ratio", NULL, NULL, NULL, "headline", 2, NULL,
		 NULL},
		210, 1.5, NULL, 0},
	{{"clock", "drift", "us/s", "lower", "mean", "difference", NULL, NULL, NULL, "headline", 1,
		 NULL, NULL},
		0, 0, NULL, 0},
	{{"clock", "ticks", "1", "none", "sum", "ratio", NULL, NULL, NULL, "validity", 0, NULL,
		 NULL},
		250, 0, NULL, 0},
	{{"hpcc", "hpl", "GFLOP/s", "higher", "mean", "ratio", NULL, NULL, NULL, "headline", 1,
		 NULL, NULL},
		20, -1, NULL, 0},
};

static const struct {
	const char *placement, *benchmark, *parameters;
} groups[] = {
	{"1x1", "cpu", ""},
	{"1x1", "linpack", ""},
	{"1x1", "disk", "block_size=4K mode=randread"},
	{"1x1", "disk", "block_size=1M mode=read"},
	{"1x1", "clock", ""},
	{"1x2", "cpu", ""},
	{"1x2", "mpi-pingpong", ""},
	{"1x2", "hpcc", HOSTILE},
};

struct making {
	struct store *store;
	const char *id;
	struct error *e;
	uint64_t random;
	int64_t target_ids[TARGETS], metric_ids[ARRAY_COUNT(metrics)];
	int64_t cell_ids[ARRAY_COUNT(groups)][TARGETS];
	unsigned order;
};

/* Normal enough: the sum of twelve uniform numbers. */
static double noise(struct making *making)
{
	double sum = -6;

	for (int i = 0; i < 12; i++) {
		making->random =
			making->random * UINT64_C(6364136223846793005) + 1442695040888963407;
		sum += (double)(making->random >> 11) / 9007199254740992.0;
	}
	return sum;
}

/* What a metric of a target is at x, without noise. */
static double expected(size_t metric, size_t target, double x)
{
	double base = metrics[metric].base, slow = targets[target].slowdown;

	if (strcmp(metrics[metric].metric.scale, "difference") == 0)
		return target == NATIVE ? 0 : -1.5 * (double)target;
	if (strcmp(metrics[metric].metric.name, "latency") == 0)
		return (base + x / 9000) * (target == NATIVE ? 1 : pow(slow, 2 / (1 + x / 1e5)));
	if (strcmp(metrics[metric].metric.name, "bandwidth") == 0)
		return x / ((base / 9000 * 0.62 + x / 9000) * (target == NATIVE ? 1 : slow));
	if (metrics[metric].xs)
		base *= x / (x + 300);
	return base * pow(slow, metrics[metric].power);
}

static int add_names(struct making *making)
{
	const struct store_campaign campaign = {
		.id = making->id,
		.name = "quick & <dirty>",
		.yaml = "name: quick\n",
		.yaml_digest = "d1",
		.baseline = "native",
		.seed = UINT64_C(18446744073709551557),
		.tare_version = "0.1.0",
		.image_digest = "3f2a9c",
		.precision = 0,
		.started_ns = INT64_C(1767225600000000000),
	};

	if (store_add_campaign(making->store, &campaign, making->e) < 0)
		return -1;
	for (size_t t = 0; t < TARGETS; t++) {
		const struct store_target target = {
			targets[t].name, targets[t].driver, targets[t].summary, "{}"};
		making->target_ids[t] = store_add_target(making->store, &target, making->e);
		if (making->target_ids[t] < 0)
			return -1;
	}
	for (size_t m = 0; m < ARRAY_COUNT(metrics); m++) {
		making->metric_ids[m] =
			store_add_metric(making->store, &metrics[m].metric, making->e);
		if (making->metric_ids[m] < 0)
			return -1;
	}
	return 0;
}

static unsigned block_count(const char *placement)
{
	return strcmp(placement, "1x1") == 0 ? BLOCKS : FEW_BLOCKS;
}

/* The kernel-clock benchmark is skipped in containers, and not there for the hostile target. */
static bool is_in_plan(size_t group, size_t target)
{
	return !(strcmp(groups[group].benchmark, "clock") == 0 && target == TARGETS - 1);
}

static int add_cells(struct making *making)
{
	for (size_t g = 0; g < ARRAY_COUNT(groups); g++)
		for (size_t t = 0; t < TARGETS; t++) {
			const char *placement = groups[g].placement;
			const struct store_cell cell = {
				.target_id = making->target_ids[t],
				.placement = placement,
				.benchmark = groups[g].benchmark,
				.parameters = groups[g].parameters,
				.skip_reason = strcmp(groups[g].benchmark, "clock") == 0 && t == 1
						       ? "shares the host's clock"
						       : NULL,
				.planned_blocks = block_count(placement),
				.planned_runs = RUNS,
			};
			if (!is_in_plan(g, t))
				continue;
			making->cell_ids[g][t] = store_add_cell(making->store, &cell, making->e);
			if (making->cell_ids[g][t] < 0)
				return -1;
		}
	return 0;
}

static int add_machine(struct making *making, int64_t block_id, size_t t, bool boots)
{
	cleanup_free char *facts =
		str_printf("{\"kernel\": \"%s\", \"cpu_model\": \"Example CPU 3000 @ 2.40GHz\", "
			   "\"clocksource\": \"%s\", \"governor\": \"performance\", "
			   "\"mitigations\": {\"meltdown\": \"Not affected\", \"spectre_v2\": "
			   "\"Mitigation: Retpolines\", \"retbleed\": \"%s\"}}",
			targets[t].kernel, targets[t].emulated ? "kvm-clock" : "tsc",
			targets[t].emulated ? "Not affected" : "Vulnerable");
	cleanup_free char *options = str_printf(", \"options\": {\"machine\": \"q35\", \"cache\": "
						"\"%s\", \"queues\": %zu}",
		targets[t].emulated ? "none" : "writeback", t);
	cleanup_free char *driver = str_printf("{\"image_digest\": \"%s\"%s%s}", targets[t].image,
		targets[t].emulated ? ", \"hypervisor\": \"QEMU\", \"hypervisor_version\": "
				      "\"7.2.0\", \"accelerator\": \"tcg\""
				    : "",
		t >= FIRST_GUEST ? options : "");
	const struct store_machine machine = {
		.block_id = block_id,
		.target_id = making->target_ids[t],
		.name = "m",
		.host = "localhost",
		.cpus = 2,
		.memory_bytes = UINT64_C(2) << 30,
		.emulated = targets[t].emulated,
		.start_s = boots ? 0.5 + (targets[t].emulated ? 2.5 : 0) : NAN,
		.facts_json = boots ? facts : NULL,
		.driver_json = driver,
		.failure = boots ? NULL : "no answer within 60 s",
	};

	return store_add_machines(making->store, &machine, 1, making->e);
}

/* cpu in two machines at once: a guest's second machine gets only half of what the first does. */
static size_t both_machines(
	size_t g, size_t t, double *values, struct store_series *series, size_t count)
{
	double *second = values + count * ITERATIONS;

	if (strcmp(groups[g].benchmark, "cpu") != 0 || strcmp(groups[g].placement, "1x2") != 0)
		return count;
	for (size_t v = 0; v < ITERATIONS; v++)
		second[v] = values[v] * (t == 2 ? 0.5 : 1);
	series[count] = series[0];
	series[count].machine = 1;
	series[count].values = second;
	return count + 1;
}

/* Samples of every metric of the group's benchmark; series must have room. Returns their number. */
static size_t make_series(struct making *making, size_t g, size_t t, double drift, double *values,
	struct store_series *series)
{
	static const double no_axis[] = {0};
	size_t count = 0;

	for (size_t m = 0; m < ARRAY_COUNT(metrics); m++) {
		const double *xs = metrics[m].xs ? metrics[m].xs : no_axis;
		size_t x_count = metrics[m].xs ? metrics[m].x_count : 1;
		if (strcmp(metrics[m].metric.benchmark, groups[g].benchmark) != 0)
			continue;
		for (size_t i = 0; i < x_count; i++) {
			double *own = values + count * ITERATIONS;
			for (size_t v = 0; v < ITERATIONS; v++) {
				double value = expected(m, t, xs[i]);
				own[v] = value * exp(drift + 0.01 * noise(making));
				if (strcmp(metrics[m].metric.scale, "difference") == 0)
					own[v] += 0.4 * noise(making);
			}
			series[count++] = (struct store_series){
				making->metric_ids[m], 0, xs[i], own, ITERATIONS};
		}
	}
	return both_machines(g, t, values, series, count);
}

/* hpcc fails on every run of the container and on one of native; the guest's last mpi runs were
 * not reached. */
static const char *failure_of(size_t g, size_t t, unsigned block, unsigned run)
{
	if (strcmp(groups[g].benchmark, "hpcc") != 0)
		return NULL;
	if (t == 1)
		return "HPL residual check failed: <0.12> & |more|\nsecond line";
	return t == NATIVE && block == 1 && run == 1 ? "timed out after 600 s" : NULL;
}

static int add_run(struct making *making, int64_t block_id, size_t g, size_t t, unsigned block,
	unsigned number, double drift)
{
	double values[32 * ITERATIONS];
	struct store_series series[32];
	const char *failure = failure_of(g, t, block, number);
	const struct store_clock clock = {0, 0.010, 0.011, 0.0002};
	struct store_run run = {
		.cell_id = making->cell_ids[g][t],
		.block_id = block_id,
		.number = number,
		.order = making->order,
		.failure = failure,
		.started_ns = INT64_C(1767225600000000000) + making->order * INT64_C(3000000000),
		.host_s = 2.5,
		.guest_s = 2.5,
		.user_s = 2,
		.system_s = 0.1,
		.steal_s = t == 2 ? 0.05 : 0,
		.max_rss_bytes = 1 << 20,
		.exit_status = failure ? 1 : 0,
		.clocks = &clock,
		.clock_count = t == 2,
		.command = "bench --example",
	};

	run.ended_ns = run.started_ns + INT64_C(2500000000);
	making->order++;
	if (!failure) {
		run.series = series;
		run.series_count =
			make_series(making, g, t, drift + 0.002 * noise(making), values, series);
	}
	return store_add_run(making->store, &run, making->e) < 0 ? -1 : 0;
}

static int add_block(struct making *making, const char *placement, unsigned block)
{
	int64_t block_id = store_add_block(
		making->store, placement, block, INT64_C(1767225600000000000) + block, making->e);

	if (block_id < 0)
		return -1;
	for (size_t t = 0; t < TARGETS; t++) {
		bool few = block_count(placement) == FEW_BLOCKS;
		double drift = 0.003 * noise(making);
		if (few && targets[t].emulated && block == 1) {
			if (add_machine(making, block_id, t, false) < 0)
				return -1;
			continue;
		}
		if (add_machine(making, block_id, t, true) < 0)
			return -1;
		for (size_t g = 0; g < ARRAY_COUNT(groups); g++)
			for (unsigned run = 0; run < RUNS; run++)
				if (strcmp(groups[g].placement, placement) == 0 &&
					is_in_plan(g, t) &&
					!(strcmp(groups[g].benchmark, "clock") == 0 && t == 1) &&
					add_run(making, block_id, g, t, block, run, drift) < 0)
					return -1;
	}
	return store_end_block(
		making->store, block_id, INT64_C(1767225600000000000) + block + 1, making->e);
}

int make_store(const char *dir, struct error *e)
{
	return make_store_as(dir, "5ca1ab1e", 42, e);
}

int make_store_as(const char *dir, const char *id, uint64_t seed, struct error *e)
{
	struct making making = {.id = id, .e = e, .random = seed};
	int result;

	if (store_create(dir, &making.store, e) < 0)
		return -1;
	result = add_names(&making);
	if (result == 0)
		result = add_cells(&making);
	for (unsigned b = 0; result == 0 && b < BLOCKS; b++)
		result = add_block(&making, "1x1", b);
	for (unsigned b = 0; result == 0 && b < FEW_BLOCKS; b++)
		result = add_block(&making, "1x2", b);
	store_close(making.store);
	return result;
}
