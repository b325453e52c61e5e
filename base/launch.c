/* See launch.h. */
#include "base/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

enum { STACK_BYTES = 1 << 16, MOST_FDS = 65536 };

/* Of close_range(2), since Linux 5.9 and 5.11. */
enum { RANGE_UNSHARE = 1 << 1, RANGE_CLOEXEC = 1 << 2 };

/* As process 1 of a guest the agent has no PATH. */
static const char DEFAULT_PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/* What the PATH of users and of cron may lack: ip, mke2fs, runc. */
static const char ADMINISTRATORS_PATH[] = "/usr/local/sbin:/usr/sbin:/sbin";

/* What a program is given, and the pipe that takes the errno of a failed exec; exec itself closes
 * it. */
enum place { PLACE_STDIN, PLACE_STDOUT, PLACE_STDERR, PLACE_FAILURE, PLACES };

/* Low descriptors, taken at the first start and kept. A child takes over the table of descriptors
 * up to the highest of them, and not the thousands above, which would be copied at its start and
 * closed at its exec. One start at a time has them; in between they are /dev/null. */
static pthread_mutex_t places_mutex = PTHREAD_MUTEX_INITIALIZER;
static int places[PLACES] = {-1, -1, -1, -1}, null_fd = -1;

/* What the child needs, prepared before. */
struct child {
	const char *program; /* its path */
	char *const *words;
	bool has_place[PLACES];
	int end_of_places;
	pid_t parent;
	int flags; /* of clone(2) */
};

/* ---- descriptors ---- */

int launch_above_stdio(int fd)
{
	int moved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return moved;
}

int launch_take_ends(int made, const int ends[2], int *from, int *to, struct error *e)
{
	if (made < 0)
		return error_errno(e, errno, "cannot make a pipe");
	*from = launch_above_stdio(ends[0]);
	*to = launch_above_stdio(ends[1]);
	return *from < 0 || *to < 0 ? error_errno(e, errno, "cannot make a pipe") : 0;
}

int launch_pipe(int *from, int *to, struct error *e)
{
	int ends[2];

	return launch_take_ends(pipe2(ends, O_CLOEXEC), ends, from, to, e);
}

int launch_null(struct error *e)
{
	int fd = launch_above_stdio(open("/dev/null", O_RDWR | O_CLOEXEC));

	return fd < 0 ? error_errno(e, errno, "cannot open /dev/null") : fd;
}

/* ---- places ---- */

static int take_places(struct error *e)
{
	if (null_fd < 0 && (null_fd = launch_null(e)) < 0)
		return -1;
	for (size_t i = 0; i < PLACES; i++)
		if (places[i] < 0 && (places[i] = launch_null(e)) < 0)
			return -1;
	return 0;
}

static int end_of_places(void)
{
	int highest = 0;

	for (size_t i = 0; i < PLACES; i++)
		highest = places[i] > highest ? places[i] : highest;
	return highest + 1;
}

static int fill_places(const struct launch *launch, int failure_fd, struct child *child)
{
	const int fds[PLACES] = {
		launch->stdin_fd, launch->stdout_fd, launch->stderr_fd, failure_fd};

	for (size_t i = 0; i < PLACES; i++) {
		child->has_place[i] = fds[i] >= 0;
		if (fds[i] >= 0 && dup3(fds[i], places[i], O_CLOEXEC) < 0)
			return -1;
	}
	return 0;
}

static void empty_places(void)
{
	for (size_t i = 0; i < PLACES; i++)
		dup3(null_fd, places[i], O_CLOEXEC);
}

/* ---- programs ---- */

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

/* ---- the child ---- */

/* It never returns from its stack, which becomes this process's memory again: a sanitizer's marks
 * would stay there. */
#define IN_CHILD __attribute__((no_sanitize_address))

/* Every descriptor from 3 up closes at exec: libraries open some without that flag. */
IN_CHILD static void close_stray_fds_at_exec(void)
{
	struct rlimit most = {0};
	int end;

	if (syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, RANGE_CLOEXEC) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &most);
	end = most.rlim_cur < MOST_FDS ? (int)most.rlim_cur : MOST_FDS;
	for (int fd = STDERR_FILENO + 1; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* All signals are blocked since before the fork, so none of the parent's handlers can run here. */
IN_CHILD static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Places become 0, 1 and 2 in a table of the child's own. */
IN_CHILD static int take_descriptors(const struct child *child)
{
	if (child->flags & CLONE_FILES &&
		syscall(SYS_close_range, (unsigned)child->end_of_places, ~0U, RANGE_UNSHARE) < 0)
		return -1;
	for (int i = PLACE_STDIN; i <= PLACE_STDERR; i++)
		if (child->has_place[i] && dup2(places[i], i) < 0)
			return -1;
	close_stray_fds_at_exec();
	return 0;
}

/* Only async-signal-safe calls from here to exec, and none that changes memory of the parent's. */
IN_CHILD static int run_child(void *context)
{
	const struct child *child = context;
	int failure;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != child->parent)
		_exit(127); /* the parent died before it could be watched */
	reset_signals();
	if (take_descriptors(child) == 0)
		execv(child->program, child->words);
	failure = errno;
	(void)!write(places[PLACE_FAILURE], &failure, sizeof(failure));
	_exit(127);
}

/* This thread waits until the child, which shares its memory and changes none that matters, has
 * exec'ed. */
static pid_t fork_quietly(struct child *child)
{
	alignas(16) char stack[STACK_BYTES];
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = clone(run_child, stack + sizeof(stack), child->flags, child);
	failure = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = failure;
	return pid;
}

/* The child's table of descriptors is this process's until it takes its own, which kernels before
 * 5.9 cannot make of a part. */
static pid_t fork_with_places(
	const struct launch *launch, int failure_fd, struct child *child, struct error *e)
{
	bool takes_part = syscall(SYS_close_range, ~0U, ~0U, 0) == 0;
	pid_t pid = -1;

	child->flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (takes_part ? CLONE_FILES : 0);
	pthread_mutex_lock(&places_mutex);
	if (take_places(e) == 0) {
		child->end_of_places = end_of_places();
		if (fill_places(launch, failure_fd, child) == 0)
			pid = fork_quietly(child);
		if (pid < 0)
			error_errno(e, errno, "cannot start %s", child->words[0]);
		empty_places();
	}
	pthread_mutex_unlock(&places_mutex);
	return pid;
}

/* The errno with which exec failed; 0: it has not. */
static int await_exec(int failure_from)
{
	int failure = 0;
	ssize_t got;

	do
		got = read(failure_from, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	return got < 0 ? EIO : failure;
}

pid_t launch_start(const struct argv *argv, const struct launch *launch, struct error *e)
{
	cleanup_free char *program = NULL;
	cleanup_fd int failure_from = -1, failure_to = -1;

	if (argv->count == 0)
		return error_set(e, "no program to run");
	program = find_program(argv->words[0]);
	if (!program)
		return error_set(e, "%s: command not found", argv->words[0]);
	if (launch_pipe(&failure_from, &failure_to, e) < 0)
		return -1;
	struct child child = {.program = program, .words = argv->words, .parent = getpid()};
	pid_t pid = fork_with_places(launch, failure_to, &child, e);
	if (pid < 0)
		return -1;
	close(take_fd(&failure_to));
	int failure = await_exec(failure_from);
	if (failure == 0)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return error_errno(e, failure, "cannot run %s", argv->words[0]);
}
