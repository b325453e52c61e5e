/* tare-attach ID MACHINE: a machine's stream at the far end of a reach. Gets it from the service of
 * the campaign on this host, and copies bytes until either side ends or the service closes its
 * socket. There is one for every machine: it is static, needs no rights and touches no more memory
 * than what waits in it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/directories.h"
#include "hosts/lines.h"
#include "hosts/service_socket.h"

enum { BUFFER_BYTES = 256 * 1024, LAST_WORDS_MS = 1000 };

/* One direction. */
struct flow {
	int from, to;
	size_t start, end;
	bool ended; /* nothing comes any more */
	char bytes[BUFFER_BYTES];
};

/* false: its reader is gone. */
static bool flow_write(struct flow *flow)
{
	while (flow->start < flow->end) {
		ssize_t put = write(flow->to, flow->bytes + flow->start, flow->end - flow->start);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == EAGAIN;
		flow->start += (size_t)put;
	}
	flow->start = flow->end = 0;
	return true;
}

static void flow_read(struct flow *flow)
{
	ssize_t got = read(flow->from, flow->bytes + flow->end, BUFFER_BYTES - flow->end);

	if (got > 0)
		flow->end += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		flow->ended = true;
}

/* Delivers what is still buffered of an ended stream, if its reader takes it soon. */
static void flow_last_words(struct flow *flow)
{
	struct pollfd fd = {.fd = flow->to, .events = POLLOUT};

	while (flow->end > 0 && flow_write(flow) && flow->end > 0 &&
		poll(&fd, 1, LAST_WORDS_MS) > 0)
		;
}

static void copy(int socket_fd, int read_fd, int write_fd)
{
	static struct flow in = {.from = STDIN_FILENO}, out = {.to = STDOUT_FILENO};

	in.to = write_fd;
	out.from = read_fd;
	struct flow *const flows[] = {&in, &out};
	bool goes_on = true;

	while (goes_on) {
		struct pollfd fds[2 * ARRAY_COUNT(flows) + 1] = {
			[2 * ARRAY_COUNT(flows)] = {.fd = socket_fd, .events = POLLIN}};
		for (size_t i = 0; i < ARRAY_COUNT(flows); i++) {
			bool room = flows[i]->end < BUFFER_BYTES;
			fds[2 * i] =
				(struct pollfd){.fd = room ? flows[i]->from : -1, .events = POLLIN};
			fds[2 * i + 1] = (struct pollfd){
				.fd = flows[i]->end ? flows[i]->to : -1, .events = POLLOUT};
		}
		if (poll(fds, ARRAY_COUNT(fds), -1) < 0 && errno != EINTR)
			break;
		goes_on = !fds[2 * ARRAY_COUNT(flows)].revents;
		for (size_t i = 0; i < ARRAY_COUNT(flows); i++) {
			if (fds[2 * i].revents)
				flow_read(flows[i]);
			goes_on &= flow_write(flows[i]) && !flows[i]->ended;
		}
	}
	flow_last_words(&in);
	flow_last_words(&out);
}

/* Through the working directory, because the path of a user's own may be longer than that of a
 * socket may be. */
static int connect_to_service(const char *id)
{
	cleanup_free char *run = geteuid() == 0 ? str_dup("/run/tare") : directories_user_run();
	cleanup_free char *directory = str_printf("%s/%s", run, id);
	int fd = chdir(directory) < 0 ? -1 : service_socket_connect(SERVICE_SOCKET);
	int why_not = errno;

	if (fd < 0)
		fprintf(stderr, "tare-attach: no service of %s on this host: %s/%s: %s\n", id,
			directory, SERVICE_SOCKET, strerror(why_not));
	return fd;
}

int main(int argc, char **argv)
{
	int read_fd, write_fd;

	if (argc != 3) {
		fputs("usage: tare-attach ID MACHINE\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	cleanup_fd int fd = connect_to_service(argv[1]);
	cleanup_free char *line = str_printf("%s\n", argv[2]);
	if (fd < 0)
		return 1;
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line) ||
		service_socket_receive(fd, &read_fd, &write_fd) < 0) {
		fprintf(stderr, "tare-attach: no machine %s of %s runs on this host\n", argv[2],
			argv[1]);
		return 1;
	}
	lines_set_nonblocking(STDIN_FILENO);
	lines_set_nonblocking(STDOUT_FILENO);
	copy(fd, read_fd, write_fd);
	return 0;
}
