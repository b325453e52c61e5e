/* Runs jobs: starts them, forwards their output, collects their files and reports their end. */
#include "agent/task.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/facts.h"
#include "agent/spawn.h"
#include "agent/workdir.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* How long an ended job's descendants may keep its output open, or take to die. */
#define DRAIN_NS INT64_C(1000000000)
enum { DISCARD_BYTES = 64 * 1024 };
#define SECOND_NS INT64_C(1000000000)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reason_set(struct task *task, const char *reason)
{
	if (!task->end.reason)
		task->end.reason = str_dup(reason);
}

/* Only before the first process is reaped: afterwards the number may be another's. */
static void task_kill(struct task *task)
{
	if (task->state != TASK_RUNNING)
		return;
	kill(-task->pid, SIGKILL);
	kill(task->pid, SIGKILL); /* has no group of its own before its setsid */
}

static void task_free(struct task *task)
{
	workdir_close(task->job.directory, task->directory_fd, task->directory_made);
	close_fd(&task->status_fd);
	close_fd(&task->go_fd);
	for (int i = 0; i < STREAM_COUNT; i++)
		close_fd(&task->stream_fd[i]);
	close_fd(&task->collect_fd);
	wire_job_free(&task->job);
	free(task->end.reason);
	free(task);
}

/* The directory is removed before the end is reported, so that the next job can have it. */
static void task_report_end(struct tasks *tasks, struct task *task)
{
	cleanup_text struct text payload = {0};

	workdir_close(task->job.directory, task->directory_fd, task->directory_made);
	task->directory_fd = -1;
	task->directory_made = false;
	wire_end_pack(&payload, &task->end);
	link_send(tasks->link, FRAME_JOB_END, task->id, payload.bytes, payload.count);
	task->state = TASK_ENDED;
}

static void task_fail(struct tasks *tasks, struct task *task, const char *reason)
{
	reason_set(task, reason);
	task->end.exit_status = -1;
	task_report_end(tasks, task);
}

/* --- frames ------------------------------------------------------------------------------ */

static struct task *task_find(struct tasks *tasks, uint16_t id)
{
	struct task *task = tasks->first;

	while (task && task->id != id)
		task = task->next;
	return task;
}

static void task_new(struct tasks *tasks, uint16_t id, struct unpack in)
{
	struct task *task = mem_new(1, sizeof(*task));
	struct error e = {0};

	task->id = id;
	task->directory_fd = task->status_fd = task->go_fd = task->collect_fd = -1;
	for (int i = 0; i < STREAM_COUNT; i++)
		task->stream_fd[i] = -1;
	task->next = tasks->first;
	tasks->first = task;
	tasks->count++;
	if (!wire_job_unpack(&in, &task->job)) {
		task->job.directory = str_dup("");
		task_fail(tasks, task, "the agent could not read the job's description");
	} else if (tasks->count > TASKS_MAX) {
		task_fail(tasks, task, "too many jobs at once");
	} else if (task->job.directory[0]) {
		task->directory_fd = workdir_open(task->job.directory, &task->directory_made, &e);
		if (task->directory_fd < 0)
			task_fail(tasks, task, e.text);
	}
}

static void task_file(struct tasks *tasks, struct task *task, struct unpack in)
{
	struct error e = {0};
	cleanup_free char *name = unpack_string(&in);
	uint64_t offset = unpack_u64(&in);
	size_t count;
	const uint8_t *bytes = unpack_rest(&in, &count);

	if (task->state != TASK_PREPARING)
		return;
	if (in.failed)
		task_fail(tasks, task, "the agent could not read a file's frame");
	else if (workdir_write(task->directory_fd, name, offset, bytes, count, &e) < 0)
		task_fail(tasks, task, e.text);
}

static void task_start(struct tasks *tasks, struct task *task)
{
	struct error e = {0};

	if (task->state != TASK_PREPARING)
		return;
	task->steal_before_s = facts_steal_s();
	if (spawn(task, &e) < 0)
		task_fail(tasks, task, e.text);
	else
		task->state = TASK_RUNNING;
}

static void task_go(struct task *task)
{
	/* The child may have died: then the write fails, and its end is reported anyway. */
	if (task->go_fd >= 0 && write(task->go_fd, "g", 1) < 0)
		task_kill(task);
	close_fd(&task->go_fd);
}

static void task_kill_asked(struct tasks *tasks, struct task *task)
{
	if (task->state == TASK_PREPARING) {
		task_fail(tasks, task, "killed before it started");
	} else if (task->state == TASK_RUNNING) {
		reason_set(task, "killed on request");
		task_kill(task);
	}
}

void tasks_frame(struct tasks *tasks, const struct frame *frame)
{
	struct task *task = task_find(tasks, frame->job);
	struct unpack in = {.at = frame->payload, .left = frame->length};

	if (frame->type == FRAME_JOB_SPEC && !task)
		task_new(tasks, frame->job, in);
	else if (!task)
		tasks->unknown++;
	else if (frame->type == FRAME_JOB_FILE)
		task_file(tasks, task, in);
	else if (frame->type == FRAME_JOB_START)
		task_start(tasks, task);
	else if (frame->type == FRAME_JOB_GO)
		task_go(task);
	else if (frame->type == FRAME_JOB_KILL)
		task_kill_asked(tasks, task);
}

/* --- a running job ----------------------------------------------------------------------- */

static void task_status(struct tasks *tasks, struct task *task)
{
	struct spawn_report message;
	cleanup_text struct text payload = {0};

	while (task->status_fd >= 0) {
		ssize_t count = read(task->status_fd, &message, sizeof(message));

		if (count < 0 && errno == EAGAIN)
			return;
		if (count != sizeof(message)) {
			/* Closed by exec, or by the child's death. */
			close_fd(&task->status_fd);
			if (!task->start_ns)
				return;
			pack_i64(&payload, task->start_ns);
			link_send(tasks->link, FRAME_JOB_STARTED, task->id, payload.bytes,
				payload.count);
		} else if (message.event == SPAWN_HELD) {
			link_send(tasks->link, FRAME_JOB_HELD, task->id, NULL, 0);
		} else if (message.event == SPAWN_EXEC) {
			task->start_ns = message.value;
			task->deadline_ns =
				message.value + (int64_t)(task->job.timeout_s < 1e9
								  ? task->job.timeout_s * 1e9
								  : 1e18);
		} else {
			cleanup_free char *reason = str_printf("%s: %s: %s",
				task->job.argv.words[0], spawn_step_text(message.step),
				strerror((int)message.value));

			reason_set(task, reason);
			task->start_ns = 0;
		}
	}
}

/* Forwards what the job wrote, while there is room; beyond the limit it is only counted. */
static void task_stream(struct tasks *tasks, struct task *task, int stream)
{
	uint8_t buffer[1 + DISCARD_BYTES];

	buffer[0] = (uint8_t)stream;
	while (task->stream_fd[stream] >= 0 && link_room(tasks->link)) {
		uint64_t left = task->job.output_limit - task->stream_bytes[stream];
		ssize_t count = read(task->stream_fd[stream], buffer + 1,
			left ? FRAME_CHUNK_BYTES : DISCARD_BYTES);

		if (count < 0 && errno == EAGAIN)
			return;
		if (count <= 0) {
			close_fd(&task->stream_fd[stream]);
			return;
		}
		size_t kept = left < (uint64_t)count ? (size_t)left : (size_t)count;

		task->stream_bytes[stream] += kept;
		task->end.discarded_bytes += (size_t)count - kept;
		/* Endless output must not keep this loop from timeouts and other jobs. */
		if (!kept)
			return;
		link_send(tasks->link, FRAME_JOB_OUTPUT, task->id, buffer, 1 + kept);
		if (task->state == TASK_DRAINING)
			task->deadline_ns = clock_monotonic_ns() + DRAIN_NS;
	}
}

/* The first process of task is a zombie: what is left of its group is killed before it is
 * reaped, while its number is still its own. */
static void task_exited(struct tasks *tasks, struct task *task)
{
	task->end.end_ns = clock_monotonic_ns();
	task->end.steal_s = facts_steal_s() - task->steal_before_s;
	task_kill(task);
	task_status(tasks, task);
	wait4(task->pid, &task->wait_status, 0, &task->rusage);
	task->state = TASK_DRAINING;
	task->deadline_ns = task->end.end_ns + DRAIN_NS;
	close_fd(&task->go_fd);
}

void tasks_reap(struct tasks *tasks)
{
	siginfo_t child = {0};

	while (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid) {
		struct task *task = tasks->first;

		while (task && (task->state != TASK_RUNNING || task->pid != child.si_pid))
			task = task->next;
		if (task)
			task_exited(tasks, task);
		else
			waitpid(child.si_pid, NULL, 0);
		child.si_pid = 0;
	}
}

static double timeval_s(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void end_fill(struct task *task)
{
	struct wire_end *end = &task->end;
	int status = task->wait_status;
	char reason[128];

	end->start_ns = task->start_ns;
	end->exit_status = WIFEXITED(status) && task->start_ns ? WEXITSTATUS(status) : -1;
	end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end->user_s = timeval_s(task->rusage.ru_utime);
	end->system_s = timeval_s(task->rusage.ru_stime);
	end->max_rss_bytes = (int64_t)task->rusage.ru_maxrss * 1024;
	end->voluntary_switches = task->rusage.ru_nvcsw;
	end->involuntary_switches = task->rusage.ru_nivcsw;
	if (end->signal) {
		snprintf(reason, sizeof(reason), "killed by signal %d (%s)", end->signal,
			strsignal(end->signal));
		reason_set(task, reason);
	}
}

static bool others_run(const struct tasks *tasks, const struct task *self)
{
	for (const struct task *task = tasks->first; task; task = task->next) {
		if (task != self && task->pid > 0 && task->state != TASK_ENDED)
			return true;
	}
	return false;
}

static void task_drain(struct tasks *tasks, struct task *task)
{
	bool orphans = spawn_kill_orphans(task, !others_run(tasks, task));
	bool open = task->stream_fd[STREAM_OUTPUT] >= 0 || task->stream_fd[STREAM_ERRORS] >= 0;

	if (open && !link_room(tasks->link))
		task->deadline_ns = clock_monotonic_ns() + DRAIN_NS;
	if ((open || orphans) && clock_monotonic_ns() < task->deadline_ns)
		return;
	for (int i = 0; i < STREAM_COUNT; i++)
		close_fd(&task->stream_fd[i]);
	end_fill(task);
	task->deadline_ns = 0;
	task->state = TASK_COLLECTING;
}

/* --- collected files --------------------------------------------------------------------- */

/* Opens the next file and announces it. A missing one is the reason for the end, unless there
 * is one already. */
static void collect_open(struct tasks *tasks, struct task *task)
{
	struct error e = {0};
	const char *name = task->job.collect.words[task->collect_index];
	cleanup_text struct text payload = {0};

	task->collect_bytes = 0;
	task->collect_fd = workdir_read(task->directory_fd, name, &e);
	if (task->collect_fd < 0) {
		reason_set(task, e.text);
		task->collect_index++;
		return;
	}
	pack_u16(&payload, (uint16_t)task->collect_index);
	link_send(tasks->link, FRAME_JOB_COLLECT, task->id, payload.bytes, payload.count);
}

static void collect_read(struct tasks *tasks, struct task *task)
{
	uint8_t buffer[FRAME_CHUNK_BYTES];
	cleanup_text struct text payload = {0};
	ssize_t count = read(task->collect_fd, buffer, sizeof(buffer));
	uint64_t left = task->job.output_limit - task->collect_bytes;
	size_t kept = count <= 0 ? 0 : left < (uint64_t)count ? (size_t)left : (size_t)count;

	if (kept) {
		pack_u16(&payload, (uint16_t)task->collect_index);
		text_add_bytes(&payload, buffer, kept);
		link_send(tasks->link, FRAME_JOB_COLLECT, task->id, payload.bytes, payload.count);
		task->collect_bytes += kept;
	}
	if (count > 0 && (size_t)count == kept)
		return;
	if (count > 0)
		task->end.discarded_bytes += (size_t)count - kept;
	close_fd(&task->collect_fd);
	task->collect_index++;
}

static void task_collect(struct tasks *tasks, struct task *task)
{
	while (task->collect_index < task->job.collect.count && link_room(tasks->link)) {
		if (task->collect_fd < 0)
			collect_open(tasks, task);
		else
			collect_read(tasks, task);
	}
	if (task->collect_index == task->job.collect.count)
		task_report_end(tasks, task);
}

/* --- all of them ------------------------------------------------------------------------- */

static void task_serve(struct tasks *tasks, struct task *task)
{
	if (task->status_fd >= 0)
		task_status(tasks, task);
	for (int i = 0; i < STREAM_COUNT; i++)
		task_stream(tasks, task, i);
	if (task->state == TASK_RUNNING && task->deadline_ns &&
		clock_monotonic_ns() >= task->deadline_ns) {
		cleanup_free char *reason =
			str_printf("killed after its timeout of %g s", task->job.timeout_s);

		task->end.timed_out = true;
		reason_set(task, reason);
		task->deadline_ns = 0;
		task_kill(task);
	}
	if (task->state == TASK_DRAINING)
		task_drain(tasks, task);
	if (task->state == TASK_COLLECTING)
		task_collect(tasks, task);
}

static void ended_remove(struct tasks *tasks)
{
	struct task **at = &tasks->first;

	while (*at) {
		struct task *task = *at;

		if (task->state != TASK_ENDED) {
			at = &task->next;
			continue;
		}
		*at = task->next;
		tasks->count--;
		task_free(task);
	}
}

void tasks_serve(struct tasks *tasks)
{
	for (struct task *task = tasks->first; task; task = task->next)
		task_serve(tasks, task);
	ended_remove(tasks);
}

size_t tasks_poll_fds(const struct tasks *tasks, struct pollfd *fds)
{
	size_t count = 0;
	bool room = link_room(tasks->link);

	for (const struct task *task = tasks->first; task; task = task->next) {
		if (task->status_fd >= 0)
			fds[count++] = (struct pollfd){.fd = task->status_fd, .events = POLLIN};
		for (int i = 0; i < STREAM_COUNT && room; i++) {
			if (task->stream_fd[i] >= 0)
				fds[count++] =
					(struct pollfd){.fd = task->stream_fd[i], .events = POLLIN};
		}
	}
	return count;
}

int64_t tasks_deadline_ns(const struct tasks *tasks)
{
	int64_t deadline_ns = INT64_MAX;

	for (const struct task *task = tasks->first; task; task = task->next) {
		if (task->deadline_ns && task->deadline_ns < deadline_ns)
			deadline_ns = task->deadline_ns;
	}
	return deadline_ns;
}

/* Reaps processes that end and kills those that thereby become orphans, until none is left. */
static void reap_all(struct tasks *tasks)
{
	int64_t deadline_ns = clock_monotonic_ns() + SECOND_NS;
	bool left = true;

	while (left && clock_monotonic_ns() < deadline_ns) {
		left = false;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		for (struct task *task = tasks->first; task; task = task->next)
			left = (task->pid > 0 && spawn_kill_orphans(task, true)) || left;
		if (left)
			clock_sleep_s(0.001);
	}
}

void tasks_end(struct tasks *tasks)
{
	for (struct task *task = tasks->first; task; task = task->next)
		task_kill(task);
	if (tasks->first)
		reap_all(tasks);
	for (struct task *task = tasks->first; task; task = task->next)
		task->state = TASK_ENDED;
	ended_remove(tasks);
}
