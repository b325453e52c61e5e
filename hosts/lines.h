/* Lines over a descriptor whose other end is not trusted: bounded, read without blocking, written
 * with a deadline and without SIGPIPE. Used by tare and by tare-host; the content of lines is not
 * known here. */
#ifndef TARE_HOSTS_LINES_H
#define TARE_HOSTS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	LINE_LIMIT_BYTES = 1 << 20, /* of one line; a longer one is an error */
	/* How often each end sends an empty line, so that silence can be detected. */
	HEARTBEAT_S = 10,
	/* After so long without a byte the other end is considered lost. Longer than a host may
	 * stall while it boots several emulated guests, and than a network outage of 30 s plus
	 * TCP's wait for its next retransmission. */
	SILENCE_S = 240,
	/* Where the reach may hide that the orchestrator has ended, as srun does when it is killed:
	 * the orchestrator's end is shorter, the host's is the same. */
	PULSE_S = 2,
	PULSE_SILENCE_S = 20,
};

struct lines {
	int fd;
	char *bytes;
	size_t start, end, searched, capacity;
	bool overlong; /* a line exceeded the limit; no more lines follow */
};

void lines_free(struct lines *lines); /* not the descriptor */
/* Reads once what is available. 1: data came; 0: nothing now; -1: end of file, or an error. */
int lines_receive(struct lines *lines);
/* The next whole line without its newline, NUL-terminated; NULL: none yet. Valid until the next
 * lines_receive. */
char *lines_next(struct lines *lines);

/* write() that raises no SIGPIPE, whatever the process's disposition of that signal. */
ssize_t lines_write_quietly(int fd, const void *bytes, size_t count);
/* Writes all, waiting at most timeout_s, or until interrupt_fd (-1: none) is readable. 0, or -1
 * with errno: ETIMEDOUT, EINTR for the interrupt, or write's own. fd must not block. */
int lines_write_by(int fd, const void *bytes, size_t count, double timeout_s, int interrupt_fd);
/* Waits until fd (-1: none) is readable, at most timeout_s. 1: it is, 0: not, -1: interrupt_fd is.
 */
int lines_await(int fd, int interrupt_fd, double timeout_s);
void lines_set_nonblocking(int fd);

#endif
