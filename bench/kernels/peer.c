/* tare-peer: sends echo requests (ICMP) to another machine, and records the largest gap between two
 * replies: how long that machine is unreachable during an operation on it.
 *
 * Usage: tare-peer --to ADDRESS --period MICROSECONDS --before SECONDS --go FILE
 * Waits for the first reply, sends requests for the time --before, prints the first line, sends
 * requests until FILE appears and for the same time after that, and prints the rest. Exit status 1
 * if there is no reply at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "await.h"
#include "kernel.h"

static const char usage[] = "usage: tare-peer --to ADDRESS [--period MICROSECONDS] "
			    "[--before SECONDS] --go FILE";

enum { FIRST_LIMIT_S = 60 };

struct asking {
	int fd;
	struct sockaddr_in to;
	int64_t period_ns, next_ns, last_answer_ns;
	uint16_t id, number;
};

struct stage {
	int64_t largest_ns;
	double asked, answered;
};

/* The Internet checksum of RFC 1071. */
static uint16_t checksum(const void *bytes, size_t count)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < count; i += 2)
		sum += (uint32_t)at[i] | (uint32_t)at[i + 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void ask(struct asking *a, struct stage *stage)
{
	struct icmphdr request;

	memset(&request, 0, sizeof(request)); /* all of the union is summed up */
	request.type = ICMP_ECHO;
	request.un.echo.id = htons(a->id);
	request.un.echo.sequence = htons(a->number++);
	request.checksum = checksum(&request, sizeof(request));
	/* Errors are ignored: an unreachable peer is what is measured. */
	sendto(a->fd, &request, sizeof(request), MSG_DONTWAIT, (struct sockaddr *)&a->to,
		sizeof(a->to));
	stage->asked++;
}

/* Whether the packet is a reply to this process. */
static bool is_answer(const struct asking *a, const uint8_t *packet, ssize_t count)
{
	const struct iphdr *ip = (const void *)packet;
	struct icmphdr reply;

	if (count < (ssize_t)sizeof(*ip) || count < ip->ihl * 4 + (ssize_t)sizeof(reply))
		return false;
	memcpy(&reply, packet + ip->ihl * 4, sizeof(reply));
	return reply.type == ICMP_ECHOREPLY && ntohs(reply.un.echo.id) == a->id &&
	       ip->saddr == a->to.sin_addr.s_addr;
}

static void receive(struct asking *a, struct stage *stage)
{
	_Alignas(8) uint8_t packet[512];
	ssize_t count;

	while ((count = recv(a->fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		int64_t now = kernel_clock_ns();

		if (!is_answer(a, packet, count))
			continue;
		stage->answered++;
		if (now - a->last_answer_ns > stage->largest_ns)
			stage->largest_ns = now - a->last_answer_ns;
		a->last_answer_ns = now;
	}
}

/* One period: sends one request, and receives replies. */
static void step(struct asking *a, struct stage *stage)
{
	ask(a, stage);
	a->next_ns += a->period_ns;
	for (int64_t now = kernel_clock_ns(); now < a->next_ns; now = kernel_clock_ns()) {
		struct pollfd fd = {.fd = a->fd, .events = POLLIN};
		struct timespec left = {
			(a->next_ns - now) / 1000000000, (a->next_ns - now) % 1000000000};

		if (ppoll(&fd, 1, &left, NULL) > 0)
			receive(a, stage);
	}
	/* After a delay of this process: no burst of requests. */
	if (kernel_clock_ns() - a->next_ns > a->period_ns)
		a->next_ns = kernel_clock_ns();
}

static void ask_for(int64_t time_ns, struct asking *a, struct stage *stage)
{
	for (int64_t end_ns = kernel_clock_ns() + time_ns; kernel_clock_ns() < end_ns;)
		step(a, stage);
}

/* The first reply of a machine that has just started may take longer (ARP); that is no gap. */
static void await_answer(struct asking *a)
{
	struct stage first = {0};

	for (int64_t end_ns = kernel_clock_ns() + FIRST_LIMIT_S * INT64_C(1000000000);
		first.answered < 1;) {
		if (kernel_clock_ns() >= end_ns)
			kernel_die("no answer from %s in %d s", inet_ntoa(a->to.sin_addr),
				FIRST_LIMIT_S);
		step(a, &first);
	}
}

/* A gap that has not ended counts, too. */
static void end_stage(const struct asking *a, struct stage *stage)
{
	int64_t silence_ns = kernel_clock_ns() - a->last_answer_ns;

	if (silence_ns > stage->largest_ns)
		stage->largest_ns = silence_ns;
}

static void print(const char *metric, double value)
{
	kernel_series(metric, "", 0, &value, 1);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"to", required_argument, NULL, 't'},
		{"period", required_argument, NULL, 'p'}, {"before", required_argument, NULL, 'b'},
		{"go", required_argument, NULL, 'g'}, {0}};
	struct asking a = {.to.sin_family = AF_INET, .id = (uint16_t)getpid()};
	struct stage before = {0}, after = {0};
	double period_us = 1000, before_s = 1;
	const char *go = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 't' && inet_pton(AF_INET, optarg, &a.to.sin_addr) != 1)
			kernel_die("%s is not an address", optarg);
		else if (option == 'p')
			period_us = kernel_number(optarg, 100, 1e6);
		else if (option == 'b')
			before_s = kernel_number(optarg, 0, 3600);
		else if (option == 'g')
			go = optarg;
		else if (option == '?')
			kernel_die("%s", usage);
	}
	if (optind != argc || !go || !a.to.sin_addr.s_addr)
		kernel_die("%s", usage);
	a.fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (a.fd < 0)
		kernel_die("socket: %s", strerror(errno));
	a.period_ns = llround(period_us * 1e3);
	a.next_ns = a.last_answer_ns = kernel_clock_ns();
	await_answer(&a);
	ask_for(llround(before_s * 1e9), &a, &before);
	end_stage(&a, &before);
	kernel_begin("tare-peer");
	fflush(stdout);
	do
		step(&a, &after);
	while (!appeared(go));
	ask_for(llround(before_s * 1e9), &a, &after);
	end_stage(&a, &after);
	print("gap_peer", (double)after.largest_ns / 1e6);
	print("gap_peer_before", (double)before.largest_ns / 1e6);
	print("unanswered", fmax(0, after.asked - after.answered));
	return kernel_end();
}
