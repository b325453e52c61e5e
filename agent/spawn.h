/* Starting a job's process, and finding what it left behind. */
#ifndef TARE_AGENT_SPAWN_H
#define TARE_AGENT_SPAWN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/task.h"
#include "base/error.h"

/* What the child reports over task->status_fd; end of file means that exec succeeded. */
enum spawn_event { SPAWN_HELD, SPAWN_EXEC, SPAWN_FAILED };

struct spawn_report {
	int32_t event;
	int32_t step; /* SPAWN_FAILED: for spawn_step_text */
	int64_t value; /* SPAWN_EXEC: CLOCK_MONOTONIC ns; SPAWN_FAILED: errno */
};

/* Forks the child of task, in a session and process group of its own. Sets pid, status_fd, go_fd
 * (-1 unless held) and stream_fd; all nonblocking and close-on-exec. */
int spawn(struct task *task, struct error *e);
const char *spawn_step_text(int step);

/* Kills the processes of the job that have become children of this one (their parents are gone).
 * alone: no other job runs, so that children which hide their origin are taken, too. Returns
 * whether there was one. */
bool spawn_kill_orphans(const struct task *task, bool alone);

#endif
