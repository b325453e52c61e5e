/* Jobs at the far end: one process group each, from its specification to the report of its end.
 * Reports over the link; independent of where the stream comes from. */
#ifndef TARE_AGENT_TASK_H
#define TARE_AGENT_TASK_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "agent/link.h"
#include "agent/wire.h"

enum { TASKS_MAX = 256, TASK_POLL_FDS = 1 + STREAM_COUNT };

enum task_state {
	TASK_PREPARING, /* files are coming */
	TASK_RUNNING, /* forked: setting up, held or exec'd */
	TASK_DRAINING, /* exited; its last output and its descendants are waited for */
	TASK_COLLECTING, /* files are sent back */
	TASK_ENDED, /* reported; to be freed */
};

struct task {
	struct task *next;
	uint16_t id;
	enum task_state state;
	struct wire_job job;
	int directory_fd;
	bool directory_made;

	pid_t pid;
	int status_fd, go_fd;
	int stream_fd[STREAM_COUNT];
	uint64_t stream_bytes[STREAM_COUNT];

	int64_t start_ns; /* CLOCK_MONOTONIC at exec, 0 before */
	int64_t deadline_ns;
	double steal_before_s;
	int wait_status;
	struct rusage rusage;

	size_t collect_index;
	int collect_fd;
	bool collect_begun;
	uint64_t collect_bytes;

	struct wire_end end;
};

struct tasks {
	struct link *link;
	struct task *first;
	size_t count;
	uint64_t unknown; /* frames for jobs that do not exist */
};

/* Handles a job's frame. */
void tasks_frame(struct tasks *tasks, const struct frame *frame);
/* After SIGCHLD: handles jobs that have ended, and reaps every other child. */
void tasks_reap(struct tasks *tasks);
/* Fills fds with what has to be waited for; TASK_POLL_FDS per task at most. Returns how many. */
size_t tasks_poll_fds(const struct tasks *tasks, struct pollfd *fds);
/* Advances every task as far as possible without waiting. */
void tasks_serve(struct tasks *tasks);
/* When tasks_serve has to be called at the latest (CLOCK_MONOTONIC, ns); INT64_MAX: never. */
int64_t tasks_deadline_ns(const struct tasks *tasks);
/* Kills everything, waits for it (a second at most), removes the work directories. */
void tasks_end(struct tasks *tasks);

#endif
