/* tare-latency: TCP request-response round trips, as netperf's TCP_RR: one connection, one
 * transaction at a time, TCP_NODELAY. The server echoes; the client records the time of every round
 * trip and prints them in the format of bench/timing.h. One connection per message size. */
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
	size_t count, warmup;
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
			a->count = (size_t)kernel_number(optarg, 1, 1e6);
		else if (c == 'w')
			a->warmup = (size_t)kernel_number(optarg, 0, 1e6);
		else if (c == 't')
			a->seconds = kernel_number(optarg, 0.001, 3600);
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

/* Up to count round trips' times, in us, for at most seconds; returns how many. The end of one
 * is the start of the next: one reading of the clock per round trip. */
static size_t round_trips(int fd, const char *request, char *response, size_t size,
	double *times_us, size_t count, double seconds)
{
	int64_t start = kernel_clock_ns(), before = start, limit = start + (int64_t)(seconds * 1e9);
	size_t i;

	for (i = 0; i < count && before < limit; i++) {
		int64_t after;

		send_all(fd, request, size);
		if (!receive_all(fd, response, size))
			kernel_die("the server closed the connection");
		after = kernel_clock_ns();
		times_us[i] = (double)(after - before) * 1e-3;
		before = after;
	}
	return i;
}

/* Prints the series of one size; sorts the times. Returns how many series. */
static int print_size(size_t size, double *times_us, size_t count)
{
	double total_us = 0;
	int series = 2;

	printf("round_trip %zu %zu\n", size, count);
	for (size_t i = 0; i < count; i++) {
		printf("%.3f%c", times_us[i], i % 10 == 9 || i + 1 == count ? '\n' : ' ');
		total_us += times_us[i];
	}
	printf("transactions %zu 1\n%.6g\n", size, 1e6 * (double)count / total_us);
	qsort(times_us, count, sizeof(*times_us), kernel_compare);
	/* A percentile needs at least one value beyond it. */
	if (count >= 10)
		series += printf("round_trip_p90 %zu 1\n%.3f\n", size,
				  kernel_percentile(times_us, (long)count, 0.90)) > 0;
	if (count >= 100)
		series += printf("round_trip_p99 %zu 1\n%.3f\n", size,
				  kernel_percentile(times_us, (long)count, 0.99)) > 0;
	if (count >= 1000)
		series += printf("round_trip_p999 %zu 1\n%.3f\n", size,
				  kernel_percentile(times_us, (long)count, 0.999)) > 0;
	return series;
}

static int run_client(const struct arguments *a, char *response)
{
	size_t most = a->count > a->warmup ? a->count : a->warmup;
	double *times_us = malloc(most * sizeof(*times_us));
	char *request = malloc(SIZE_MAX_BYTES);
	int series = 1;

	if (!times_us || !request)
		kernel_die("out of memory");
	memset(times_us, 1, most * sizeof(*times_us)); /* no page faults between round trips */
	for (size_t i = 0; i < SIZE_MAX_BYTES; i++)
		request[i] = (char)(i * 131 + i / 251 + 7);
	printf("tare-latency 1\nclock_cost 0 1\n%.2f\n", kernel_clock_cost_ns());
	for (size_t i = 0; i < a->size_count; i++) {
		size_t size = a->sizes[i], count;
		int fd = connect_to(a->address, a->port);

		memset(response, 0, size);
		round_trips(fd, request, response, size, times_us, a->warmup, a->seconds);
		count = round_trips(fd, request, response, size, times_us, a->count, a->seconds);
		close(fd);
		if (memcmp(request, response, size) != 0)
			kernel_die("the response of %zu bytes differs from the request", size);
		series += print_size(size, times_us, count);
	}
	printf("done %d\n", series);
	free(times_us);
	free(request);
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct arguments a = {.count = 10000, .warmup = 200, .seconds = 10};
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
