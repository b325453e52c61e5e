/* Private to the campaign room: the part of the loader that unrolls benchmark entries. */
#ifndef TARE_CAMPAIGN_LOAD_H
#define TARE_CAMPAIGN_LOAD_H

#include "campaign/campaign.h"
#include "campaign/yaml_values.h"

/* Reads the list under "benchmarks": each entry is a name, or a map with the key "benchmark", its
 * options, and "placements", "targets", "runs". A list where an option expects one value is a
 * sweep: one campaign_benchmark for every combination. Targets and placements must have been
 * read. */
void load_benchmarks(const struct reader *r, const struct yaml_node *list, unsigned runs,
	struct campaign *campaign);

#endif
