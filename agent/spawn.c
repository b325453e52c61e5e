/* Starts a job's process, and finds processes that it left behind. */
#include "agent/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

enum { CPU_MASK_BYTES = 1024 }; /* 8192 CPUs */

/* Marks everything that a job starts, so that what leaves its process group is still found. */
#define MARKER "TARE_JOB"

enum step { STEP_DIRECTORY, STEP_STREAMS, STEP_AFFINITY, STEP_BARRIER, STEP_EXEC };

static const char *const STEP_TEXT[] = {
	[STEP_DIRECTORY] = "cannot enter its work directory",
	[STEP_STREAMS] = "cannot be connected to its streams",
	[STEP_AFFINITY] = "cannot be bound to its CPUs",
	[STEP_BARRIER] = "was not released from the barrier",
	[STEP_EXEC] = "cannot be executed",
};

const char *spawn_step_text(int step)
{
	return step >= 0 && (size_t)step < ARRAY_COUNT(STEP_TEXT) ? STEP_TEXT[step] : "failed";
}

static void marker_text(const struct task *task, char marker[64])
{
	snprintf(marker, 64, MARKER "=%d.%u", (int)getpid(), task->id);
}

/* Sets NAME=value, replacing what NAME was. */
static void env_set(struct argv *env, const char *assignment)
{
	size_t name_bytes = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < env->count; i++) {
		if (strncmp(env->words[i], assignment, name_bytes) == 0) {
			free(env->words[i]);
			env->words[i] = str_dup(assignment);
			return;
		}
	}
	argv_add(env, assignment);
}

static void env_build(const struct task *task, struct argv *env)
{
	char marker[64];

	marker_text(task, marker);
	argv_add_all(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8", "TERM=dumb", NULL);
	argv_addf(env, "HOME=%s", task->job.directory[0] ? task->job.directory : "/tmp");
	for (size_t i = 0; i < task->job.env.count; i++)
		env_set(env, task->job.env.words[i]);
	env_set(env, marker);
}

/* --- in the child ------------------------------------------------------------------------ */

struct child {
	const struct task *task;
	char *const *env;
	int output_fd, errors_fd, status_fd, go_fd;
};

static void report(const struct child *child, enum spawn_event event, int step, int64_t value)
{
	struct spawn_report message = {event, step, value};

	/* If this fails the agent has died, and the child ends as well. */
	if (write(child->status_fd, &message, sizeof(message)) != sizeof(message))
		_exit(127);
}

static void give_up(const struct child *child, enum step step)
{
	report(child, SPAWN_FAILED, step, errno);
	_exit(127);
}

static void bind_cpus(const struct child *child)
{
	static unsigned char mask[CPU_MASK_BYTES] __attribute__((aligned(8)));
	const struct wire_job *job = &child->task->job;

	if (!job->cpu_count)
		return;
	for (size_t i = 0; i < job->cpu_count; i++)
		CPU_SET_S(job->cpus[i], sizeof(mask), (cpu_set_t *)mask);
	if (sched_setaffinity(0, sizeof(mask), (cpu_set_t *)mask) < 0)
		give_up(child, STEP_AFFINITY);
}

static void wait_for_go(const struct child *child)
{
	char go;

	if (child->go_fd < 0)
		return;
	report(child, SPAWN_HELD, 0, 0);
	if (read(child->go_fd, &go, 1) != 1) {
		errno = ECANCELED;
		give_up(child, STEP_BARRIER);
	}
}

static void signals_default(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_run(const struct child *child, pid_t agent) __attribute__((noreturn));
static void child_run(const struct child *child, pid_t agent)
{
	const struct task *task = child->task;

	setsid();
	/* If the agent is killed, at least the job's first process is killed as well. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != agent)
		_exit(127);
	signals_default();
	umask(022);
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
		dup2(child->output_fd, STDOUT_FILENO) < 0 ||
		dup2(child->errors_fd, STDERR_FILENO) < 0)
		give_up(child, STEP_STREAMS);
	if (task->directory_fd >= 0 ? fchdir(task->directory_fd) : chdir("/"))
		give_up(child, STEP_DIRECTORY);
	bind_cpus(child);
	wait_for_go(child);
	report(child, SPAWN_EXEC, 0, clock_monotonic_ns());
	execve(task->job.argv.words[0], task->job.argv.words, child->env);
	give_up(child, STEP_EXEC);
	_exit(127);
}

/* --- in the agent ------------------------------------------------------------------------ */

enum { PIPE_OUTPUT, PIPE_ERRORS, PIPE_STATUS, PIPE_GO, PIPE_COUNT };

static void pipes_close(int pipes[PIPE_COUNT][2])
{
	for (int i = 0; i < PIPE_COUNT; i++) {
		for (int end = 0; end < 2; end++) {
			if (pipes[i][end] >= 0)
				close(pipes[i][end]);
		}
	}
}

static int pipes_open(int pipes[PIPE_COUNT][2], bool hold)
{
	for (int i = 0; i < PIPE_COUNT; i++) {
		if (i == PIPE_GO && !hold)
			continue;
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			return -1;
	}
	/* Only the agent's ends: the job expects blocking ones. */
	for (int i = 0; i <= PIPE_STATUS; i++)
		fcntl(pipes[i][0], F_SETFL, O_RDONLY | O_NONBLOCK);
	return 0;
}

int spawn(struct task *task, struct error *e)
{
	int pipes[PIPE_COUNT][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	cleanup_argv struct argv env = {0};
	pid_t agent = getpid();

	if (task->job.argv.words[0][0] != '/')
		return error_set(
			e, "the program's path %s is not absolute", task->job.argv.words[0]);
	if (pipes_open(pipes, task->job.hold) < 0) {
		int error = errno;

		pipes_close(pipes);
		return error_errno(e, error, "cannot make pipes");
	}
	env_build(task, &env);
	task->pid = fork();
	if (task->pid == 0) {
		struct child child = {
			.task = task,
			.env = env.words,
			.output_fd = pipes[PIPE_OUTPUT][1],
			.errors_fd = pipes[PIPE_ERRORS][1],
			.status_fd = pipes[PIPE_STATUS][1],
			.go_fd = pipes[PIPE_GO][0],
		};

		/* Of the parent's ends only this one matters before exec: if it stayed open
		 * here, the barrier would never see that the agent has died. */
		if (pipes[PIPE_GO][1] >= 0)
			close(pipes[PIPE_GO][1]);
		child_run(&child, agent);
	}
	int error = errno;
	if (task->pid > 0) {
		task->stream_fd[STREAM_OUTPUT] = take_fd(&pipes[PIPE_OUTPUT][0]);
		task->stream_fd[STREAM_ERRORS] = take_fd(&pipes[PIPE_ERRORS][0]);
		task->status_fd = take_fd(&pipes[PIPE_STATUS][0]);
		task->go_fd = take_fd(&pipes[PIPE_GO][1]);
	}
	pipes_close(pipes);
	return task->pid > 0 ? 0 : error_errno(e, error, "cannot fork");
}

/* Whether the environment that pid was started with has the marker; *has_any tells whether there
 * was an environment to read. */
static bool marked(pid_t pid, const char *marker, bool *has_any)
{
	char path[64];
	cleanup_free char *line = NULL;
	size_t capacity = 0;

	*has_any = false;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	cleanup_file FILE *file = fopen(path, "re");
	while (file && getdelim(&line, &capacity, '\0', file) > 0) {
		*has_any = *has_any || strncmp(line, MARKER "=", sizeof(MARKER)) == 0;
		if (strcmp(line, marker) == 0)
			return true;
	}
	return false;
}

bool spawn_kill_orphans(const struct task *task, bool alone)
{
	char path[64], marker[64];
	bool found = false, has_marker;
	int pid;

	marker_text(task, marker);
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	cleanup_file FILE *children = fopen(path, "re");
	while (children && fscanf(children, "%d", &pid) == 1) {
		if (!marked(pid, marker, &has_marker) && (has_marker || !alone))
			continue;
		kill(pid, SIGKILL);
		found = true;
	}
	return found;
}
