/* Lines over a descriptor whose far end is not trusted: bounded, read without blocking, written
 * with a deadline and without SIGPIPE. Both ends of a host's conversation use it; what a line says
 * is not known here. */
#ifndef TARE_HOSTS_LINES_H
#define TARE_HOSTS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	LINE_LIMIT_BYTES = 1 << 20, /* of one line; a longer one is an error */
	PULSE_S = 10, /* how often each end sends an empty line, so that silence means something */
	SILENCE_S = 240, /* so long without a byte: the other end is gone. Longer than a host stalls
			   that boots several emulated guests, and than a network's
			   outage of 30 s and TCP's wait for the next try after it. */
};

struct lines {
	int fd;
	char *bytes;
	size_t start, end, searched, capacity;
	bool overlong; /* no line any more: one exceeded the limit */
};

void lines_free(struct lines *lines); /* not the descriptor */
/* Reads once what is there. 1: something came; 0: nothing now; -1: the end, or an error. */
int lines_receive(struct lines *lines);
/* The next whole line without its newline, NUL-terminated; NULL: none yet. Valid until the next
 * lines_receive. */
char *lines_next(struct lines *lines);

/* write() that raises no SIGPIPE, whatever this process thinks of that signal. */
ssize_t lines_write_quietly(int fd, const void *bytes, size_t count);
/* Writes all, waiting at most timeout_s, or until interrupt_fd (-1: none) is readable. 0, or -1
 * with errno: ETIMEDOUT, EINTR for the interrupt, or write's own. fd must not block. */
int lines_write_by(int fd, const void *bytes, size_t count, double timeout_s, int interrupt_fd);
/* Waits until fd (-1: none) is readable, at most timeout_s. 1: it is, 0: not, -1: interrupt_fd is.
 */
int lines_await(int fd, int interrupt_fd, double timeout_s);
void lines_set_nonblocking(int fd);

#endif
