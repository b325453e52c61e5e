/* net and latency: captured outputs, damaged ones, command lines, and both kernels for real over
 * the loopback interface. */
#include "network_checks.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

extern const struct benchmark bench_net, bench_latency;

static const struct golden {
	const char *file, *metric;
	size_t values;
	double first;
} goldens[] = {
	{"net/tcp-forward.json", "throughput", 4, 1534853120 * 8e-6 / 0.500082},
	{"net/tcp-forward.json", "delivered", 1, 25679.7845682651},
	{"net/tcp-forward.json", "retransmits", 1, 0},
	{"net/tcp-forward.json", "cpu_remote", 1, 84.3185253198201},
	{"net/tcp-forward.json", "throughput_reverse", 0, 0},
	{"net/tcp-forward.json", "jitter", 0, 0},
	{"net/tcp-reverse.json", "throughput", 0, 0},
	{"net/tcp-reverse.json", "throughput_reverse", 2, 1519517696 * 8e-6 / 0.50002},
	{"net/tcp-reverse.json", "delivered_reverse", 1, 24294.04434524633},
	{"net/tcp-both-streams.json", "throughput", 2, 926023680 * 8e-6 / 0.500917},
	{"net/tcp-both-streams.json", "throughput_reverse", 2, 592445440 * 8e-6 / 0.500917},
	{"net/tcp-both-streams.json", "retransmits", 1, 4},
	{"net/tcp-both-streams.json", "retransmits_reverse", 1, 7},
	{"net/udp-forward.json", "throughput", 2, 3145728 * 8e-6 / 0.500069},
	{"net/udp-forward.json", "delivered", 1, 47.61497804391217},
	{"net/udp-forward.json", "jitter", 1, 0.007970160373666695},
	{"net/udp-forward.json", "loss", 1, 4.712041884816754},
	{"net/udp-forward.json", "retransmits", 0, 0},
	{"net/udp-reverse.json", "throughput", 0, 0},
	{"net/udp-reverse.json", "throughput_reverse", 2, 3112960 * 8e-6 / 0.500075},
	{"net/udp-reverse.json", "delivered", 0, 0},
	{"net/udp-reverse.json", "delivered_reverse", 1, 49.80681212506662},
	{"net/udp-reverse.json", "jitter", 0, 0},
	{"net/udp-reverse.json", "jitter_reverse", 1, 0.036532500509978014},
	{"net/udp-reverse.json", "loss_reverse", 1, 0},
	{"net/udp-reverse.json", "retransmits_reverse", 0, 0},
	{"net/udp-both.json", "jitter_reverse", 1, 0.010204851655544068},
	{"net/udp-both.json", "loss_reverse", 1, 0},
};

static const struct series *series_or_null(
	const struct benchmark *bench, const struct samples *samples, const char *metric)
{
	for (size_t i = 0; i < samples->count; i++)
		if (strcmp(bench->metrics[samples->series[i].metric].name, metric) == 0)
			return &samples->series[i];
	return NULL;
}

static void test_net_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(goldens); i++) {
		const struct golden *g = &goldens[i];
		size_t length;
		cleanup_free char *text = golden_read(g->file, &length);
		struct samples samples = parse_good(&bench_net, text, length);
		const struct series *s = series_or_null(&bench_net, &samples, g->metric);

		if ((s ? s->count : 0) != g->values)
			fail_msg("%s: %s has %zu values", g->file, g->metric, s ? s->count : 0);
		if (s && fabs(s->values[0] - g->first) > 1e-6 * fabs(g->first))
			fail_msg("%s: %s is %.9g, not %.9g", g->file, g->metric, s->values[0],
				g->first);
		bench_samples_free(&samples);
	}
}

/* The whole test's mean by iperf's own count is that of the intervals; with warm-up omitted,
 * too. */
static void test_net_intervals_agree_with_total(void **state)
{
	size_t length;
	cleanup_free char *text = golden_read("net/tcp-forward.json", &length);
	struct samples samples = parse_good(&bench_net, text, length);
	const struct series *s = series_at(&bench_net, &samples, "throughput", 0);
	double mean = 0;

	(void)state;
	for (size_t i = 0; i < s->count; i++)
		mean += s->values[i] / (double)s->count;
	assert_true(fabs(mean / 25679.80599864199 - 1) < 1e-3);
	bench_samples_free(&samples);
}

static void test_net_refuses(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "not JSON"},
		{"[]", "test_start"},
		{"{}", "test_start"},
		{"{\"error\":\"no\\nroute\"}", "iperf: no route"},
		{"{\"error\":3}", "unknown error"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"SCTP\",\"reverse\":0}}}",
			"unknown protocol"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":-1}}}", "reverse"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":{}"
		 "}",
			"array"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":[]"
		 "}",
			"all intervals are omitted"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":["
		 "{\"sum\":{\"omitted\":false,\"bytes\":1,\"end\":0}}]}",
			"no length"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":["
		 "{\"sum\":{\"omitted\":false,\"bytes\":\"1\",\"end\":1}}]}",
			"number \"bytes\" is missing"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":["
		 "{\"sum\":{\"omitted\":false,\"bytes\":-1,\"end\":1}}]}",
			"\"bytes\" is not"},
		{"{\"start\":{\"test_start\":{\"protocol\":\"TCP\",\"reverse\":0}},\"intervals\":["
		 "{\"sum\":{\"omitted\":false,\"bytes\":1,\"end\":1}}]}",
			"totals"},
	};
	static const char *const failures[][2] = {
		{"net/refused.json", "Connection refused"},
		{"net/server-died.json", "control socket has closed"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		parse_bad(&bench_net, cases[i].text, strlen(cases[i].text), cases[i].reason);
	for (size_t i = 0; i < ARRAY_COUNT(failures); i++) {
		size_t length;
		cleanup_free char *text = golden_read(failures[i][0], &length);
		parse_bad(&bench_net, text, length, failures[i][1]);
	}
}

static void test_damage(void **state)
{
	size_t length;
	cleanup_free char *tcp = golden_read("net/tcp-reverse.json", &length);
	cleanup_free char *latency = NULL, *udp = NULL;

	(void)state;
	/* JSON is whole at its last brace. */
	check_damage(&bench_net, tcp, length, (size_t)(strrchr(tcp, '}') - tcp) + 1, 1);
	udp = golden_read("net/udp-reverse.json", &length);
	check_damage(&bench_net, udp, length, (size_t)(strrchr(udp, '}') - udp) + 1, 1);
	refuse_noise(&bench_net);
	latency = golden_read("latency/loopback.txt", &length);
	check_damage(&bench_latency, latency, length, length, 1);
	refuse_noise(&bench_latency);
}

static void test_latency_golden(void **state)
{
	size_t length, beyond = 0;
	cleanup_free char *text = golden_read("latency/loopback.txt", &length);
	struct samples samples = parse_good(&bench_latency, text, length);
	const struct series *s = series_at(&bench_latency, &samples, "round_trip", 1024);
	double p99 = single_value(&bench_latency, &samples, "round_trip_p99", 1024);
	double rate = single_value(&bench_latency, &samples, "transactions", 1024);

	(void)state;
	assert_int_equal(s->count, 1000);
	for (size_t i = 0; i < s->count; i++)
		beyond += s->values[i] > p99;
	assert_true(beyond <= 10);
	/* The thousand that are recorded are a sample of all in those two seconds. */
	assert_true(single_value(&bench_latency, &samples, "elapsed", 1024) >= 2);
	assert_true(rate * 2 > 1000);
	bench_samples_free(&samples);
}

static void test_net_rules(void **state)
{
	static const struct {
		const char *settings[2], *broken; /* broken: part of the message; NULL: fine */
	} cases[] = {
		{{"streams=1", "seconds=10"}, NULL},
		{{"seconds=1", "interval=2"}, "interval"},
		{{"seconds=10", "interval=3"}, "closest that does is 2.5 s"},
		{{"seconds=10", "interval=2.5"}, NULL},
		{{"seconds=5", "interval=0.3"}, "closest that does is 0.3125 s"},
		{{"seconds=86400", "interval=59.9"}, "closest that does is 60 s"},
		{{"seconds=61", "interval=59"}, "closest that does is 30.5 s"},
		{{"seconds=1", "interval=0.11"}, "closest that does is 0.1 s"},
		{{"seconds=3", "interval=0.1"}, NULL},
		{{"seconds=7", "interval=0.7"}, NULL},
		{{"protocol=udp", "length=65508"}, "65507"},
		{{"protocol=udp", "length=8"}, "16"},
		{{"protocol=tcp", "length=128K"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct error e = {0};
		void *options =
			options_with(&bench_net, cases[i].settings[0], cases[i].settings[1], NULL);

		assert_int_equal(bench_net.check(options, &e), cases[i].broken ? -1 : 0);
		if (cases[i].broken)
			assert_non_null(strstr(e.text, cases[i].broken));
		options_free(bench_net.options, options);
	}
}

static void test_why_not(void **state)
{
	static const struct machine_facts one = {.machines = 1, .ranks = 1, .cpus = 1};
	static const struct machine_facts two = {.machines = 2, .ranks = 2, .cpus = 1};
	const struct benchmark *benches[] = {&bench_net, &bench_latency};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(benches); i++) {
		const struct benchmark *b = benches[i];
		void *between = options_with(b, NULL);
		void *host = options_with(b, "path=machine-to-host", NULL);

		assert_non_null(b->why_not(between, &one));
		assert_null(b->why_not(between, &two));
		assert_null(b->why_not(host, &one));
		assert_int_equal(b->ends(between), ENDS_MACHINES);
		assert_int_equal(b->ends(host), ENDS_MACHINE_TO_HOST);
		options_free(b->options, between);
		options_free(b->options, host);
	}
}

static uint16_t free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	cleanup_fd int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	return ntohs(address.sin_port);
}

static void wait_for(int fd, const char *ready)
{
	char seen[4096];
	size_t count = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&p, 1, 10000), 1);
		n = read(fd, seen + count, sizeof(seen) - 1 - count);
		assert_true(n > 0);
		count += (size_t)n;
		seen[count] = '\0';
		if (strstr(seen, ready))
			return;
	}
}

/* Server and client on the loopback interface, as the orchestrator would start them; the
 * client's output goes through the parser. Frees the options. */
static struct samples run_pair(const struct benchmark *bench, void *options)
{
	uint16_t port = free_port();
	struct role server_role = {.count = 2, .cpus = 1, .machines = 2, .port = port};
	struct role client_role = {.index = 1,
		.count = 2,
		.cpus = 1,
		.machines = 2,
		.port = port,
		.peer = "127.0.0.1"};
	struct command server = {0}, client = {0};
	struct samples samples;
	struct error e = {0};
	int to_server, from_server;
	cleanup_free char *text = NULL;
	size_t length;
	pid_t pid;

	assert_int_equal(bench->command(options, &server_role, &server, &e), 0);
	assert_int_equal(bench->command(options, &client_role, &client, &e), 0);
	use_built_kernel(&server);
	use_built_kernel(&client);
	if (process_spawn(&server.argv, NULL, &pid, &to_server, &from_server, &e) < 0)
		fail_msg("%s", e.text);
	wait_for(from_server, server.ready);
	text = run_command(&client, NULL, 0, &length);
	samples = parse_good(bench, text, length);
	close(to_server);
	process_end(pid, 2);
	close(from_server);
	bench_command_free(&server);
	bench_command_free(&client);
	options_free(bench->options, options);
	return samples;
}

static void test_tables(void **state)
{
	(void)state;
	check_tables(&bench_net);
	check_tables(&bench_latency);
}

static void test_net_for_real(void **state)
{
	struct samples samples = run_pair(
		&bench_net, options_with(&bench_net, "seconds=1", "omit=0", "interval=0.25", NULL));

	(void)state;
	assert_int_equal(series_at(&bench_net, &samples, "throughput", 0)->count, 4);
	assert_true(single_value(&bench_net, &samples, "delivered", 0) > 0);
	bench_samples_free(&samples);
	samples =
		run_pair(&bench_net, options_with(&bench_net, "seconds=1", "omit=1", "interval=0.5",
					     "streams=2", "length=64K", "direction=both", NULL));
	assert_true(series_at(&bench_net, &samples, "throughput", 0)->values[0] > 0);
	assert_true(series_at(&bench_net, &samples, "throughput_reverse", 0)->values[0] > 0);
	bench_samples_free(&samples);
	samples =
		run_pair(&bench_net, options_with(&bench_net, "seconds=1", "omit=0", "protocol=udp",
					     "rate=20", "direction=reverse", NULL));
	assert_true(series_at(&bench_net, &samples, "throughput_reverse", 0)->values[0] > 0);
	assert_true(single_value(&bench_net, &samples, "jitter_reverse", 0) >= 0);
	assert_true(single_value(&bench_net, &samples, "loss_reverse", 0) <= 100);
	bench_samples_free(&samples);
}

static void test_latency_for_real(void **state)
{
	struct samples samples =
		run_pair(&bench_latency, options_with(&bench_latency, "sizes=1,4K", "count=1500",
						 "warmup=10", "seconds=0", NULL));
	const struct series *s = series_at(&bench_latency, &samples, "round_trip", 4096);

	(void)state;
	assert_int_equal(s->count, 1500);
	for (size_t i = 0; i < s->count; i++)
		assert_true(s->values[i] > 0);
	/* Fixed work: all that there were are recorded. */
	assert_true(fabs(single_value(&bench_latency, &samples, "transactions", 1) *
				    single_value(&bench_latency, &samples, "elapsed", 1) -
			    1500) < 0.01);
	assert_true(single_value(&bench_latency, &samples, "round_trip_p99", 1) >=
		    single_value(&bench_latency, &samples, "round_trip_p90", 1));
	assert_true(single_value(&bench_latency, &samples, "round_trip_p999", 1) >=
		    single_value(&bench_latency, &samples, "round_trip_p99", 1));
	bench_samples_free(&samples);
}

static void test_latency_by_time(void **state)
{
	struct samples samples = run_pair(&bench_latency,
		options_with(&bench_latency, "sizes=1", "count=50", "seconds=0.3", NULL));
	double elapsed_s = single_value(&bench_latency, &samples, "elapsed", 1);

	(void)state;
	assert_true(elapsed_s >= 0.3);
	assert_in_range(series_at(&bench_latency, &samples, "round_trip", 1)->count, 1, 50);
	assert_true(single_value(&bench_latency, &samples, "transactions", 1) * elapsed_s > 50);
	bench_samples_free(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_net_golden),
		cmocka_unit_test(test_net_intervals_agree_with_total),
		cmocka_unit_test(test_net_refuses),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_latency_golden),
		cmocka_unit_test(test_net_rules),
		cmocka_unit_test(test_why_not),
		cmocka_unit_test(test_net_for_real),
		cmocka_unit_test(test_latency_for_real),
		cmocka_unit_test(test_latency_by_time),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
