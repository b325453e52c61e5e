/* How base/process.c starts a program. What that takes depends neither on how much memory, nor on
 * how many threads and descriptors this process has. Works while other threads run: the child calls
 * only async-signal-safe functions, and every descriptor made here is close-on-exec from the start.
 */
#ifndef TARE_BASE_LAUNCH_H
#define TARE_BASE_LAUNCH_H

#include <sys/types.h>

#include "base/error.h"
#include "base/process.h"

/* The program's descriptors; -1: as this process's. They stay the caller's. */
struct launch {
	int stdin_fd, stdout_fd, stderr_fd;
};

/* Starts argv in a process group of its own; the program has been exec'ed when this returns. The
 * process, which dies with this thread, or -1. */
pid_t launch_start(const struct argv *argv, const struct launch *launch, struct error *e);

/* A descriptor above 2 instead of fd, so that no program gets it in place of a closed one. Takes
 * fd; -1 with errno on failure. */
int launch_above_stdio(int fd);

/* /dev/null, to read and to write, by launch_above_stdio. The caller closes it. */
int launch_null(struct error *e);

/* The ends of a pipe, by launch_above_stdio. The caller closes them. */
int launch_pipe(int *from, int *to, struct error *e);

/* The same for ends that are there; made: the result of the call that made them. */
int launch_take_ends(int made, const int ends[2], int *from, int *to, struct error *e);

#endif
