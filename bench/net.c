/* net: throughput between two ends, per interval, by libiperf (kernel tare-net). Parses iperf's
 * JSON. Knows nothing about how the two ends are reached. */
#include "bench/bench.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/array.h"

/* iperf's limits. */
#define INTERVAL_MIN_S 0.1
#define INTERVAL_MAX_S 60

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP };
enum direction { DIRECTION_FORWARD, DIRECTION_REVERSE, DIRECTION_BOTH };

struct net_options {
	int protocol, direction, path, pairs;
	int64_t seconds, omit_s, streams, length_bytes;
	double interval_s, rate_mbit_s;
};

static const char *const protocols[] = {"tcp", "udp", NULL};
static const char *const directions[] = {"forward", "reverse", "both", NULL};
/* In the order of enum ends. */
static const char *const paths[] = {"machines", "machine-to-host", "host-to-machine", NULL};
enum pairs { PAIRS_ONE, PAIRS_ALL };
static const char *const pairs[] = {"one", "all", NULL};

static const struct option_row net_rows[] = {
	{"protocol", OPTION_CHOICE, offsetof(struct net_options, protocol), "tcp", NULL,
		"transport protocol", 0, 0, protocols},
	{"path", OPTION_CHOICE, offsetof(struct net_options, path), "machines", NULL,
		"where client and server run", 0, 0, paths},
	{"pairs", OPTION_CHOICE, offsetof(struct net_options, pairs), "one", NULL,
		"all: every machine takes part, all pairs at once; samples from each client", 0, 0,
		pairs},
	{"direction", OPTION_CHOICE, offsetof(struct net_options, direction), "forward", NULL,
		"forward: client sends; reverse: server sends; both: at once", 0, 0, directions},
	{"seconds", OPTION_INT, offsetof(struct net_options, seconds), "10", "s",
		"duration after the warm-up, whole seconds", 1, 86400, NULL},
	{"omit", OPTION_INT, offsetof(struct net_options, omit_s), "1", "s",
		"warm-up that is not counted (slow start), whole seconds", 0, 60, NULL},
	{"interval", OPTION_DURATION, offsetof(struct net_options, interval_s), "0.5", "s",
		"length of one sample; divides seconds", INTERVAL_MIN_S, INTERVAL_MAX_S, NULL},
	{"streams", OPTION_INT, offsetof(struct net_options, streams), "1", "1",
		"parallel streams in each direction", 1, 128, NULL},
	{"length", OPTION_SIZE, offsetof(struct net_options, length_bytes), NULL, "B",
		"bytes per write or datagram; unset: iperf's (TCP 128K, UDP the path's MSS)", 0,
		1048576, NULL},
	{"rate", OPTION_REAL, offsetof(struct net_options, rate_mbit_s), "0", "Mbit/s",
		"pacing of each stream; 0: unlimited", 0, 1e6, NULL},
	{0},
};

/* Metrics by direction: client to server, then server to client. */
enum net_metric {
	THROUGHPUT,
	THROUGHPUT_REVERSE,
	DELIVERED,
	DELIVERED_REVERSE,
	RETRANSMITS,
	RETRANSMITS_REVERSE,
	JITTER,
	JITTER_REVERSE,
	LOSS,
	LOSS_REVERSE,
	CPU_LOCAL,
	CPU_REMOTE,
};

static const struct metric net_metrics[] = {
	[THROUGHPUT] = {"throughput", "Mbit/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, NULL,
		NULL, "client to server, payload, every interval, counted by the client",
		HEADLINE_UNLESS(1, "loss")},
	[THROUGHPUT_REVERSE] = {"throughput_reverse", "Mbit/s", BETTER_HIGHER, STATISTIC_MEAN,
		SCALE_RATIO, NULL, NULL, "server to client, payload, every interval",
		HEADLINE_UNLESS(2, "loss_reverse")},
	[DELIVERED] = {"delivered", "Mbit/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, NULL,
		NULL, "client to server, payload that arrived, over the whole test",
		HEADLINE_UNLESS(3, "retransmits")},
	[DELIVERED_REVERSE] = {"delivered_reverse", "Mbit/s", BETTER_HIGHER, STATISTIC_MEAN,
		SCALE_RATIO, NULL, NULL, "server to client, payload that arrived, whole test",
		HEADLINE_UNLESS(4, "retransmits_reverse")},
	[RETRANSMITS] = {"retransmits", "1", BETTER_LOWER, STATISTIC_SUM, SCALE_DIFFERENCE, NULL,
		NULL, "TCP segments retransmitted by the client", DETAIL},
	[RETRANSMITS_REVERSE] = {"retransmits_reverse", "1", BETTER_LOWER, STATISTIC_SUM,
		SCALE_DIFFERENCE, NULL, NULL, "TCP segments retransmitted by the server", DETAIL},
	[JITTER] = {"jitter", "ms", BETTER_LOWER, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL, NULL,
		"UDP, client to server: RFC 1889 jitter at the end of the test", DETAIL},
	[JITTER_REVERSE] = {"jitter_reverse", "ms", BETTER_LOWER, STATISTIC_MEAN, SCALE_DIFFERENCE,
		NULL, NULL, "UDP, server to client: RFC 1889 jitter at the end of the test",
		DETAIL},
	[LOSS] = {"loss", "%", BETTER_LOWER, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL, NULL,
		"UDP datagrams lost, client to server", HEADLINE(5)},
	[LOSS_REVERSE] = {"loss_reverse", "%", BETTER_LOWER, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL,
		NULL, "UDP datagrams lost, server to client", HEADLINE(6)},
	[CPU_LOCAL] = {"cpu_local", "%", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL, NULL,
		"CPU time of the client's process, of one core", DETAIL},
	[CPU_REMOTE] = {"cpu_remote", "%", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL,
		NULL, "CPU time of the server's process, of one core", DETAIL},
	{0},
};

static enum ends net_ends(const void *options)
{
	return (enum ends)((const struct net_options *)options)->path;
}

static bool net_all_pairs(const void *options)
{
	return ((const struct net_options *)options)->pairs == PAIRS_ALL;
}

/* The interval that divides seconds, is a multiple of 0.1 ms, and is closest to the one given.
 * There always is one: 100 ms. */
static double fitting_interval_s(int64_t seconds, double asked_s)
{
	double best_s = INFINITY;

	for (int64_t count = 1; count <= (int64_t)((double)seconds / INTERVAL_MIN_S); count++) {
		double length_s = (double)seconds / (double)count;
		if (seconds * 10000 % count == 0 && length_s <= INTERVAL_MAX_S &&
			fabs(length_s - asked_s) < fabs(best_s - asked_s))
			best_s = length_s;
	}
	return best_s;
}

static int net_check(const void *options, struct error *e)
{
	const struct net_options *o = options;

	if (o->interval_s > (double)o->seconds)
		return error_set(e, "interval (%g s) must not exceed seconds (%lld)", o->interval_s,
			(long long)o->seconds);
	/* A shorter last interval would count as much as the others in the mean. */
	double intervals = (double)o->seconds / o->interval_s;
	if (fabs(intervals - round(intervals)) > 1e-6 * intervals)
		return error_set(e,
			"interval (%g s) does not divide seconds (%lld): the closest that does is "
			"%g s",
			o->interval_s, (long long)o->seconds,
			fitting_interval_s(o->seconds, o->interval_s));
	if (o->protocol == PROTOCOL_UDP && o->length_bytes > 65507)
		return error_set(e, "length must be at most 65507 bytes for UDP");
	if (o->protocol == PROTOCOL_UDP && o->length_bytes > 0 && o->length_bytes < 16)
		return error_set(e, "length must be at least 16 bytes for UDP (iperf's header)");
	return 0;
}

static int net_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct net_options *o = options;
	struct argv *argv = &out->argv;

	out->expected_s = (double)(o->omit_s + o->seconds) + 1;
	argv_add(argv, BENCH_KERNELS_DIR "/tare-net");
	if (role->index == 0) {
		argv_add(argv, "--server");
		argv_addf(argv, "%u", role->port);
		out->ready = "Server listening";
		return 0;
	}
	if (!role->peer)
		return error_set(e, "net: no server address for the client");
	argv_add_all(argv, "--client", role->peer, NULL);
	argv_addf(argv, "%u", role->port);
	argv_add(argv, "--seconds");
	argv_addf(argv, "%lld", (long long)o->seconds);
	argv_add(argv, "--omit");
	argv_addf(argv, "%lld", (long long)o->omit_s);
	argv_add(argv, "--interval");
	argv_addf(argv, "%g", o->interval_s);
	argv_add(argv, "--streams");
	argv_addf(argv, "%lld", (long long)o->streams);
	if (o->length_bytes) {
		argv_add(argv, "--length");
		argv_addf(argv, "%lld", (long long)o->length_bytes);
	}
	if (o->rate_mbit_s > 0) {
		argv_add(argv, "--rate");
		argv_addf(argv, "%.0f", o->rate_mbit_s * 1e6);
	}
	if (o->direction == DIRECTION_REVERSE)
		argv_add(argv, "--reverse");
	if (o->direction == DIRECTION_BOTH)
		argv_add(argv, "--bidirectional");
	if (o->protocol == PROTOCOL_UDP)
		argv_add(argv, "--udp");
	return 0;
}

/* The number under name in an object; negative and missing ones are errors. */
static int get_number(const json_t *object, const char *name, double *value, struct error *e)
{
	const json_t *number = json_object_get(object, name);

	if (!json_is_number(number))
		return error_set(e, "iperf's output: number \"%s\" is missing", name);
	*value = json_number_value(number);
	if (!isfinite(*value) || *value < 0)
		return error_set(e, "iperf's output: \"%s\" is not a finite number >= 0", name);
	return 0;
}

static int add_number(const json_t *object, const char *name, double factor, unsigned metric,
	struct samples *out, struct error *e)
{
	double value;

	if (get_number(object, name, &value, e) < 0)
		return -1;
	return bench_samples_add(out, metric, 0, value * factor, e);
}

/* One direction's sum of one interval. The first counted interval is divided by its "end", not by
 * its "seconds": iperf restarts bytes and clock when the omitted time is over, but takes that
 * interval's beginning from before, so "seconds" may be twice the true value. */
static int parse_sum(
	const json_t *sum, unsigned metric, bool *first, struct samples *out, struct error *e)
{
	const json_t *omitted = json_object_get(sum, "omitted");
	double bytes, seconds;

	if (!json_is_boolean(omitted))
		return error_set(e, "iperf's output: an interval without \"omitted\"");
	if (json_is_true(omitted))
		return 0;
	if (get_number(sum, "bytes", &bytes, e) < 0 ||
		get_number(sum, *first ? "end" : "seconds", &seconds, e) < 0)
		return -1;
	if (seconds <= 0)
		return error_set(e, "iperf's output: an interval of no length");
	*first = false;
	return bench_samples_add(out, metric, 0, bytes * 8e-6 / seconds, e);
}

static int parse_intervals(const json_t *root, bool reverse, struct samples *out, struct error *e)
{
	const json_t *intervals = json_object_get(root, "intervals");
	bool first = true, first_reverse = true;
	const json_t *interval;
	size_t i;

	if (!json_is_array(intervals))
		return error_set(e, "iperf's output: array \"intervals\" is missing");
	json_array_foreach(intervals, i, interval)
	{
		const json_t *sum = json_object_get(interval, "sum");
		const json_t *back = json_object_get(interval, "sum_bidir_reverse");

		if (!json_is_object(sum))
			return error_set(e, "iperf's output: an interval without \"sum\"");
		if (parse_sum(sum, THROUGHPUT + reverse, &first, out, e) < 0)
			return -1;
		if (back && parse_sum(back, THROUGHPUT_REVERSE, &first_reverse, out, e) < 0)
			return -1;
	}
	if (first)
		return error_set(e, "iperf's output: all intervals are omitted ones");
	return 0;
}

/* The totals of one direction; suffix is "" or "_bidir_reverse". */
static int parse_totals(const json_t *end, const char *suffix, bool udp, bool reverse,
	struct samples *out, struct error *e)
{
	char sent_name[64], received_name[64];
	const json_t *sent, *received;

	snprintf(sent_name, sizeof(sent_name), "sum_sent%s", suffix);
	snprintf(received_name, sizeof(received_name), "sum_received%s", suffix);
	sent = json_object_get(end, sent_name);
	received = json_object_get(end, received_name);
	if (!json_is_object(sent) || !json_is_object(received))
		return error_set(e, "iperf's output: totals \"%s\" or \"%s\" missing", sent_name,
			received_name);
	if (add_number(received, "bits_per_second", 1e-6, DELIVERED + reverse, out, e) < 0)
		return -1;
	if (!udp)
		return json_object_get(sent, "retransmits")
			       ? add_number(sent, "retransmits", 1, RETRANSMITS + reverse, out, e)
			       : 0; /* the sender's kernel does not report them */
	if (add_number(received, "jitter_ms", 1, JITTER + reverse, out, e) < 0)
		return -1;
	return add_number(received, "lost_percent", 1, LOSS + reverse, out, e);
}

static int parse_root(const json_t *root, struct samples *out, struct error *e)
{
	const json_t *error = json_object_get(root, "error");
	const json_t *test = json_object_get(json_object_get(root, "start"), "test_start");
	const json_t *end = json_object_get(root, "end");
	const json_t *cpu = json_object_get(end, "cpu_utilization_percent");
	const char *protocol = json_string_value(json_object_get(test, "protocol"));
	double reverse;
	bool udp;

	if (error)
		return error_set(e, "iperf: %s",
			json_is_string(error) ? json_string_value(error) : "unknown error");
	if (!protocol)
		return error_set(e, "iperf's output: \"test_start\" is missing");
	if (get_number(test, "reverse", &reverse, e) < 0)
		return -1;
	udp = strcmp(protocol, "UDP") == 0;
	if (!udp && strcmp(protocol, "TCP") != 0)
		return error_set(e, "iperf's output: unknown protocol");
	if (parse_intervals(root, reverse > 0, out, e) < 0)
		return -1;
	if (parse_totals(end, "", udp, reverse > 0, out, e) < 0)
		return -1;
	if (json_object_get(end, "sum_sent_bidir_reverse") &&
		parse_totals(end, "_bidir_reverse", udp, true, out, e) < 0)
		return -1;
	if (add_number(cpu, "host_total", 1, CPU_LOCAL, out, e) < 0)
		return -1;
	return add_number(cpu, "remote_total", 1, CPU_REMOTE, out, e);
}

static int net_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	json_error_t error;
	json_t *root = json_loadb(text, length, 0, &error);
	int status;

	if (!root)
		return error_set(
			e, "iperf's output is not JSON: line %d: %s", error.line, error.text);
	status = parse_root(root, out, e);
	json_decref(root);
	return status;
}

static const char *net_why_not(const void *options, const struct machine_facts *facts)
{
	if (net_ends(options) == ENDS_MACHINES && facts->machines < 2)
		return "needs 2 machines";
	return NULL;
}

const struct benchmark bench_net = {
	.name = "net",
	.summary = "TCP or UDP throughput between two machines, or a machine and its host",
	.source = "iperf 3 (libiperf)",
	.options = net_rows,
	.options_size = sizeof(struct net_options),
	.metrics = net_metrics,
	.topology = TOPOLOGY_PAIR,
	.ends = net_ends,
	.all_pairs = net_all_pairs,
	.check = net_check,
	.command = net_command,
	.parse = net_parse,
	.why_not = net_why_not,
};
