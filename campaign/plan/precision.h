/* How many blocks the asked precision needs, decided once, after the pilot: Stein's two stages
 * (stats/stein.h, docs/statistics.md). What decides is the first metric of each benchmark, its
 * primary one, at every x. */
#ifndef TARE_CAMPAIGN_PRECISION_H
#define TARE_CAMPAIGN_PRECISION_H

#include "campaign/plan/plan.h"
#include "store/store.h"

/* Blocks that the cell needs so that its primary metric's 95 % interval of target / baseline is
 * within ± the campaign's precision at every x; for a cell of the baseline, what the neediest of
 * those that are compared with it needs. Only the pilot's blocks (numbers below campaign->blocks)
 * count, so that a continued campaign decides the same. At least the pilot; not capped. 0 if
 * nothing can be decided (no pairs of blocks, fewer than three). */
size_t precision_blocks(
	const struct plan *plan, const struct plan_cell *cell, const struct store_data *data);

#endif
