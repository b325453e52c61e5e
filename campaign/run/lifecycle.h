/* Private to the campaign room: runs of TOPOLOGY_LIFECYCLE, in which something is done to a machine
 * itself. What was observed and what the jobs printed become one text (bench/lifecycle.h), which
 * is kept and parsed like any program's output. */
#ifndef TARE_CAMPAIGN_LIFECYCLE_H
#define TARE_CAMPAIGN_LIFECYCLE_H

#include "campaign/run/run_state.h"

/* Does the benchmark's action. What boots, stops or saves a machine does so with one more machine
 * of the team's target, beside the team's own, which idle: their clocks, caches and jobs stay as
 * they were for the runs to come. */
void lifecycle_run(struct run_state *x);

#endif
