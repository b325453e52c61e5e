/* Private to the campaign room: one run on its way, and what all topologies do with its jobs. */
#ifndef TARE_CAMPAIGN_EXECUTION_H
#define TARE_CAMPAIGN_EXECUTION_H

#include "campaign/run/execute.h"
#include "campaign/run/jobs.h"

struct execution {
	const struct team_context *context;
	const struct team *team;
	const struct campaign_benchmark *benchmark;
	struct jobs jobs;
	char *directory; /* in the machine, of this run */
	uint16_t port;
	struct background *background; /* started and held; NULL: nothing runs beside it */
	struct outcome *out;
};

/* The role of the index-th of count processes that run the benchmark. */
struct role execution_role(const struct execution *x, unsigned index, unsigned count);
/* The benchmark's command line for a role; command_free it. */
int execution_command(const struct execution *x, const struct role *role, struct command *command,
	struct error *e);
/* Adds the command line to what the outcome says was run; where: in which machine, NULL: it goes
 * without saying. */
void execution_note(struct outcome *out, const char *where, const struct argv *argv);
/* Keeps the main job's output, times and exit status, and what all jobs said on stderr. */
void execution_keep(struct execution *x, const struct job *job);
/* Adds the job's samples to the outcome, or the reason why there are none. */
void execution_take_samples(struct execution *x, const struct job *job);
/* Likewise of a text that no single job printed. */
void execution_parse(struct execution *x, const char *text, size_t length);
/* The outcome of a wait that did not end well. */
void execution_failed_wait(struct execution *x, enum wait_result result, const char *what);

#endif
