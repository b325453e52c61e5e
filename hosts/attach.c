/* "tare-host attach": gets a machine's stream from the service of its campaign and copies bytes
 * until either side ends or the service closes its socket. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "hosts/lines.h"
#include "hosts/service.h"

enum { BUFFER_BYTES = 256 * 1024, STREAM_FDS = 2, LAST_WORDS_MS = 1000 };

char *service_socket_path(const char *id)
{
	return str_printf("/run/tare/%s/host.socket", id);
}

int service_socket_connect(const char *id)
{
	cleanup_free char *path = service_socket_path(id);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return take_fd(&fd);
}

union fds_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(STREAM_FDS * sizeof(int))];
};

int service_send_stream(int socket_fd, int read_fd, int write_fd)
{
	const int fds[STREAM_FDS] = {read_fd, write_fd};
	union fds_message control = {0};
	char byte = '+';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int receive_stream(int socket_fd, int fds[STREAM_FDS])
{
	union fds_message control = {0};
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	if (recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC) != 1 ||
		control.header.cmsg_type != SCM_RIGHTS ||
		control.header.cmsg_len != CMSG_LEN(STREAM_FDS * sizeof(int)))
		return -1;
	memcpy(fds, CMSG_DATA(&control.header), STREAM_FDS * sizeof(int));
	return 0;
}

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
	static struct flow in, out;

	in = (struct flow){.from = STDIN_FILENO, .to = write_fd};
	out = (struct flow){.from = read_fd, .to = STDOUT_FILENO};
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

int attach_main(const char *id, const char *name)
{
	cleanup_fd int fd = service_socket_connect(id);
	int stream[STREAM_FDS];

	if (fd < 0) {
		fprintf(stderr, "tare-host: no service of %s on this host\n", id);
		return 1;
	}
	cleanup_free char *line = str_printf("%s\n", name);
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line) ||
		receive_stream(fd, stream) < 0) {
		fprintf(stderr, "tare-host: no machine %s of %s runs on this host\n", name, id);
		return 1;
	}
	lines_set_nonblocking(STDIN_FILENO);
	lines_set_nonblocking(STDOUT_FILENO);
	copy(fd, stream[0], stream[1]);
	return 0;
}
