/* The agent's event loop: a stream, its requests, and the jobs. */
#ifndef TARE_AGENT_SERVER_H
#define TARE_AGENT_SERVER_H

#include <stdbool.h>

/* Serves the stream until its end, a goodbye, or SIGTERM, SIGINT or SIGHUP; then kills all jobs
 * and removes their work directories. guest: this is process 1 of a guest, whose stream has no
 * end: after end-of-file, jobs are killed and the host is waited for again; signals are ignored.
 * Needs SIGCHLD and those signals blocked (server_signals). */
void server_run(int in_fd, int out_fd, bool guest);

/* Blocks the signals that server_run waits for, and ignores SIGPIPE. */
void server_signals(void);

#endif
