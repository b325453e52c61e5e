/* Private to the campaign room: what a run cost the hosts, as metrics that every benchmark has: two
 * ways of doing the same at twice the CPU time are not the same. */
#ifndef TARE_CAMPAIGN_HOST_COST_H
#define TARE_CAMPAIGN_HOST_COST_H

#include "campaign/run/run_cell.h"

enum host_cost {
	HOST_COST_CPUS, /* CPUs that the run's hosts, as a whole, kept busy while it went on */
	HOST_COST_WORK, /* CPU time of theirs for each unit of work */
	HOST_COSTS
};

/* The metric as the store has it. False: the benchmark has no such metric. Its strings are static
 * but for the unit, which is written to unit. */
bool host_cost_metric(const struct benchmark *benchmark, enum host_cost cost, char unit[static 32],
	struct store_metric *out);
/* Its value for a run that was measured; NAN: not known. The work is that of the first headline
 * that is a rate, over the whole run: CPUs ÷ rate. */
double host_cost_value(
	const struct benchmark *benchmark, enum host_cost cost, const struct outcome *outcome);

#endif
