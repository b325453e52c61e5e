/* tare-latency: TCP request-response round trips, as netperf's TCP_RR: one connection, one
 * transaction at a time, TCP_NODELAY. The server echoes; the client times every round trip, records
 * them evenly spread over the time, and prints them in the format of bench/timing.h. One connection
 * per message size.
 *
 * Usage: tare-latency --server --sizes B,… PORT
 *        tare-latency --client ADDRESS --sizes B,… [--count N] [--seconds S] [--warmup N] PORT
 *
 * For every size: a warm-up by time, which is not counted, then round trips for S seconds, of which
 * N or fewer are recorded. With S = 0: a warm-up of --warmup round trips, then N. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"

enum { SIZES_MAX = 64, SIZE_MAX_BYTES = 1048576 };

struct arguments {
	const char *address; /* NULL: server */
	const char *port;
	size_t sizes[SIZES_MAX];
	size_t size_count;
	long count, warmup;
	double seconds;
};

static void parse_sizes(char *list, struct arguments *a)
{
	a->size_count = 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (a->size_count == SIZES_MAX)
			kernel_die("more than %d sizes", SIZES_MAX);
		a->sizes[a->size_count++] = (size_t)kernel_number(word, 1, SIZE_MAX_BYTES);
	}
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{"server", no_argument, NULL, 's'},
		{"client", required_argument, NULL, 'c'},
		{"sizes", required_argument, NULL, 'b'},
		{"count", required_argument, NULL, 'n'},
		{"warmup", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 't'},
		{0},
	};
	int c, server = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			server = 1;
		else if (c == 'c')
			a->address = optarg;
		else if (c == 'b')
			parse_sizes(optarg, a);
		else if (c == 'n')
			a->count = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 'w')
			a->warmup = (long)kernel_number(optarg, 0, 1e6);
		else if (c == 't')
			a->seconds = kernel_number(optarg, 0, 3600);
		else
			exit(2);
	}
	if (server == (a->address != NULL) || optind != argc - 1 || a->size_count == 0)
		kernel_die("usage: tare-latency {--server | --client ADDRESS} --sizes B,… [--count "
			   "N]\n"
			   "                    [--warmup N] [--seconds S] PORT");
	kernel_number(argv[optind], 1, 65535);
	a->port = argv[optind];
}

static struct addrinfo *resolve(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_family = address ? AF_UNSPEC : AF_INET6,
		.ai_flags = address ? AI_NUMERICSERV : AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found;
	int status = getaddrinfo(address, port, &hints, &found);

	if (status)
		kernel_die("%s: %s", address ? address : "any address", gai_strerror(status));
	return found;
}

/* false at the end of the stream before the first byte. */
static int receive_all(int fd, char *buffer, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = recv(fd, buffer + got, size - got, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			kernel_die("receiving: %s", strerror(errno));
		if (n == 0 && got == 0)
			return 0;
		if (n == 0)
			kernel_die("the other end closed the connection within a message");
		got += (size_t)n;
	}
	return 1;
}

static void send_all(int fd, const char *buffer, size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		ssize_t n = send(fd, buffer + sent, size - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			kernel_die("sending: %s", strerror(errno));
		sent += (size_t)n;
	}
}

static void set_no_delay(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
		kernel_die("TCP_NODELAY: %s", strerror(errno));
}

/* A socket on every address, IPv4 and IPv6, or on IPv4 alone where there is no IPv6. */
static int listen_any(const char *port)
{
	struct addrinfo *any = resolve(NULL, port);
	int fd = socket(any->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	const struct sockaddr *address = any->ai_addr;
	socklen_t length = any->ai_addrlen;

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int)) < 0) {
		if (fd >= 0)
			close(fd);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		address = (const struct sockaddr *)&v4;
		length = sizeof(v4);
	}
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
		bind(fd, address, length) < 0 || listen(fd, 1) < 0)
		kernel_die("listening on port %s: %s", port, strerror(errno));
	freeaddrinfo(any);
	return fd;
}

static int run_server(const struct arguments *a, char *buffer)
{
	int listener = listen_any(a->port);

	puts("listening");
	fflush(stdout);
	for (size_t i = 0; i < a->size_count; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			kernel_die("accepting: %s", strerror(errno));
		set_no_delay(fd);
		while (receive_all(fd, buffer, a->sizes[i]))
			send_all(fd, buffer, a->sizes[i]);
		close(fd);
	}
	close(listener);
	return 0;
}

static int connect_to(const char *address, const char *port)
{
	struct addrinfo *found = resolve(address, port);
	int fd = -1;

	for (struct addrinfo *at = found; at; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0)
			break;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (fd < 0)
		kernel_die("connecting to %s port %s: %s", address, port, strerror(errno));
	freeaddrinfo(found);
	set_no_delay(fd);
	return fd;
}

/* The client's end of one connection. */
struct client {
	int fd;
	size_t size;
	const char *request;
	char *response;
};

/* What is known of the round trips of one size. */
struct trips {
	double *times_us; /* of those that are recorded */
	long count, done; /* recorded, and all */
	int64_t elapsed_ns;
};

static void round_trip(const struct client *c)
{
	send_all(c->fd, c->request, c->size);
	if (!receive_all(c->fd, c->response, c->size))
		kernel_die("the server closed the connection");
}

/* The mean time of a round trip in the second half of the warm-up. */
static double warm_up_ns(const struct client *c)
{
	int64_t start_ns = kernel_clock_ns(), from_ns = start_ns, now_ns;
	long trips = 0;

	do {
		round_trip(c);
		now_ns = kernel_clock_ns();
		if (now_ns - start_ns < kernel_warm_up_ns / 2)
			from_ns = now_ns;
		else
			trips++;
	} while (now_ns - start_ns < kernel_warm_up_ns);
	return (double)(now_ns - from_ns) / (double)trips;
}

/* Records every plan.every-th round trip, at most a->count of them, until the time is over; with
 * seconds == 0 until there are a->count. The end of a round trip is the start of the next: one
 * reading of the clock for each. */
static void measure(const struct arguments *a, const struct client *c, struct kernel_plan plan,
	struct trips *trips)
{
	int64_t start_ns = kernel_clock_ns(), before_ns = start_ns, after_ns;
	double limit_ns = a->seconds * 1e9;

	trips->count = trips->done = 0;
	do {
		round_trip(c);
		after_ns = kernel_clock_ns();
		if (++trips->done % plan.every == 0 && trips->count < a->count)
			trips->times_us[trips->count++] = (double)(after_ns - before_ns) * 1e-3;
		before_ns = after_ns;
	} while (a->seconds > 0 ? (double)(after_ns - start_ns) < limit_ns
				: trips->count < a->count);
	trips->elapsed_ns = after_ns - start_ns;
	if (trips->count == 0)
		kernel_die("no round trip is recorded in %g s", a->seconds);
}

/* Prints the series of one size; sorts the times. */
static void print_size(double size, const struct trips *trips)
{
	double elapsed_s = (double)trips->elapsed_ns * 1e-9;
	double transactions = (double)trips->done / elapsed_s;
	static const struct {
		const char *suffix;
		double fraction;
		long needed; /* at least one value beyond the percentile */
	} percentiles[] = {{"_p90", 0.90, 10}, {"_p99", 0.99, 100}, {"_p999", 0.999, 1000}};

	kernel_series("round_trip", "", size, trips->times_us, trips->count);
	kernel_series("transactions", "", size, &transactions, 1);
	kernel_series("elapsed", "", size, &elapsed_s, 1);
	qsort(trips->times_us, (size_t)trips->count, sizeof(*trips->times_us), kernel_compare);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		double value =
			kernel_percentile(trips->times_us, trips->count, percentiles[i].fraction);

		if (trips->count >= percentiles[i].needed)
			kernel_series("round_trip", percentiles[i].suffix, size, &value, 1);
	}
}

static void run_size(const struct arguments *a, struct client *c, struct trips *trips)
{
	struct kernel_plan plan = {a->count, 1};

	c->fd = connect_to(a->address, a->port);
	memset(c->response, 0, c->size);
	if (a->seconds > 0)
		plan = kernel_plan_phase(a->seconds, warm_up_ns(c), a->count);
	for (long i = 0; a->seconds <= 0 && i < a->warmup; i++)
		round_trip(c);
	measure(a, c, plan, trips);
	close(c->fd);
	if (memcmp(c->request, c->response, c->size) != 0)
		kernel_die("the response of %zu bytes differs from the request", c->size);
	print_size((double)c->size, trips);
}

static int run_client(const struct arguments *a, char *response)
{
	struct trips trips = {.times_us = kernel_touched(a->count, sizeof(*trips.times_us))};
	char *request = kernel_touched(SIZE_MAX_BYTES, 1);
	struct client client = {.request = request, .response = response};
	double cost_ns = kernel_clock_cost_ns();

	for (size_t i = 0; i < SIZE_MAX_BYTES; i++)
		request[i] = (char)(i * 131 + i / 251 + 7);
	kernel_begin("tare-latency");
	kernel_series("clock_cost", "", 0, &cost_ns, 1);
	for (size_t i = 0; i < a->size_count; i++) {
		client.size = a->sizes[i];
		run_size(a, &client, &trips);
	}
	free(trips.times_us);
	free(request);
	return kernel_end();
}

int main(int argc, char **argv)
{
	struct arguments a = {.count = 10000, .warmup = 200, .seconds = 2};
	char *buffer;
	int status;

	parse_arguments(argc, argv, &a);
	buffer = malloc(SIZE_MAX_BYTES);
	if (!buffer)
		kernel_die("out of memory");
	status = a.address ? run_client(&a, buffer) : run_server(&a, buffer);
	free(buffer);
	return status;
}
