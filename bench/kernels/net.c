/* tare-net: one iperf 3 test through libiperf. The server prints "Server listening …" (a line of
 * libiperf), serves one test and exits; the client prints iperf's JSON. The measurement is entirely
 * libiperf's. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Its header needs stdint.h before it, and (since 3.18) to be told what the library was built with:
 * otherwise it warns, and declares its counters with another type. */
#define HAVE_STDATOMIC_H 1
#include <iperf_api.h>

struct arguments {
	const char *address; /* NULL: server */
	int port, seconds, omit_s, streams, length_bytes;
	double interval_s;
	uint64_t rate_bit_s;
	int reverse, bidirectional, udp;
};

static const char usage_text[] =
	"usage: tare-net --server PORT\n"
	"       tare-net --client ADDRESS PORT [--seconds S] [--omit S] [--interval S]\n"
	"                [--streams N] [--length BYTES] [--rate BIT/S] [--udp]\n"
	"                [--reverse | --bidirectional]\n";

static void fail(const char *text)
{
	fprintf(stderr, "tare-net: %s\n%s", text, usage_text);
	exit(2);
}

static double number(const char *text, double minimum, double maximum)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end || errno || !(value >= minimum && value <= maximum)) {
		fprintf(stderr, "tare-net: expected a number from %g to %g, got \"%s\"\n", minimum,
			maximum, text);
		exit(2);
	}
	return value;
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	enum { SERVER = 1, CLIENT, SECONDS, OMIT, INTERVAL, STREAMS, LENGTH, RATE };
	const struct option options[] = {
		{"server", no_argument, NULL, SERVER},
		{"client", required_argument, NULL, CLIENT},
		{"seconds", required_argument, NULL, SECONDS},
		{"omit", required_argument, NULL, OMIT},
		{"interval", required_argument, NULL, INTERVAL},
		{"streams", required_argument, NULL, STREAMS},
		{"length", required_argument, NULL, LENGTH},
		{"rate", required_argument, NULL, RATE},
		{"reverse", no_argument, &a->reverse, 1},
		{"bidirectional", no_argument, &a->bidirectional, 1},
		{"udp", no_argument, &a->udp, 1},
		{0},
	};
	int c, server = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == SERVER)
			server = 1;
		else if (c == CLIENT)
			a->address = optarg;
		else if (c == SECONDS)
			a->seconds = (int)number(optarg, 1, 86400);
		else if (c == OMIT)
			a->omit_s = (int)number(optarg, 0, 60);
		else if (c == INTERVAL)
			a->interval_s = number(optarg, 0.1, 60);
		else if (c == STREAMS)
			a->streams = (int)number(optarg, 1, 128);
		else if (c == LENGTH)
			a->length_bytes = (int)number(optarg, 1, 1048576);
		else if (c == RATE)
			a->rate_bit_s = (uint64_t)number(optarg, 0, 1e12);
		else if (c)
			fail("unknown option");
	}
	if (server == (a->address != NULL))
		fail("either --server or --client is needed");
	if (optind != argc - 1)
		fail("the port is missing");
	if (a->reverse && a->bidirectional)
		fail("--reverse and --bidirectional exclude each other");
	a->port = (int)number(argv[optind], 1, 65535);
}

static int run_server(struct iperf_test *test)
{
	iperf_set_test_role(test, 's');
	iperf_set_test_one_off(test, 1);
	if (iperf_run_server(test) < 0) {
		fprintf(stderr, "tare-net: server: %s\n", iperf_strerror(i_errno));
		return 1;
	}
	return 0;
}

static int run_client(struct iperf_test *test, const struct arguments *a)
{
	iperf_set_test_role(test, 'c');
	iperf_set_test_server_hostname(test, a->address);
	iperf_set_test_json_output(test, 1);
	/* Before the lengths and the rate, for which this sets defaults. */
	if (a->udp && set_protocol(test, SOCK_DGRAM) < 0)
		fail("this libiperf does not support UDP");
	iperf_set_test_duration(test, a->seconds);
	iperf_set_test_omit(test, a->omit_s);
	iperf_set_test_reporter_interval(test, a->interval_s);
	iperf_set_test_stats_interval(test, a->interval_s);
	iperf_set_test_num_streams(test, a->streams);
	/* 0 with UDP: as long as fits the path without fragments. */
	if (a->length_bytes || a->udp)
		iperf_set_test_blksize(test, a->length_bytes);
	iperf_set_test_rate(test, a->rate_bit_s);
	iperf_set_test_reverse(test, a->reverse);
	if (a->bidirectional)
		iperf_set_test_bidirectional(test, 1);
	iperf_set_test_connect_timeout(test, 10000);
	i_errno = IENONE;
	/* With JSON output it returns 0 even after a failure, which it has printed as "error". */
	return iperf_run_client(test) < 0 || i_errno != IENONE;
}

int main(int argc, char **argv)
{
	struct arguments a = {.seconds = 10, .omit_s = 0, .interval_s = 1, .streams = 1};
	struct iperf_test *test;
	int status;

	parse_arguments(argc, argv, &a);
	setvbuf(stdout, NULL, _IOLBF, 0); /* the server's "listening" is waited for */
	signal(SIGPIPE, SIG_IGN);
	test = iperf_new_test();
	if (!test || iperf_defaults(test) < 0) {
		fprintf(stderr, "tare-net: %s\n", iperf_strerror(i_errno));
		return 1;
	}
	iperf_set_test_server_port(test, a.port);
	status = a.address ? run_client(test, &a) : run_server(test);
	iperf_free_test(test);
	return status;
}
