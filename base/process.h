/* Programs are started by argv, never by a shell. Argument vectors are built here, and short
 * helper programs (ip, mke2fs, runc …) run here, with a timeout and their output captured. */
#ifndef TARE_BASE_PROCESS_H
#define TARE_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* A growing, NULL-terminated vector of owned strings. Zero-initialised is empty. */
struct argv {
	char **words;
	size_t count, capacity;
};

void argv_add(struct argv *argv, const char *word);
void argv_addf(struct argv *argv, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds every word up to a terminating NULL. */
void argv_add_all(struct argv *argv, ...) __attribute__((sentinel));
/* A copy of every word of `from`, appended. */
void argv_append(struct argv *argv, const struct argv *from);
void argv_free(struct argv *argv); /* frees the words and empties the vector */
/* Whether the words start a program that passes bytes on as they come: -1 for srun without
 * --unbuffered, which passes whole lines only. The error begins with "srun". */
int argv_check_stream(const struct argv *argv, struct error *e);
/* The words joined by spaces, quoted where a shell would need it, for messages and records.
 * Freed by the caller. */
char *argv_text(const struct argv *argv);

#define cleanup_argv __attribute__((cleanup(argv_free)))

struct process_result {
	int exit_status; /* 0–255, or -1 when killed by a signal or by the timeout */
	int signal; /* the signal that ended it, or 0 */
	bool timed_out, interrupted; /* killed before it ended by itself */
	char *output; /* stdout and stderr together, NUL-terminated; the last 1 MiB at most */
	size_t output_bytes;
};

/* Runs argv to its end (stdin is /dev/null, own process group), at most timeout_s seconds;
 * then the whole group is killed. A daemon that the program leaves behind is not waited for, even
 * if it holds the output open. Returns 0 when the program ran, whatever its exit status; -1 with e
 * set when it could not be started ("…: command not found"); result is then empty. The caller
 * frees result with process_result_free. Safe while other threads run. */
int process_run(
	const struct argv *argv, double timeout_s, struct process_result *result, struct error *e);
/* The same; the group is also killed as soon as interrupt_fd (-1: none) is readable. */
int process_run_until(const struct argv *argv, double timeout_s, int interrupt_fd,
	struct process_result *result, struct error *e);
void process_result_free(struct process_result *result);

/* process_run, and an exit status other than 0 is an error that names the program, the status
 * and the last line it printed. */
int process_check(const struct argv *argv, double timeout_s, struct error *e);
/* The same, as process_run_until. */
int process_check_until(
	const struct argv *argv, double timeout_s, int interrupt_fd, struct error *e);

/* Starts argv with pipes at its stdin and stdout (stderr is inherited, or appended to the file
 * stderr_path if not NULL), in a process group of its own. The child, though not what it starts in
 * turn, dies with its creator (PR_SET_PDEATHSIG), and that is the creating THREAD, not the process:
 * spawn from a thread that outlives the child. Sets *pid, *to_child and *from_child
 * (close-on-exec). */
int process_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e);

/* The same with one descriptor in both directions, half as many where there are thousands of
 * children: *stream is the caller's. Only for programs that expect a socket: bash for example takes
 * one for a login over a network, and reads its start-up file. Both directions have the same flags
 * in the child. */
int process_spawn_on_socket(
	const struct argv *argv, const char *stderr_path, pid_t *pid, int *stream, struct error *e);

/* Ends a spawned child: waits grace_s seconds, then SIGTERM to its group, 2 s later SIGKILL (which
 * what is left of the group gets in any case), and reaps it. A child that ends when its stdin does
 * needs that closed first. Safe with pid <= 0. */
void process_end(pid_t pid, double grace_s);

#endif
