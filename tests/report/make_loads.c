/* See make_loads.h. Everything goes through the store's own interface. */
#include "tests/report/make_loads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "store/store.h"

enum { NATIVE, XEN, KVM, OLD, TARGETS, BLOCKS = 4, ITERATIONS = 20, SERIES_MAX = 64 };

static const int64_t start_ns = INT64_C(1767225600000000000), second_ns = 1000000000;

static const struct {
	const char *name, *driver, *driver_json;
	double slowdown, drift, offset;
} targets[TARGETS] = {
	{"native", "native", "{}", 1, 0, 0},
	{"xen-pv", "libvirt",
		"{\"hypervisor\": \"Xen\", \"hypervisor_version\": \"4.17.3\", \"host_kernel\": "
		"\"6.1.0-25-amd64\"}",
		1.02, 3e-6, 0.002},
	{"kvm-virtio", "libvirt",
		"{\"hypervisor\": \"QEMU\", \"hypervisor_version\": \"7.2.11\", "
		"\"host_kernel\": \"6.1.0-25-amd64\"}",
		1.05, 1e-6, 0.001},
	{"kvm-old", "libvirt",
		"{\"hypervisor\": \"QEMU\", \"hypervisor_version\": \"0.14\", \"host_kernel\": "
		"\"6.1.0-25-amd64\"}",
		1.4, 4e-4, 0.050},
};

#define HEADLINE "headline", 1, NULL, NULL
#define DETAIL "detail", 0, NULL, NULL
#define WAITS "log2 of cycles waited", "1"

static const struct store_metric metrics[] = {
	{"linpack", "gflops", "GFLOP/s", "higher", "median", "ratio", "problem size", "1", NULL,
		HEADLINE},
	{"disk", "bandwidth", "MB/s", "higher", "median", "ratio", "block size", "B", NULL,
		HEADLINE},
	{"disk", "latency_mean", "us", "lower", "median", "ratio", "block size", "B", NULL, DETAIL},
	{"lockhold", "acquisitions", "1/s", "higher", "median", "ratio", NULL, NULL, NULL,
		HEADLINE},
	{"lockhold", "waits_share", "%", "none", "mean", "difference", WAITS, NULL, DETAIL},
	{"lockhold", "waited_share", "%", "none", "mean", "difference", WAITS, NULL, DETAIL},
	{"net", "throughput", "Mbit/s", "higher", "mean", "ratio", NULL, NULL, NULL, HEADLINE},
	{"boot", "ready", "s", "lower", "median", "ratio", NULL, NULL, NULL, HEADLINE},
	{"boot", "started", "s", "lower", "median", "ratio", NULL, NULL, NULL, DETAIL},
	{"boot", "first_job", "s", "lower", "median", "ratio", NULL, NULL, NULL, DETAIL},
	{"boot", "stop", "s", "lower", "median", "ratio", NULL, NULL, NULL, DETAIL},
	{"boot", "kernel", "s", "lower", "median", "ratio", NULL, NULL, NULL, DETAIL},
	{"flush", "acknowledged_bytes", "B", "none", "median", "difference", NULL, NULL, NULL,
		DETAIL},
	{"flush", "device_share", "1", "higher", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"flush", "direct_share", "1", "higher", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"flush", "flushes_asked", "1", "none", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"flush", "machine_bytes", "B", "none", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"flush", "machine_flushes", "1", "none", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"flush", "host_flushes", "1", "none", "median", "difference", NULL, NULL, NULL, DETAIL},
	{"gromacs", "performance", "ns/day", "higher", "median", "ratio", NULL, NULL, NULL,
		HEADLINE},
};

static const struct {
	const char *benchmark, *parameters, *options;
	double load; /* slowdown of a whole CPU taken away */
} groups[] = {
	{"linpack", "background=none", "{}", 0},
	{"linpack", "background=linpack", "{}", 0.35},
	{"linpack", "background=disk(op=write size=64M)", "{}", 0.06},
	{"disk", "background=none pattern=randread", "{\"interval\":\"0.5s\"}", 0},
	{"disk", "background=linpack pattern=randread", "{\"interval\":\"0.5s\"}", 0.1},
	{"disk", "background=disk(op=write size=64M) pattern=randread", "{}", 1.4},
	{"lockhold", "", "{}", 0},
	{"net", "", "{\"interval\":\"0.5s\"}", 0},
	{"boot", "", "{}", 0},
	{"flush", "", "{}", 0},
	{"gromacs", "cells=4 threads=1", "{}", 0},
	{"gromacs", "cells=4 threads=2", "{}", 0},
	{"gromacs", "cells=4 threads=4", "{}", 0},
};

struct making {
	struct store *store;
	struct error *e;
	uint64_t random;
	int64_t target_ids[TARGETS], metric_ids[ARRAY_COUNT(metrics)];
	int64_t cell_ids[ARRAY_COUNT(groups)][TARGETS];
	int64_t now_ns;
	unsigned order;
};

/* -1 … 1, mostly near 0. */
static double noise(struct making *making)
{
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		making->random =
			making->random * UINT64_C(6364136223846793005) + 1442695040888963407;
		sum += (double)(making->random >> 11) / 9007199254740992.0 - 0.5;
	}
	return sum / 1.5;
}

/* Everything but waits and flushes; slow: times as slow as native beside nothing. */
static double plain(size_t metric, double x, double slow)
{
	static const double stages[] = {1.6, 0.08, 0.03, 0.35, 0.9};
	const char *name = metrics[metric].name;

	if (strcmp(metrics[metric].benchmark, "boot") == 0)
		return stages[metric - 7] * pow(slow, 3);
	if (strcmp(name, "performance") == 0)
		return 8 / slow;
	if (strcmp(name, "gflops") == 0)
		return 24 * x / (x + 300) / slow;
	if (strcmp(name, "bandwidth") == 0)
		return 400 * x / (x + 30000) / slow;
	if (strcmp(name, "latency_mean") == 0)
		return (80 + x / 500) * slow;
	return (strcmp(name, "throughput") == 0 ? 9400 : 2e6) / (slow * slow);
}

/* Short waits, and those for a holder that lost its CPU. */
static double waits(size_t target, double x, bool share_of_time)
{
	double shortly = 60 * exp(-0.5 * pow((x - 9) / 1.5, 2));
	double preempted = (target == NATIVE ? 0 : 0.4 * targets[target].slowdown) *
			   exp(-0.5 * pow((x - 25) / 0.8, 2));

	double share = share_of_time ? shortly * 0.02 + preempted * 60 : shortly + preempted;

	return share < 1e-5 ? 0 : share;
}

/* Xen's host caches what does not ask; kvm-old swallows all. What kvm-virtio's device had once is
 * hidden by what it had to do for others. */
static double flushes(const char *name, size_t target, unsigned block)
{
	double bytes = 16 << 20;

	if (strcmp(name, "device_share") == 0)
		return target == OLD ? 0.01 : target == KVM && block == 2 ? 0.3 : 1.02;
	if (strcmp(name, "direct_share") == 0)
		return target == NATIVE || target == KVM ? 1 : 0;
	if (strstr(name, "bytes"))
		return bytes;
	return target == OLD && strcmp(name, "flushes_asked") != 0 ? 0 : 1000;
}

static double value_of(
	struct making *making, size_t g, size_t m, size_t t, double x, unsigned block, unsigned i)
{
	double slow = targets[t].slowdown * (1 + groups[g].load * (t == NATIVE ? 0.5 : 1));
	const char *benchmark = metrics[m].benchmark;

	if (strcmp(benchmark, "flush") == 0)
		return flushes(metrics[m].name, t, block);
	if (metrics[m].x_name && strcmp(metrics[m].better, "none") == 0)
		return waits(t, x, strcmp(metrics[m].name, "waited_share") == 0) *
		       exp(0.2 * noise(making));
	/* TCP's start, and something that took the network away for a second. */
	if (strcmp(benchmark, "net") == 0)
		slow *= i < 3 ? 1.6 - 0.2 * i : t == OLD && i > 9 && i < 12 ? 2 : 1;
	/* The more it costs, the worse it scales. */
	const char *threads = strstr(groups[g].parameters, "threads=");
	if (threads)
		slow /= pow(strtod(threads + strlen("threads="), NULL), 1 / slow);
	return plain(m, x, slow) * exp(0.02 * noise(making));
}

static size_t places(size_t m, double xs[40])
{
	static const double sizes[] = {4096, 65536, 1048576}, orders[] = {200, 800, 2400};
	size_t count = 0;

	if (!metrics[m].x_name) {
		xs[count++] = 0;
	} else if (strcmp(metrics[m].better, "none") == 0) {
		for (int power = 5; power < 28; power++)
			xs[count++] = power;
	} else {
		bool disk = strcmp(metrics[m].benchmark, "disk") == 0;
		for (; count < ARRAY_COUNT(sizes); count++)
			xs[count] = (disk ? sizes : orders)[count];
	}
	return count;
}

static size_t make_series(struct making *making, size_t g, size_t t, unsigned block, double *values,
	struct store_series *series)
{
	size_t count = 0;

	for (size_t m = 0; m < ARRAY_COUNT(metrics); m++) {
		double xs[40];
		size_t x_count, length = strcmp(metrics[m].benchmark, "net") == 0 ? ITERATIONS : 1;
		if (strcmp(metrics[m].benchmark, groups[g].benchmark) != 0)
			continue;
		x_count = places(m, xs);
		for (size_t i = 0; i < x_count; i++, count++) {
			double *own = values + count * ITERATIONS;
			for (unsigned v = 0; v < length; v++)
				own[v] = value_of(making, g, m, t, xs[i], block, v);
			series[count] =
				(struct store_series){making->metric_ids[m], 0, xs[i], own, length};
		}
	}
	return count;
}

static int add_run(struct making *making, int64_t block_id, size_t g, size_t t, unsigned block)
{
	double values[SERIES_MAX * ITERATIONS];
	struct store_series series[SERIES_MAX];
	const double host_s = 10;
	double elapsed_s = (double)(making->now_ns - start_ns) / 1e9;
	double offset = targets[t].offset + targets[t].drift * elapsed_s,
	       drift = targets[t].drift * host_s;
	struct store_clock clock = {0, offset, offset + drift, 0.0002};
	struct store_run run = {
		.cell_id = making->cell_ids[g][t],
		.block_id = block_id,
		.order = making->order++,
		.started_ns = making->now_ns,
		.ended_ns = making->now_ns + (int64_t)host_s * second_ns,
		.host_s = host_s,
		.guest_s = host_s * (1 + targets[t].drift),
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.max_rss_bytes = -1,
		.clocks = &clock,
		.clock_count = 1,
		.command = "bench --example",
		.series = series,
	};

	/* Once its clock was set while a benchmark ran. */
	if (t == OLD && block == 1 && g == 0)
		clock.offset_after_s += 1.5;
	making->now_ns = run.ended_ns + second_ns;
	run.series_count = make_series(making, g, t, block, values, series);
	return store_add_run(making->store, &run, making->e) < 0 ? -1 : 0;
}

static int add_machine(struct making *making, int64_t block_id, size_t t, const char *host)
{
	cleanup_free char *facts = str_printf(
		"{\"kernel\": \"6.1.0-%d-amd64\", \"cpu_model\": \"%s\", \"clocksource\": \"%s\"}",
		t == OLD ? 20 : 25,
		strcmp(host, "node1") != 0 ? "Example CPU 2000" : "Example CPU 3000",
		t == NATIVE ? "tsc" : "kvm-clock");
	const struct store_machine machine = {
		.block_id = block_id,
		.target_id = making->target_ids[t],
		.name = "m",
		.host = host,
		.cpus = 2,
		.memory_bytes = UINT64_C(2) << 30,
		.start_s = t == NATIVE ? 0.1 : 2,
		.facts_json = facts,
		.driver_json = targets[t].driver_json,
	};

	return store_add_machines(making->store, &machine, 1, making->e);
}

static int add_names(struct making *making)
{
	const struct store_campaign campaign = {
		.id = "10ad10ad",
		.name = "loads",
		.yaml = "name: loads\n",
		.yaml_digest = "d2",
		.baseline = "native",
		.seed = 11,
		.tare_version = "0.1.0",
		.image_digest = "3f2a9c",
		.started_ns = start_ns,
	};

	if (store_add_campaign(making->store, &campaign, making->e) < 0)
		return -1;
	for (size_t t = 0; t < TARGETS; t++) {
		const struct store_target target = {targets[t].name, targets[t].driver, NULL, "{}"};
		making->target_ids[t] = store_add_target(making->store, &target, making->e);
	}
	for (size_t m = 0; m < ARRAY_COUNT(metrics); m++)
		making->metric_ids[m] = store_add_metric(making->store, &metrics[m], making->e);
	for (size_t g = 0; g < ARRAY_COUNT(groups); g++)
		for (size_t t = 0; t < TARGETS; t++) {
			const struct store_cell cell = {
				.target_id = making->target_ids[t],
				.placement = "1x2",
				.benchmark = groups[g].benchmark,
				.parameters = groups[g].parameters,
				.options_json = groups[g].options,
				.planned_blocks = BLOCKS,
				.planned_runs = 1,
			};
			making->cell_ids[g][t] = store_add_cell(making->store, &cell, making->e);
			if (making->cell_ids[g][t] < 0)
				return -1;
		}
	return 0;
}

/* Native has nothing to boot, and xen-pv was not measured beside the disk. */
static bool is_measured(size_t g, size_t t)
{
	return !(t == NATIVE && strcmp(groups[g].benchmark, "boot") == 0) && !(t == XEN && g == 5);
}

static int add_event(struct making *making, const char *kind, const char *host, const char *key,
	const char *what)
{
	cleanup_free char *text =
		str_printf("{\"host\": \"%s\", \"%s\": \"%s\", \"seconds\": 2}", host, key, what);

	return store_add_event(making->store, kind, text, making->e);
}

static int add_block(struct making *making, unsigned block)
{
	int64_t id = store_add_block(making->store, "1x2", block, making->now_ns, making->e);
	static const char *const hosts[] = {"node1", "node2"};

	if (id < 0)
		return -1;
	for (size_t t = 0; t < TARGETS; t++) {
		for (size_t h = 0; h < ARRAY_COUNT(hosts); h++)
			if (add_event(making, "environment", hosts[h], "environment",
				    t == XEN ? "xen" : "linux") < 0 ||
				add_machine(making, id, t, hosts[h]) < 0 ||
				add_event(making, "machines", hosts[h], "target", targets[t].name) <
					0)
				return -1;
		making->now_ns += 2 * second_ns;
		for (size_t g = 0; g < ARRAY_COUNT(groups); g++)
			if (is_measured(g, t) && add_run(making, id, g, t, block) < 0)
				return -1;
	}
	return store_end_block(making->store, id, making->now_ns, making->e);
}

int make_loads(const char *dir, struct error *e)
{
	struct making making = {.e = e, .random = 5, .now_ns = start_ns + 5 * second_ns};
	int result;

	if (store_create(dir, &making.store, e) < 0)
		return -1;
	result = add_names(&making);
	for (unsigned b = 0; result == 0 && b < BLOCKS; b++)
		result = add_block(&making, b);
	store_close(making.store);
	return result;
}
