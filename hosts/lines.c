/* Lines of bounded length from a descriptor, and writes with a deadline. */
#include "hosts/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"

enum { READ_BYTES = 64 * 1024 };

void lines_free(struct lines *lines)
{
	free(lines->bytes);
	*lines = (struct lines){.fd = -1};
}

int lines_receive(struct lines *lines)
{
	if (lines->start > 0) {
		memmove(lines->bytes, lines->bytes + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->searched -= lines->start;
		lines->start = 0;
	}
	array_reserve(&lines->bytes, &lines->capacity, lines->end + READ_BYTES);
	ssize_t got = read(lines->fd, lines->bytes + lines->end, READ_BYTES);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0)
		return -1;
	lines->end += (size_t)got;
	return 1;
}

char *lines_next(struct lines *lines)
{
	char *from = lines->bytes + lines->searched;
	char *newline = lines->overlong || lines->searched == lines->end
				? NULL
				: memchr(from, '\n', lines->end - lines->searched);

	lines->searched = lines->end;
	size_t length = (newline ? (size_t)(newline - lines->bytes) : lines->end) - lines->start;
	lines->overlong |= length > LINE_LIMIT_BYTES;
	if (!newline || lines->overlong)
		return NULL;
	char *line = lines->bytes + lines->start;
	*newline = '\0';
	lines->start = lines->searched = (size_t)(newline - lines->bytes) + 1;
	return line;
}

ssize_t lines_write_quietly(int fd, const void *bytes, size_t count)
{
	sigset_t pipe_signal, before;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	ssize_t written = write(fd, bytes, count);
	int error = errno;
	if (written < 0 && error == EPIPE && !sigismember(&before, SIGPIPE))
		sigtimedwait(&pipe_signal, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return written;
}

int lines_write_by(int fd, const void *bytes, size_t count, double timeout_s, int interrupt_fd)
{
	double deadline_s = clock_monotonic_s() + timeout_s;
	const char *at = bytes;

	while (count > 0) {
		ssize_t written = lines_write_quietly(fd, at, count);
		if (written > 0) {
			at += written;
			count -= (size_t)written;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -1;
		double left_s = deadline_s - clock_monotonic_s();
		struct pollfd fds[] = {
			{.fd = fd, .events = POLLOUT}, {.fd = interrupt_fd, .events = POLLIN}};
		if (left_s <= 0 || poll(fds, ARRAY_COUNT(fds), (int)(left_s * 1e3) + 1) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (fds[1].revents) {
			errno = EINTR;
			return -1;
		}
	}
	return 0;
}

int lines_await(int fd, int interrupt_fd, double timeout_s)
{
	struct pollfd fds[] = {
		{.fd = fd, .events = POLLIN}, {.fd = interrupt_fd, .events = POLLIN}};

	if (poll(fds, ARRAY_COUNT(fds), timeout_s > 0 ? (int)(timeout_s * 1e3) + 1 : 0) <= 0)
		return 0;
	return fds[1].revents ? -1 : 1;
}

void lines_set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}
