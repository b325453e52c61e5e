/* latency: TCP request-response round trips between two ends, by message size, every one recorded
 * (kernel tare-latency). Knows nothing about how the two ends are reached. */
#include "bench/bench.h"

#include "bench/timing.h"

struct latency_options {
	struct number_list sizes;
	int64_t count, warmup;
	double seconds;
	int path, pairs;
};

/* In the order of enum ends. */
static const char *const paths[] = {"machines", "machine-to-host", "host-to-machine", NULL};
enum pairs { PAIRS_ONE, PAIRS_ALL };
static const char *const pairs[] = {"one", "all", NULL};

static const struct option_row latency_rows[] = {
	{"path", OPTION_CHOICE, offsetof(struct latency_options, path), "machines", NULL,
		"where client and server run", 0, 0, paths},
	{"pairs", OPTION_CHOICE, offsetof(struct latency_options, pairs), "one", NULL,
		"all: every machine takes part, all pairs at once; samples from each client", 0, 0,
		pairs},
	{"sizes", OPTION_SIZE_LIST, offsetof(struct latency_options, sizes), "1", "B",
		"sizes of request and response", 1, 1048576, NULL},
	{"count", OPTION_INT, offsetof(struct latency_options, count), "10000", "1",
		"round trips recorded per size, at most; spread over the time", 1, 1000000, NULL},
	{"warmup", OPTION_INT, offsetof(struct latency_options, warmup), "200", "1",
		"fixed work: round trips before the first that counts", 0, 100000, NULL},
	{"seconds", OPTION_DURATION, offsetof(struct latency_options, seconds), "2", "s",
		"time per size; 0: fixed work, count round trips", 0, 3600, NULL},
	{0},
};

static const struct metric latency_metrics[] = {
	{"round_trip", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"from the request until the response, every round trip recorded", HEADLINE(1)},
	{"round_trip_p90", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"90th percentile of one run's round trips", DETAIL},
	{"round_trip_p99", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"99th percentile of one run's round trips", HEADLINE(2)},
	{"round_trip_p999", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"99.9th percentile of one run's round trips", DETAIL},
	{"transactions", "1/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, "message size", "B",
		"round trips per second, all of them", DETAIL},
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, "message size", "B",
		"time of all round trips", VALIDITY},
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"one reading of the client's clock", VALIDITY},
	{0},
};

static enum ends latency_ends(const void *options)
{
	return (enum ends)((const struct latency_options *)options)->path;
}

static bool latency_all_pairs(const void *options)
{
	return ((const struct latency_options *)options)->pairs == PAIRS_ALL;
}

static int latency_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct latency_options *o = options;
	struct argv *argv = &out->argv;

	out->expected_s =
		1 + (double)o->sizes.count * (o->seconds > 0 ? o->seconds + BENCH_WARM_UP_S : 2);
	argv_add(argv, BENCH_KERNELS_DIR "/tare-latency");
	if (role->index == 0) {
		argv_add(argv, "--server");
		out->ready = "listening";
	} else if (role->peer) {
		argv_add_all(argv, "--client", role->peer, "--count", NULL);
		argv_addf(argv, "%lld", (long long)o->count);
		argv_add(argv, "--warmup");
		argv_addf(argv, "%lld", (long long)o->warmup);
		argv_add(argv, "--seconds");
		argv_addf(argv, "%g", o->seconds);
	} else {
		return error_set(e, "latency: no server address for the client");
	}
	argv_add(argv, "--sizes");
	timing_add_sizes(argv, &o->sizes);
	argv_addf(argv, "%u", role->port);
	return 0;
}

static int latency_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-latency", latency_metrics, text, length, out, e);
}

static const char *latency_why_not(const void *options, const struct machine_facts *facts)
{
	if (latency_ends(options) == ENDS_MACHINES && facts->machines < 2)
		return "needs 2 machines";
	return NULL;
}

const struct benchmark bench_latency = {
	.name = "latency",
	.summary = "TCP request-response round trips with percentiles",
	.source = "definition of netperf TCP_RR",
	.options = latency_rows,
	.options_size = sizeof(struct latency_options),
	.metrics = latency_metrics,
	.topology = TOPOLOGY_PAIR,
	.ends = latency_ends,
	.all_pairs = latency_all_pairs,
	.command = latency_command,
	.parse = latency_parse,
	.why_not = latency_why_not,
};
