/* Private to the campaign room: the jobs of one run, and waiting for them together. */
#ifndef TARE_CAMPAIGN_JOBS_H
#define TARE_CAMPAIGN_JOBS_H

#include "campaign/fleet/team.h"

struct jobs;

/* The jobs of the background load, which are served by the same waits as those of the run. */
struct background_jobs {
	const struct jobs *jobs;
	void (*tend)(void *context); /* called whenever something may have happened */
	void *context;
};

struct jobs {
	struct job **items;
	size_t count, capacity;
	int interrupt_fd;
	double limit_s; /* of each job; the far end kills it then */
	double deadline_s; /* CLOCK_MONOTONIC: the wait ends here even if the far end is silent */
	const char *directory;
	const struct background_jobs *background; /* or NULL */
};

enum wait_result { WAIT_OK, WAIT_INTERRUPTED, WAIT_TIMEOUT };

/* Starts a command in a seat, in a fresh directory; the job is owned by jobs. */
struct job *jobs_start(struct jobs *jobs, const struct seat *seat, const struct command *command,
	const char *directory, bool hold, struct error *e);
/* Likewise for a bare argv without files. */
struct job *jobs_start_argv(struct jobs *jobs, const struct seat *seat, const struct argv *argv,
	const struct argv *env, const char *directory, struct error *e);

/* Waits until condition(context) is true. */
enum wait_result jobs_wait(struct jobs *jobs, bool (*condition)(void *context), void *context);
/* Waits at most seconds for the job to end. */
enum wait_result jobs_wait_end(struct jobs *jobs, struct job *job, double seconds);
bool job_over(const struct job *job);
/* Kills what still runs, and frees all. */
void jobs_free(struct jobs *jobs);

/* Runs the command as one MPI job over the team's seats, by the launcher that it names
 * (campaign/mpi.h). Returns the job of the launcher's program, which is owned by jobs and has
 * ended, or NULL with e (or *interrupted) set. *end: how it ended, for messages about what it
 * printed; the caller's, NULL where none is returned. */
struct job *mpi_run(struct jobs *jobs, const struct team *team, const struct command *command,
	bool *interrupted, char **end, struct error *e);

#endif
