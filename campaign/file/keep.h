/* A part of a campaign: some of its cells, for all of its targets. */
#ifndef TARE_CAMPAIGN_KEEP_H
#define TARE_CAMPAIGN_KEEP_H

#include "campaign/file/campaign.h"

struct campaign_cell {
	const char *placement, *benchmark, *parameters;
};

/* Leaves only these cells of a loaded campaign, as if its file had no others; it then has a digest
 * of its own. Returns how many benchmarks remain: with 0 there is nothing to run. */
size_t campaign_keep_cells(
	struct campaign *campaign, const struct campaign_cell *cells, size_t count);

#endif
