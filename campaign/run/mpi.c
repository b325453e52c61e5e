/* MPI jobs: what all launchers have in common. The launcher's program runs in the first machine;
 * every rank is started through tare-bind, which puts it on its CPU: so ranks are placed alike by
 * all launchers, and lists of CPUs may differ between machines. */
#include "campaign/run/mpi.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

#define BIND BENCH_KERNELS_DIR "/tare-bind"

/* From the first remote program's end, which comes a little before the launcher's, until
 * something is wrong. */
static const double grace_s = 10;

static const struct mpi_launcher *const launchers[] = {
	[LAUNCHER_HYDRA] = &mpi_hydra,
	[LAUNCHER_OPENMPI] = &mpi_openmpi,
	[LAUNCHER_SRUN] = &mpi_srun,
};

/* One CPU for every rank. A seat without a list has a machine to itself: its ranks take the
 * machine's CPUs one after the other. */
static void add_ranks(const struct mpi_job *mpi, struct argv *argv)
{
	cleanup_text struct text cpus = {0};

	for (size_t i = 0; i < mpi->team->seat_count; i++) {
		const struct seat *seat = &mpi->team->seats[i];
		for (unsigned j = 0; j < mpi->team->seat_cpus; j++) {
			text_add(&cpus, cpus.count ? "," : "");
			if (seat->cpu_count)
				text_addf(&cpus, "%u", seat->cpus[j % seat->cpu_count]);
			else
				text_addf(&cpus, "+%u", j);
		}
	}
	argv_add_all(argv, BIND, cpus.bytes, NULL);
	argv_append(argv, &mpi->command->argv);
}

static int check_addresses(const struct mpi_job *mpi, struct error *e)
{
	for (size_t i = 0; i < mpi->team->machine_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(mpi_address(mpi, i), mpi_address(mpi, j)) == 0)
				return error_set(e,
					"%s and %s have one address, %s: ranks cannot "
					"reach each other",
					mpi->team->machines[j]->name, mpi->team->machines[i]->name,
					mpi_address(mpi, i));
	return 0;
}

static struct job *start_main(
	const struct mpi_job *mpi, const struct mpi_launcher *launcher, struct error *e)
{
	struct command whole = *mpi->command;
	struct seat first = {.machine = mpi->team->machines[0]};
	struct job *job = NULL;

	whole.argv = whole.env = (struct argv){0};
	argv_append(&whole.env, &mpi->command->env);
	mpi_add_devices(mpi, &whole.env);
	if (launcher->add(mpi, &whole.argv, e) == 0) {
		add_ranks(mpi, &whole.argv);
		job = jobs_start(mpi->jobs, &first, &whole, mpi->jobs->directory, false, e);
	}
	argv_free(&whole.argv);
	argv_free(&whole.env);
	return job;
}

struct serving {
	struct mpi_job *mpi;
	const struct mpi_launcher *launcher;
};

static struct job *ended_remote(const struct mpi_job *mpi)
{
	for (size_t i = 0; i < mpi->team->machine_count; i++)
		if (mpi->remotes[i] && job_over(mpi->remotes[i]))
			return mpi->remotes[i];
	return NULL;
}

static bool something_to_do(void *context)
{
	const struct serving *s = context;

	return job_over(s->mpi->main) || ended_remote(s->mpi) ||
	       (s->launcher->asks && s->launcher->asks(s->mpi));
}

/* A remote program that is gone while the launcher's is not might leave that waiting for ever. */
static enum wait_result wait_last(
	struct mpi_job *mpi, const struct mpi_launcher *launcher, enum wait_result result)
{
	struct jobs *jobs = mpi->jobs;

	if (result == WAIT_OK && !job_over(mpi->main)) {
		if (launcher->report)
			launcher->report(mpi, ended_remote(mpi));
		result = jobs_wait_end(jobs, mpi->main, grace_s);
	}
	if (result != WAIT_TIMEOUT || mpi->main->state == JOB_LOST)
		return result;
	agent_job_kill(mpi->main);
	return jobs_wait_end(jobs, mpi->main, grace_s);
}

static enum wait_result serve(
	struct mpi_job *mpi, const struct mpi_launcher *launcher, struct error *e)
{
	struct serving serving = {mpi, launcher};
	enum wait_result result;

	for (;;) {
		result = jobs_wait(mpi->jobs, something_to_do, &serving);
		if (result != WAIT_OK || job_over(mpi->main) || ended_remote(mpi))
			return wait_last(mpi, launcher, result);
		if (launcher->answer(mpi, e) < 0)
			return WAIT_TIMEOUT;
	}
}

/* What the ranks printed, without the requests. */
static void drop_requests(const struct mpi_job *mpi)
{
	struct job *job = mpi->main;

	if (!mpi->requests_bytes)
		return;
	job->output_bytes -= mpi->requests_bytes;
	memmove(job->output, job->output + mpi->requests_bytes, job->output_bytes + 1);
}

/* A launcher that lost a daemon may end well, with half of what its ranks printed. */
char *mpi_end_text(const struct mpi_job *mpi, const char *program)
{
	struct text text = {0};
	int count = 0;
	const char *line = job_last_error(mpi->main, &count);

	text_addf(&text, "%s exited with status %d", program, mpi->main->exit_status);
	for (size_t i = 0; i < mpi->team->machine_count; i++) {
		struct error e = {""};
		if (mpi->remotes[i] && job_over(mpi->remotes[i]) &&
			job_check(mpi->remotes[i], &e) < 0)
			text_addf(&text, ", what it had started in %s: %s",
				mpi->team->machines[i]->name, e.text);
	}
	if (count)
		text_addf(&text, "; its last line of stderr: %.*s", count, line);
	return text_take(&text);
}

struct job *mpi_run(struct jobs *jobs, const struct team *team, const struct command *command,
	bool *interrupted, char **end, struct error *e)
{
	const struct mpi_launcher *launcher = launchers[command->launcher];
	cleanup_free struct job **remotes = mem_new(team->machine_count, sizeof(struct job *));
	struct mpi_job mpi = {.jobs = jobs, .team = team, .command = command, .remotes = remotes};

	*end = NULL;
	mpi.ranks = (unsigned)team->seat_count * team->seat_cpus;
	mpi.ranks_per_machine = mpi.ranks / (unsigned)team->machine_count;
	if (check_addresses(&mpi, e) < 0 || !(mpi.main = start_main(&mpi, launcher, e)))
		return NULL;
	enum wait_result result = serve(&mpi, launcher, e);
	*interrupted = result == WAIT_INTERRUPTED;
	if (result == WAIT_TIMEOUT && !error_is_set(e))
		error_set(e, "%s did not end in time, and its machine does not answer",
			launcher->program);
	if (result != WAIT_OK)
		return NULL;
	drop_requests(&mpi);
	if (launcher->tidy)
		launcher->tidy(mpi.main);
	*end = mpi_end_text(&mpi, launcher->program);
	return mpi.main;
}
