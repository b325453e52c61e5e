/* Private to the campaign room: the part of the loader that reads targets. */
#ifndef TARE_CAMPAIGN_LOAD_TARGETS_H
#define TARE_CAMPAIGN_LOAD_TARGETS_H

#include "campaign/file/campaign.h"
#include "campaign/file/yaml_values.h"

/* Reads the list under "targets": each entry is a name, or a map with the key "target" and the
 * driver's options. A list where an option expects one value is a sweep: one campaign_target for
 * every combination, named by it. */
void load_targets(const struct reader *r, const struct yaml_node *list, struct campaign *campaign);
/* Options that contradict each other, or the size of the machines, are mistakes. cpus: of a machine
 * in each of the campaign's placements; 0: it has none, which is a mistake elsewhere. */
void load_targets_check(
	const struct reader *r, const struct campaign *campaign, const unsigned *cpus);
void campaign_target_free(struct campaign_target *target); /* what it owns */

#endif
