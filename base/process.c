/* Starting programs by argv, and making sure that they end. Works while other threads run: between
 * fork and exec only async-signal-safe functions are called, and every descriptor made here is
 * close-on-exec from the start. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"

enum {
	OUTPUT_LIMIT_BYTES = 1 << 20,
	POLL_SLICE_MS = 20, /* how late an end is seen where there is no pidfd_open (before 5.3) */
	LONGEST_POLL_MS = 60 * 1000,
	MOST_LAST_READS =
		64, /* more than a pipe holds, yet an end even if a daemon keeps writing */
	MOST_FDS = 65536,
};

static const double TERM_GRACE_S = 2; /* between SIGTERM and SIGKILL */
/* As process 1 of a guest the agent has no PATH. */
static const char DEFAULT_PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/* What the PATH of users and of cron may lack: ip, mke2fs, runc. */
static const char ADMINISTRATORS_PATH[] = "/usr/local/sbin:/usr/sbin:/sbin";

/* ---- starting ---- */

/* What the child needs between fork and exec, prepared before. */
struct launch {
	const char *program; /* its path */
	char *const *words;
	int stdin_fd, stdout_fd, stderr_fd; /* -1: as the parent's */
	int failure_fd; /* takes the errno of a failed exec; exec itself closes it */
	pid_t parent;
};

/* Moves fd above 2, so that the child's dup2 to 0, 1 and 2 does not overwrite it. Takes fd. */
static int above_stdio(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

/* made: the result of the call that made the ends. */
static int take_ends(int made, const int ends[2], int *from, int *to, struct error *e)
{
	if (made < 0)
		return error_errno(e, errno, "cannot make a pipe");
	*from = above_stdio(ends[0]);
	*to = above_stdio(ends[1]);
	return *from < 0 || *to < 0 ? error_errno(e, errno, "cannot make a pipe") : 0;
}

static int make_pipe(int *from, int *to, struct error *e)
{
	int ends[2];

	return take_ends(pipe2(ends, O_CLOEXEC), ends, from, to, e);
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The path that a word without a slash stands for, or NULL. Found before the fork, since execvp is
 * not async-signal-safe. Empty parts of PATH (the current directory) are passed over. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	cleanup_free char *parts = NULL;
	char *rest, *part;

	if (strchr(name, '/'))
		return str_dup(name);
	parts = path && *path ? str_printf("%s:%s", path, ADMINISTRATORS_PATH)
			      : str_dup(DEFAULT_PATH);
	rest = parts;
	while ((part = strsep(&rest, ":"))) {
		cleanup_free char *candidate = str_printf("%s/%s", part, name);

		if (*part && is_program(candidate))
			return take_ptr(candidate);
	}
	return NULL;
}

/* Every descriptor from 3 up closes at exec: libraries open some without that flag. */
static void close_stray_fds_at_exec(void)
{
	struct rlimit most = {0};
	int end;

	if (syscall(SYS_close_range, 3U, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &most);
	end = most.rlim_cur < MOST_FDS ? (int)most.rlim_cur : MOST_FDS;
	for (int fd = 3; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* All signals are blocked since before the fork, so none of the parent's handlers can run here. */
static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Only async-signal-safe calls from here to exec, and none that changes memory of the parent's. */
static _Noreturn void run_child(const struct launch *launch)
{
	int failure;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launch->parent)
		_exit(127); /* the parent died before it could be watched */
	reset_signals();
	if ((launch->stdin_fd < 0 || dup2(launch->stdin_fd, STDIN_FILENO) >= 0) &&
		(launch->stdout_fd < 0 || dup2(launch->stdout_fd, STDOUT_FILENO) >= 0) &&
		(launch->stderr_fd < 0 || dup2(launch->stderr_fd, STDERR_FILENO) >= 0)) {
		close_stray_fds_at_exec();
		execv(launch->program, launch->words);
	}
	failure = errno;
	(void)!write(launch->failure_fd, &failure, sizeof(failure));
	_exit(127);
}

/* A fork costs the more, the more threads there are. This thread waits until the child, which
 * shares its memory and changes none that matters, has exec'ed. */
static pid_t fork_quietly(const struct launch *launch)
{
	sigset_t all, before;
	pid_t pid;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid == 0)
		run_child(launch); /* NOLINT(clang-analyzer-unix.Vfork) */
	failure = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = failure;
	return pid;
}

/* Reaps; the wait status, or -1 where there is no such child. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Starts argv on the descriptors of launch (which stay the caller's); the program has been
 * exec'ed when this returns. Returns the process, or -1. */
static pid_t start(const struct argv *argv, struct launch *launch, struct error *e)
{
	cleanup_free char *program = NULL;
	cleanup_fd int failure_from = -1, failure_to = -1;
	int failure = 0;
	ssize_t got;
	pid_t pid;

	if (argv->count == 0)
		return error_set(e, "no program to run");
	program = find_program(argv->words[0]);
	if (!program)
		return error_set(e, "%s: command not found", argv->words[0]);
	if (make_pipe(&failure_from, &failure_to, e) < 0)
		return -1;
	launch->program = program;
	launch->words = argv->words;
	launch->failure_fd = failure_to;
	launch->parent = getpid();
	pid = fork_quietly(launch);
	if (pid < 0)
		return error_errno(e, errno, "cannot start %s", argv->words[0]);
	close(take_fd(&failure_to));
	do
		got = read(failure_from, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return pid;
	reap(pid);
	return error_errno(e, got < 0 ? EIO : failure, "cannot run %s", argv->words[0]);
}

static int open_null(struct error *e)
{
	int fd = above_stdio(open("/dev/null", O_RDWR | O_CLOEXEC));

	return fd < 0 ? error_errno(e, errno, "cannot open /dev/null") : fd;
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
	null_fd = open_null(e);
	if (null_fd < 0 || make_pipe(&from, &to, e) < 0)
		return -1;
	launch = (struct launch){.stdin_fd = null_fd, .stdout_fd = to, .stderr_fd = to};
	pid = start(argv, &launch, e);
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
		stderr_fd = above_stdio(
			open(stderr_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
		if (stderr_fd < 0)
			return error_errno(e, errno, "cannot open %s", stderr_path);
	}
	launch->stderr_fd = stderr_fd;
	*pid = start(argv, launch, e);
	return *pid < 0 ? -1 : 0;
}

int process_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e)
{
	cleanup_fd int in_from = -1, in_to = -1, out_from = -1, out_to = -1;

	if (make_pipe(&in_from, &in_to, e) < 0 || make_pipe(&out_from, &out_to, e) < 0)
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

	if (take_ends(made, ends, &here, &there, e) < 0)
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
