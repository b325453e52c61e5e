/* MPI jobs. MPICH's Hydra with its manual launcher prints one "HYDRA_LAUNCH: ARGV" line per host
 * and waits; starting these command lines anywhere runs the job, so no machine needs to log into
 * another. The far end's output is hostile: only hydra_pmi_proxy is ever started. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/jobs.h"

#define MPIEXEC "/usr/bin/mpiexec.mpich"
#define PROXY "/usr/bin/hydra_pmi_proxy"
static const char launch_prefix[] = "HYDRA_LAUNCH: ";
static const char launch_end[] = "HYDRA_LAUNCH_END\n";
/* From the first proxy's end, which comes a little before mpiexec's, until something is wrong. */
static const double grace_s = 10;

/* Ranks that are not bound are sometimes put on one CPU together, and then spin against each
 * other. Hydra binds to the first hardware threads of the machine; a host may lend others. */
static void add_binding(struct argv *argv, const struct team *team)
{
	cleanup_text struct text cpus = {0};
	argv_add(argv, "-bind-to");
	for (size_t i = 0; i < team->seat_count; i++)
		for (size_t j = 0; j < team->seats[i].cpu_count; j++)
			text_addf(
				&cpus, "%s%u", cpus.count ? "," : "user:", team->seats[i].cpus[j]);
	argv_add(argv, cpus.count ? cpus.bytes : "hwthread");
}

static void add_mpiexec(struct argv *argv, const struct team *team, const struct command *command)
{
	unsigned ranks = (unsigned)team->seat_count * team->seat_cpus;
	unsigned per_machine = ranks / (unsigned)team->machine_count;
	argv_add(argv, MPIEXEC);
	if (team->machine_count > 1) {
		cleanup_text struct text hosts = {0};
		for (size_t i = 0; i < team->machine_count; i++) {
			struct seat seat = {.machine = team->machines[i]};
			text_addf(
				&hosts, "%s%s:%u", i ? "," : "", seat_address(&seat), per_machine);
		}
		argv_add_all(argv, "-launcher", "manual", "-localhost",
			seat_address(&team->seats[0]), "-hosts", hosts.bytes, NULL);
	}
	add_binding(argv, team);
	argv_add(argv, "-n");
	argv_addf(argv, "%u", ranks);
	argv_append(argv, &command->argv);
}

/* The words of one launch line, up to its newline; false unless it is a proxy's. */
static bool parse_launch(const char *line, size_t length, struct argv *out)
{
	cleanup_free char *copy = mem_new(length + 1, 1);
	char *rest = NULL;
	memcpy(copy, line, length);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv_add(out, word);
	return out->count > 0 && !strcmp(out->words[0], PROXY);
}

struct launch {
	struct jobs *jobs;
	struct job *mpiexec;
	size_t first_proxy; /* index into jobs; the proxies are the last ones */
};

static bool launched_or_ended(void *context)
{
	const struct launch *launch = context;
	return job_over(launch->mpiexec) ||
	       (launch->mpiexec->output && strstr(launch->mpiexec->output, launch_end));
}

static int start_proxies(struct launch *launch, const struct team *team, struct error *e)
{
	const char *line = launch->mpiexec->output;
	size_t started = 0;
	while (!strncmp(line, launch_prefix, sizeof(launch_prefix) - 1)) {
		cleanup_argv struct argv argv = {0};
		const char *words = line + sizeof(launch_prefix) - 1;
		const char *end = strchr(words, '\n');
		if (!end || started == team->machine_count ||
			!parse_launch(words, (size_t)(end - words), &argv))
			return error_set(e, "unexpected line from mpiexec: %.200s", line);
		/* mpiexec's working directory is every rank's; the first machine has it already. */
		const char *directory = started == 0 ? NULL : launch->jobs->directory;
		struct seat seat = {.machine = team->machines[started++]};
		if (!jobs_start_argv(launch->jobs, &seat, &argv, NULL, directory, e))
			return -1;
		line = end + 1;
	}
	if (started != team->machine_count)
		return error_set(e, "mpiexec asked for %zu proxies instead of %zu", started,
			team->machine_count);
	return 0;
}

/* A proxy that is gone while mpiexec is not would leave it waiting for ever. */
static bool ended_or_broken(void *context)
{
	const struct launch *launch = context;
	if (job_over(launch->mpiexec))
		return true;
	for (size_t i = launch->first_proxy; i < launch->jobs->count; i++)
		if (job_over(launch->jobs->items[i]))
			return true;
	return false;
}

static enum wait_result wait_end(struct launch *launch)
{
	struct jobs *jobs = launch->jobs;
	enum wait_result result = jobs_wait(jobs, ended_or_broken, launch);
	if (result == WAIT_OK && !job_over(launch->mpiexec))
		result = jobs_wait_end(jobs, launch->mpiexec, grace_s);
	if (result != WAIT_TIMEOUT || launch->mpiexec->state == JOB_LOST)
		return result;
	agent_job_kill(launch->mpiexec);
	return jobs_wait_end(jobs, launch->mpiexec, grace_s);
}

/* What the ranks printed, without the launcher's own lines. */
static void drop_launch_lines(struct job *job)
{
	char *end = job->output ? strstr(job->output, launch_end) : NULL;
	if (!end)
		return;
	end += sizeof(launch_end) - 1;
	job->output_bytes -= (size_t)(end - job->output);
	memmove(job->output, end, job->output_bytes + 1);
}

struct job *mpi_run(struct jobs *jobs, const struct team *team, const struct command *command,
	bool *interrupted, struct error *e)
{
	struct command mpiexec = *command;
	mpiexec.argv = (struct argv){0};
	add_mpiexec(&mpiexec.argv, team, command);
	struct seat first = {.machine = team->machines[0]};
	struct launch launch = {.jobs = jobs};
	enum wait_result result = WAIT_OK;
	launch.mpiexec = jobs_start(jobs, &first, &mpiexec, jobs->directory, false, e);
	argv_free(&mpiexec.argv);
	if (!launch.mpiexec)
		return NULL;
	launch.first_proxy = jobs->count;
	if (team->machine_count > 1) {
		result = jobs_wait(jobs, launched_or_ended, &launch);
		if (result == WAIT_OK && !job_over(launch.mpiexec) &&
			start_proxies(&launch, team, e) < 0)
			return NULL;
	}
	if (result == WAIT_OK)
		result = wait_end(&launch);
	*interrupted = result == WAIT_INTERRUPTED;
	if (result == WAIT_TIMEOUT)
		error_set(e, "mpiexec did not end in time, and its machine is silent");
	if (result != WAIT_OK)
		return NULL;
	drop_launch_lines(launch.mpiexec);
	return launch.mpiexec;
}
