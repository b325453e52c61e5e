/* The plan: which cells there are, which of them cannot run and why, and for every block a
 * shuffled order, the second of each pair of blocks being the first in reverse. Deterministic: the
 * same campaign, site and seed give the same plan, so that a killed campaign continues in the order
 * it began with. Runs nothing but the drivers' probes. */
#ifndef TARE_CAMPAIGN_PLAN_H
#define TARE_CAMPAIGN_PLAN_H

#include "campaign/file/campaign.h"

struct plan_cell {
	size_t target, placement, benchmark; /* indices into the campaign */
	char *skip_reason; /* NULL: it will run */
	unsigned blocks; /* it is measured in blocks below this number; UINT_MAX: in all */
};

/* One run to do: a cell's number-th in the block. */
struct plan_run {
	size_t cell;
	unsigned number;
};

/* One start of a target's machines, and what runs in them, in that order. */
struct plan_start {
	size_t target;
	const struct environment *environment; /* that its hosts must be in; NULL: any */
	struct plan_run *runs;
	size_t run_count;
};

struct plan_block {
	size_t placement;
	unsigned number;
	size_t first_host, host_count; /* of the site */
	struct plan_start *starts;
	size_t start_count;
};

struct plan {
	const struct campaign *campaign;
	const struct site *site;
	uint64_t seed;
	bool reversed; /* every block has the reverse order */
	struct plan_cell *cells;
	size_t cell_count;
	char *image_packages; /* names of the image's packages, one a line; NULL: not known */
	char **target_reasons; /* per target: why its driver cannot run here, or NULL */
};

/* In which environment every host is left by the blocks planned so far. The first block finds its
 * hosts in none. */
struct plan_course {
	const struct environment **hosts; /* by the site's hosts; NULL: not entered yet */
	unsigned changes; /* of a host's environment, in all */
};

/* image may be NULL: targets that need one are skipped with the reason. probe: whether to ask
 * the drivers (which may take seconds: KVM is probed by booting). */
struct plan *plan_new(const struct campaign *campaign, const struct site *site,
	const struct image *image, bool probe, uint64_t seed);
void plan_free(struct plan *plan);

void plan_course_init(struct plan_course *course, const struct plan *plan);
void plan_course_free(struct plan_course *course);

/* How often hosts change their environment in all planned blocks, the first time not counted where
 * a host may be in the right one. */
unsigned plan_changes(const struct plan *plan);

/* Block `number` of a placement. The blocks on the same hosts come in pairs: the first is shuffled
 * by (seed, placement, number), the second has exactly the reverse order, so that after both what
 * drifts, and (for two targets) what it does to be first or last, is the same for all. Targets of
 * one environment follow each other, so that hosts change it as seldom as possible: the block
 * begins with the environment that the course left its first host in; with three or more
 * environments pairs are therefore not always exact mirrors. Asked for in the order of the
 * campaign's blocks, which moves the course on. A block's number alone says which hosts it is for,
 * so that a continued campaign compares on the same ones. Caller frees with plan_block_free.
 * Targets whose every cell is skipped, or has ended, have no start. */
struct plan_block *plan_block_new(
	const struct plan *plan, struct plan_course *course, size_t placement, unsigned number);
void plan_block_free(struct plan_block *block);

/* The order in which the placements' blocks of one number are done. order has
 * campaign->placement_count entries. */
void plan_placement_order(const struct plan *plan, unsigned number, size_t *order);

/* Where the cell's benchmark runs: machines, CPUs, memory. */
struct machine_facts plan_facts(const struct plan *plan, const struct plan_cell *cell);

/* How many blocks of a placement can be under way at once: groups of hosts that it fits. */
size_t plan_lanes(const struct plan *plan, size_t placement);

/* Machines that a placement starts per host for this target: its guests, or 1 where the driver
 * has no guests. */
unsigned plan_machines_per_host(
	const struct campaign_target *target, const struct placement *placement);

#endif
