/* One target of one campaign as a comparison sees it: every metric at every x with its block
 * values and the blocks' numbers, so that blocks can be paired. Knows nothing of the other side. */
#ifndef TARE_REPORT_SIDE_H
#define TARE_REPORT_SIDE_H

#include "report/model/model.h"
#include "stats/blocks.h"

enum { SIDE_ABSENT = -1 };

struct side_value {
	const struct report_group *group;
	const struct report_metric *metric;
	double x; /* 0 for a metric without an axis */
	struct block *blocks; /* y(block), by number; inside side.blocks */
	size_t block_count, runs, samples;
	/* How many of the blocks are a pilot whose variance the interval keeps (stats/stein.h);
	 * block_count where there was none. */
	size_t pilot;
	enum blocks_status status; /* not BLOCKS_OK: there are no blocks */
	uint32_t offender; /* the block at fault then */
};

struct side {
	struct report_model *model;
	long target; /* index, or SIDE_ABSENT: no cells, no values */
	struct side_value *values; /* sorted by side_order */
	size_t count;
	struct block *blocks;
	bool *has_cell; /* by group: the campaign planned it for this target */
};

/* Whether two stores hold one campaign: a copy, or an import of the same measurements (under
 * whatever name and date). */
bool side_same_campaign(const struct store_data *a, const struct store_data *b);

/* Reads one target. The model must outlive the side. Freed by side_free. */
void side_read(struct report_model *model, long target, struct side *side);
void side_free(struct side *side);

/* By placement, benchmark, parameters, metric (texts) and x: the same in every campaign. */
int side_order(const struct side_value *a, const struct side_value *b);
/* The value with the same key as one of another side, or NULL. */
const struct side_value *side_find(const struct side *side, const struct side_value *like);
/* The index of the group with that key, which the target has a cell in, or -1. */
long side_find_group(const struct side *side, const struct report_group *like);
/* Whether a target of that name exists; its index, or SIDE_ABSENT. */
long side_find_target(const struct report_model *model, const char *name);

#endif
