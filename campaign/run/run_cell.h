/* One run of one cell in a started team: the benchmark's command lines, started through the
 * agents in the shape that its topology says, and its output parsed into samples. */
#ifndef TARE_CAMPAIGN_RUN_CELL_H
#define TARE_CAMPAIGN_RUN_CELL_H

#include "campaign/run/clocks.h"
#include "campaign/run/edges.h"
#include "campaign/fleet/team.h"

/* Everything that one run left. Zero-initialised is empty; outcome_free frees what it owns. */
struct outcome {
	bool interrupted; /* nothing else counts then */
	bool lost; /* a machine's stream ended: the team must be started anew */
	bool failed; /* it was not measured; failure says why. Set when the run is over */
	struct error failure;
	struct samples *samples; /* one per machine that was measured in */
	size_t sample_count;
	char *command, *output, *errors;
	size_t output_bytes, errors_bytes;
	int64_t started_ns, ended_ns;
	double host_s, guest_s, user_s, system_s, steal_s;
	struct clocks clocks; /* of the machines that took part, the first seat's first; none: it
				 never began */
	struct edges edges; /* the counters of its hosts */
	int64_t max_rss_bytes;
	int exit_status;
};

/* Of a run that has not begun: nothing is known. */
extern const struct outcome outcome_empty;

/* Runs the cell once. order numbers the run within the campaign (ports and directories derive
 * from it). Never fails: what went wrong is in the outcome. */
void run_cell(const struct team_context *context, const struct team *team,
	const struct campaign_benchmark *benchmark, unsigned order, struct outcome *out);
void outcome_free(struct outcome *outcome);

#endif
