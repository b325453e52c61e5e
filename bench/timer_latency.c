/* timer-latency: how late timers wake a thread on every CPU, by cyclictest of rt-tests; parses its
 * JSON. Runs nothing. */
#include "bench/bench.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "bench/read.h"

#define CYCLICTEST "/usr/bin/cyclictest"
#define RESULT "cyclictest.json"

/* Longer delays are counted, not told apart. */
enum { HISTOGRAM_US = 100000, THREADS_MOST = 4096, BINS = 18 };

struct timer_latency_options {
	double seconds;
	int64_t interval, priority;
};

static const struct option_row timer_latency_rows[] = {
	{"seconds", OPTION_DURATION, offsetof(struct timer_latency_options, seconds), "5", "s",
		"length of the measurement, whole seconds", 1, 86400, NULL},
	{"interval", OPTION_INT, offsetof(struct timer_latency_options, interval), "1000", "us",
		"from one wake-up of a thread to the next", 100, 1000000, NULL},
	{"priority", OPTION_INT, offsetof(struct timer_latency_options, priority), "90", "1",
		"of SCHED_FIFO; 0: the ordinary scheduler", 0, 99, NULL},
	{0},
};

enum timer_latency_metric { P99, MEAN, MINIMUM, MAXIMUM, DELAYS, CYCLES, BEYOND };

static const struct metric timer_latency_metrics[] = {
	[P99] = {"latency_p99", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"99th percentile of how much later than due a thread ran, of all CPUs",
		HEADLINE(1)},
	[MEAN] = {"latency_mean", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, NULL, NULL,
		"mean of the same, by CPU", DETAIL},
	[MINIMUM] = {"latency_min", "us", BETTER_LOWER, STATISTIC_MINIMUM, SCALE_DIFFERENCE, NULL,
		NULL, "the least of the same, by CPU", DETAIL},
	[MAXIMUM] = {"latency_max", "us", BETTER_LOWER, STATISTIC_MAXIMUM, SCALE_RATIO, NULL, NULL,
		"the longest of the same, by CPU: grows with the length of the measurement",
		DETAIL},
	[DELAYS] = {"delays", "1", BETTER_NONE, STATISTIC_SUM, SCALE_DIFFERENCE, "log2 of us", "1",
		"wake-ups that were so late, of all CPUs", DETAIL},
	[CYCLES] = {"cycles", "1", BETTER_NONE, STATISTIC_SUM, SCALE_RATIO, NULL, NULL,
		"wake-ups of a CPU", VALIDITY},
	[BEYOND] = {"beyond", "1", BETTER_NONE, STATISTIC_SUM, SCALE_DIFFERENCE, NULL, NULL,
		"wake-ups that were later than 100 ms", VALIDITY},
	{0},
};

/* It must not change what the machine does by itself: --default-system leaves the CPUs' idle
 * states. */
static int timer_latency_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct timer_latency_options *o = options;
	struct argv *argv = &out->argv;

	(void)e;
	argv_add_all(argv, CYCLICTEST, "--quiet", "--mlockall", "--default-system", "--affinity",
		"--histfile=/dev/null", "--json=" RESULT, NULL);
	argv_addf(argv, "--histogram=%d", HISTOGRAM_US);
	argv_addf(argv, "--threads=%u", role && role->cpus ? role->cpus : 1);
	argv_addf(argv, "--interval=%lld", (long long)o->interval);
	argv_addf(argv, "--duration=%.0f", ceil(o->seconds));
	if (o->priority > 0)
		argv_addf(argv, "--priority=%lld", (long long)o->priority);
	out->collect[out->collect_count++] = str_dup(RESULT);
	out->expected_s = 0.5 + o->seconds;
	return 0;
}

/* --- the result ------------------------------------------------------------------------------- */

/* Over all threads. */
struct delays {
	double *counts; /* by us; one more for those beyond */
	double cycles, longest_us;
};

/* A number from 0 on; -1: it is none. */
static double number_of(const json_t *thread, const char *key)
{
	const json_t *value = json_object_get(thread, key);
	double number = json_is_number(value) ? json_number_value(value) : -1;

	return number >= 0 && number <= 1e15 ? number : -1;
}

/* The bins are texts of whole microseconds. */
static int add_histogram(json_t *histogram, double *counts, double *counted, struct error *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(histogram, key, value)
	{
		struct piece text = {key, strlen(key)};
		double us, count = json_is_integer(value) ? (double)json_integer_value(value) : -1;
		if (!read_number(text, &us) || us != floor(us) || us < 0 || us >= HISTOGRAM_US ||
			count < 0 || count > 1e15)
			return error_set(e, "cyclictest's histogram is invalid");
		counts[(size_t)us] += count;
		*counted += count;
	}
	return 0;
}

static int add_thread(
	const json_t *thread, struct delays *all, struct samples *out, struct error *e)
{
	double cycles = number_of(thread, "cycles"), mean = number_of(thread, "avg");
	double least = number_of(thread, "min"), most = number_of(thread, "max"), counted = 0;
	json_t *histogram = json_object_get(thread, "histogram");

	if (cycles < 1 || mean < 0 || least < 0 || most < least || !json_is_object(histogram))
		return error_set(e, "cyclictest measured nothing on a CPU");
	if (add_histogram(histogram, all->counts, &counted, e) < 0)
		return -1;
	all->counts[HISTOGRAM_US] += fmax(0, cycles - counted);
	all->cycles += fmax(cycles, counted);
	all->longest_us = fmax(all->longest_us, most);
	return bench_samples_add(out, MEAN, 0, mean, e) < 0 ||
			       bench_samples_add(out, MINIMUM, 0, least, e) < 0 ||
			       bench_samples_add(out, MAXIMUM, 0, most, e) < 0 ||
			       bench_samples_add(out, CYCLES, 0, cycles, e) < 0
		       ? -1
		       : 0;
}

/* Nearest rank; beyond the histogram: the longest delay there was. */
static double percentile_us(const struct delays *all, double fraction)
{
	double rank = ceil(fraction * all->cycles), seen = 0;

	for (size_t us = 0; us < HISTOGRAM_US; us++) {
		seen += all->counts[us];
		if (seen >= rank)
			return (double)us;
	}
	return all->longest_us;
}

/* At x = 4 those of more than 8 and at most 16 us. */
static int add_bins(const struct delays *all, struct samples *out, struct error *e)
{
	double bins[BINS] = {0};

	for (size_t us = 0; us <= HISTOGRAM_US; us++)
		bins[us < 2 ? 0 : (size_t)ceil(log2((double)us))] += all->counts[us];
	for (size_t b = 0; b < BINS; b++)
		if (bins[b] > 0 && bench_samples_add(out, DELAYS, (double)b, bins[b], e) < 0)
			return -1;
	return 0;
}

static int add_threads(json_t *root, struct delays *all, struct samples *out, struct error *e)
{
	json_t *threads = json_object_get(root, "thread"), *thread;
	const char *key;

	if (json_object_size(threads) == 0 || json_object_size(threads) > THREADS_MOST)
		return error_set(e, "cyclictest's result has no threads");
	json_object_foreach(threads, key, thread)
	{
		if (add_thread(thread, all, out, e) < 0)
			return -1;
	}
	if (bench_samples_add(out, P99, 0, percentile_us(all, 0.99), e) < 0 ||
		bench_samples_add(out, BEYOND, 0, all->counts[HISTOGRAM_US], e) < 0)
		return -1;
	return add_bins(all, out, e);
}

static int timer_latency_parse(
	const char *text, size_t length, struct samples *out, struct error *e)
{
	struct delays all = {.counts = NULL};
	json_error_t where;
	struct piece json;

	if (!read_collected((struct piece){text, length}, RESULT, NULL, &json))
		return error_set(e, "cyclictest wrote no " RESULT);
	json_t *root = json_loadb(json.bytes, json.count, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return error_set(e, "%s line %d: %s", RESULT, where.line, where.text);
	all.counts = mem_new(HISTOGRAM_US + 1, sizeof(*all.counts));
	int status = add_threads(root, &all, out, e);
	free(all.counts);
	json_decref(root);
	return status;
}

static const char *timer_latency_why_not(const void *options, const struct machine_facts *facts)
{
	(void)options;
	return bench_image_has(facts, "rt-tests")
		       ? NULL
		       : "the image has no cyclictest: tare image --with rt-tests";
}

const struct benchmark bench_timer_latency = {
	.name = "timer-latency",
	.summary = "how late timers wake a thread on every CPU (needs an optional package)",
	.source = "cyclictest of rt-tests 2.4 (Debian)",
	.options = timer_latency_rows,
	.options_size = sizeof(struct timer_latency_options),
	.metrics = timer_latency_metrics,
	.topology = TOPOLOGY_ONE,
	.command = timer_latency_command,
	.parse = timer_latency_parse,
	.why_not = timer_latency_why_not,
};
