/* Programs that run to their end or stay, and making sure that they end. Works while other threads
 * run. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/launch.h"
#include "base/text.h"
#include "base/units.h"

enum {
	OUTPUT_LIMIT_BYTES = 1 << 20,
	POLL_SLICE_MS = 20, /* how late an end is seen where there is no pidfd_open (before 5.3) */
	LONGEST_POLL_MS = 60 * 1000,
	MOST_LAST_READS =
		64, /* more than a pipe holds, yet an end even if a daemon keeps writing */
};

static const double TERM_GRACE_S = 2; /* between SIGTERM and SIGKILL */

/* Reaps; the wait status, or -1 where there is no such child. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* ---- running to the end ---- */

/* Whether the child has ended; it stays a zombie, so that its number and its group's cannot be
 * given to another process before the group was killed. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};
	int found;

	do
		found = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	while (found < 0 && errno == EINTR);
	return found < 0 || info.si_pid == pid;
}

/* Readable when the process has ended; -1 on kernels without pidfd_open. */
static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* How long poll may sleep: to the deadline, rounded up, and in slices where no pidfd wakes it. */
static int poll_ms(double deadline_s, bool sliced)
{
	double left_ms = (deadline_s - clock_monotonic_s()) * 1e3 + 1;
	int most_ms = sliced ? POLL_SLICE_MS : LONGEST_POLL_MS;

	return left_ms < 0 ? 0 : left_ms < most_ms ? (int)left_ms : most_ms;
}

/* Waits until the child has ended or the deadline has come; whether it has ended. */
static bool wait_ended(pid_t pid, double deadline_s)
{
	cleanup_fd int pidfd = open_pidfd(pid);

	while (!has_ended(pid)) {
		struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

		if (clock_monotonic_s() >= deadline_s)
			return false;
		poll(&poll_fd, 1, poll_ms(deadline_s, pidfd < 0));
	}
	return true;
}

/* If there is more than the limit, the end is kept: there a program prints why it failed. */
static void keep_last(struct text *output)
{
	if (output->count <= OUTPUT_LIMIT_BYTES)
		return;
	memmove(output->bytes, output->bytes + output->count - OUTPUT_LIMIT_BYTES,
		OUTPUT_LIMIT_BYTES);
	output->count = OUTPUT_LIMIT_BYTES;
	output->bytes[output->count] = '\0';
}

/* Adds one read's worth. Returns false once there is nothing more: at the end, or, as fd does not
 * block, for now. */
static bool read_some(int fd, struct text *output)
{
	char bytes[16384];
	ssize_t got;

	do
		got = read(fd, bytes, sizeof(bytes));
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	text_add_bytes(output, bytes, (size_t)got);
	if (output->count > 2 * OUTPUT_LIMIT_BYTES)
		keep_last(output);
	return true;
}

/* Collects output until the child ends; whether it did so before the deadline and the interrupt.
 * Not until the pipe ends: a daemon that the program left behind may hold it for ever. */
static bool collect(pid_t pid, int fd, double deadline_s, int interrupt_fd, struct text *output)
{
	cleanup_fd int pidfd = open_pidfd(pid);
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = pidfd, .events = POLLIN},
		{.fd = interrupt_fd, .events = POLLIN}};

	while (!has_ended(pid)) {
		if (clock_monotonic_s() >= deadline_s || fds[2].revents)
			return false;
		poll(fds, ARRAY_COUNT(fds), poll_ms(deadline_s, pidfd < 0));
		/* The program closed it and still runs: polling it again would spin. */
		if (fds[0].revents && !read_some(fd, output) && (fds[0].revents & POLLHUP))
			fds[0].fd = -1;
	}
	for (int left = MOST_LAST_READS; left > 0 && read_some(fd, output); left--)
		;
	return true;
}

static void set_result(struct process_result *result, int status, struct text *output)
{
	if (status >= 0 && WIFEXITED(status))
		result->exit_status = WEXITSTATUS(status);
	else
		result->exit_status = -1;
	if (status >= 0 && WIFSIGNALED(status))
		result->signal = WTERMSIG(status);
	text_add_bytes(output, "", 0);
	keep_last(output);
	result->output_bytes = output->count;
	result->output = text_take(output);
}

int process_run_until(const struct argv *argv, double timeout_s, int interrupt_fd,
	struct process_result *result, struct error *e)
{
	cleanup_text struct text output = {0};
	cleanup_fd int null_fd = -1, from = -1, to = -1;
	struct launch launch;
	double deadline_s = clock_monotonic_s() + timeout_s;
	pid_t pid;

	*result = (struct process_result){0};
	null_fd = launch_null(e);
	if (null_fd < 0 || launch_pipe(&from, &to, e) < 0)
		return -1;
	launch = (struct launch){.stdin_fd = null_fd, .stdout_fd = to, .stderr_fd = to};
	pid = launch_start(argv, &launch, e);
	if (pid < 0)
		return -1;
	close(take_fd(&to));
	fcntl(from, F_SETFL, O_NONBLOCK);
	bool ended = collect(pid, from, deadline_s, interrupt_fd, &output);
	if (!ended)
		kill(-pid, SIGKILL);
	set_result(result, reap(pid), &output);
	result->timed_out = !ended && clock_monotonic_s() >= deadline_s;
	result->interrupted = !ended && !result->timed_out;
	if (!ended)
		result->exit_status = -1;
	return 0;
}

int process_run(
	const struct argv *argv, double timeout_s, struct process_result *result, struct error *e)
{
	return process_run_until(argv, timeout_s, -1, result, e);
}

void process_result_free(struct process_result *result)
{
	free(result->output);
	*result = (struct process_result){0};
}

/* The last line that is not blank; cuts it out of output in place. */
static const char *last_line(char *output)
{
	size_t end = strlen(output);
	char *newline;

	while (end > 0 && strchr(" \t\r\n", output[end - 1]))
		end--;
	output[end] = '\0';
	newline = strrchr(output, '\n');
	return newline ? newline + 1 : output;
}

int process_check(const struct argv *argv, double timeout_s, struct error *e)
{
	return process_check_until(argv, timeout_s, -1, e);
}

int process_check_until(
	const struct argv *argv, double timeout_s, int interrupt_fd, struct error *e)
{
	struct process_result result;
	char limit[UNIT_TEXT_BYTES];
	const char *line, *name;
	int failed = 0;

	if (process_run_until(argv, timeout_s, interrupt_fd, &result, e) < 0)
		return -1;
	line = last_line(result.output);
	if (result.timed_out) {
		failed = error_set(e, "did not end within %s and was killed",
			duration_format(timeout_s, limit));
	} else if (result.interrupted) {
		failed = error_set(e, "interrupted");
	} else if (result.signal) {
		name = sigdescr_np(result.signal);
		failed = error_set(
			e, "killed by signal %d (%s)", result.signal, name ? name : "unknown");
	} else if (result.exit_status != 0) {
		failed = error_set(e, "exit status %d", result.exit_status);
	}
	if (failed)
		error_prefix(e, "%s", argv->words[0]);
	if (failed && *line && e) {
		struct error before = *e;

		error_set(e, "%s: %s", before.text, line);
	}
	process_result_free(&result);
	return failed;
}

/* ---- children that stay ---- */

/* launch has its stdin and stdout. */
static int spawn(const struct argv *argv, struct launch *launch, const char *stderr_path,
	pid_t *pid, struct error *e)
{
	cleanup_fd int stderr_fd = -1;

	if (stderr_path) {
		stderr_fd = launch_above_stdio(
			open(stderr_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
		if (stderr_fd < 0)
			return error_errno(e, errno, "cannot open %s", stderr_path);
	}
	launch->stderr_fd = stderr_fd;
	*pid = launch_start(argv, launch, e);
	return *pid < 0 ? -1 : 0;
}

int process_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e)
{
	cleanup_fd int in_from = -1, in_to = -1, out_from = -1, out_to = -1;

	if (launch_pipe(&in_from, &in_to, e) < 0 || launch_pipe(&out_from, &out_to, e) < 0)
		return -1;
	struct launch launch = {.stdin_fd = in_from, .stdout_fd = out_to};
	if (spawn(argv, &launch, stderr_path, pid, e) < 0)
		return -1;
	*to_child = take_fd(&in_to);
	*from_child = take_fd(&out_from);
	return 0;
}

int process_spawn_on_socket(
	const struct argv *argv, const char *stderr_path, pid_t *pid, int *stream, struct error *e)
{
	cleanup_fd int here = -1, there = -1;
	int ends[2];
	int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);

	if (launch_take_ends(made, ends, &here, &there, e) < 0)
		return -1;
	struct launch launch = {.stdin_fd = there, .stdout_fd = there};
	if (spawn(argv, &launch, stderr_path, pid, e) < 0)
		return -1;
	*stream = take_fd(&here);
	return 0;
}

/* Not one that was reaped before: its number may belong to another process by now. */
static bool is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void process_end(pid_t pid, double grace_s)
{
	if (pid <= 0 || !is_child(pid))
		return;
	if (!wait_ended(pid, clock_monotonic_s() + grace_s)) {
		kill(-pid, SIGTERM);
		wait_ended(pid, clock_monotonic_s() + TERM_GRACE_S);
	}
	/* Also after a normal end: what is left of its group must not disturb the next
	 * measurement. */
	kill(-pid, SIGKILL);
	reap(pid);
}
