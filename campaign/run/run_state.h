/* Private to the campaign room: one run on its way, and what all topologies do with its jobs. */
#ifndef TARE_CAMPAIGN_RUN_STATE_H
#define TARE_CAMPAIGN_RUN_STATE_H

#include "campaign/run/run_cell.h"
#include "campaign/run/jobs.h"

struct run_state {
	const struct team_context *context;
	const struct team *team;
	const struct campaign_benchmark *benchmark;
	struct jobs jobs;
	char *directory; /* in the machine, of this run */
	uint16_t port;
	struct background *background; /* started and held; NULL: none */
	struct outcome *out;
};

/* The role of the index-th of count processes that run the benchmark. */
struct role run_role(const struct run_state *x, unsigned index, unsigned count);
/* The benchmark's command line for a role; bench_command_free it. */
int run_command(const struct run_state *x, const struct role *role, struct command *command,
	struct error *e);
/* Adds the command line to what the outcome says was run; where: in which machine, NULL: it goes
 * without saying. */
void run_note(struct outcome *out, const char *where, const struct argv *argv);
/* Keeps the main job's output, times and exit status, and the stderr of all jobs. */
void run_keep(struct run_state *x, const struct job *job);
/* Adds the job's samples to the outcome, or the reason why there are none. */
void run_take_samples(struct run_state *x, const struct job *job);
/* Likewise of a text that no single job printed. */
void run_parse(struct run_state *x, const char *text, size_t length);
/* The outcome of a wait that did not end well. */
void run_failed_wait(struct run_state *x, enum wait_result result, const char *what);

#endif
