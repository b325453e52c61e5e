/* Jobs in the machines of a run: started, waited for together, and freed. */
#include "campaign/run/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

enum { OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024 };
static const double poll_s = 3600, kill_wait_s = 10;

bool job_over(const struct job *job)
{
	return job->state == JOB_DONE || job->state == JOB_LOST;
}

static struct job *start(
	struct jobs *jobs, const struct seat *seat, const struct job_spec *spec, struct error *e)
{
	struct job *job = NULL;

	if (agent_job_start(seat->machine->agent, spec, &job, e) < 0)
		return NULL;
	array_reserve(&jobs->items, &jobs->capacity, jobs->count + 1);
	jobs->items[jobs->count++] = job;
	return job;
}

struct job *jobs_start(struct jobs *jobs, const struct seat *seat, const struct command *command,
	const char *directory, bool hold, struct error *e)
{
	struct job_file files[COMMAND_FILES_MAX];

	for (size_t i = 0; i < command->file_count; i++)
		files[i] = (struct job_file){
			command->files[i].name, command->files[i].bytes, command->files[i].count};
	struct job_spec spec = {
		.argv = &command->argv,
		.env = &command->env,
		.directory = directory,
		.put = files,
		.put_count = command->file_count,
		.collect = command->collect,
		.collect_count = command->collect_count,
		.cpus = seat->cpus,
		.cpu_count = seat->cpu_count,
		.timeout_s = jobs->limit_s,
		.output_limit = OUTPUT_LIMIT_BYTES,
		.hold = hold,
	};
	return start(jobs, seat, &spec, e);
}

struct job *jobs_start_argv(struct jobs *jobs, const struct seat *seat, const struct argv *argv,
	const struct argv *env, const char *directory, struct error *e)
{
	struct job_spec spec = {
		.argv = argv,
		.env = env,
		.directory = directory,
		.timeout_s = jobs->limit_s,
		.output_limit = OUTPUT_LIMIT_BYTES,
	};

	return start(jobs, seat, &spec, e);
}

/* One wait for something to happen to the jobs, and to those of the background. */
static bool poll_all(struct jobs *jobs, double timeout_s)
{
	const struct jobs *background = jobs->background ? jobs->background->jobs : NULL;
	size_t count = jobs->count + (background ? background->count : 0);
	cleanup_free struct job **all = mem_new(count + 1, sizeof(*all));

	for (size_t i = 0; i < jobs->count; i++)
		all[i] = jobs->items[i];
	for (size_t i = jobs->count; i < count; i++)
		all[i] = background->items[i - jobs->count];
	return agent_poll(all, count, timeout_s, jobs->interrupt_fd) != -2;
}

enum wait_result jobs_wait(struct jobs *jobs, bool (*condition)(void *context), void *context)
{
	for (;;) {
		if (jobs->background)
			jobs->background->tend(jobs->background->context);
		if (condition(context))
			return WAIT_OK;
		double left_s = jobs->deadline_s - clock_monotonic_s();
		if (left_s <= 0)
			return WAIT_TIMEOUT;
		if (!poll_all(jobs, left_s < poll_s ? left_s : poll_s))
			return WAIT_INTERRUPTED;
	}
}

static bool ended(void *context)
{
	return job_over(context);
}

enum wait_result jobs_wait_end(struct jobs *jobs, struct job *job, double seconds)
{
	double deadline_s = jobs->deadline_s;

	jobs->deadline_s = clock_monotonic_s() + seconds;
	enum wait_result result = jobs_wait(jobs, ended, job);
	jobs->deadline_s = deadline_s;
	return result;
}

void jobs_free(struct jobs *jobs)
{
	/* A killed job's directory and memory must be gone before the next run is measured. */
	for (size_t i = 0; i < jobs->count; i++)
		if (!job_over(jobs->items[i]))
			agent_job_kill(jobs->items[i]);
	jobs->interrupt_fd = -1;
	for (size_t i = 0; i < jobs->count; i++)
		if (!job_over(jobs->items[i]))
			jobs_wait_end(jobs, jobs->items[i], kill_wait_s);
	for (size_t i = 0; i < jobs->count; i++)
		job_free(jobs->items[i]);
	free(jobs->items);
	*jobs = (struct jobs){0};
}
