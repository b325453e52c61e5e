/* A team: the started machines of one target in one placement, and the seats that benchmarks
 * take in them. A guest or a container is one seat. A host without guests (native) is one
 * machine with as many seats as the placement has guests, each with its share of the CPUs, so
 * that totals are the same for every target. */
#ifndef TARE_CAMPAIGN_TEAM_H
#define TARE_CAMPAIGN_TEAM_H

#include "campaign/fleet/fleet.h"
#include "campaign/plan/plan.h"
#include "store/store.h"

struct seat {
	struct host_machine *machine;
	unsigned *cpus; /* CPU numbers in the machine that the seat's jobs are bound to */
	size_t cpu_count; /* 0: not bound */
};

struct team {
	const struct campaign_target *target;
	const struct placement *placement;
	size_t first_host, host_count; /* of the site */
	struct host_machine **machines; /* those of one host after those of the other */
	size_t machine_count;
	struct seat *seats;
	size_t seat_count;
	struct host_machine *host; /* on the first host: the other end of host-guest traffic; may be
				 machines[0] */
	unsigned seat_cpus;
	uint64_t seat_memory_bytes;
};

/* What every start in a campaign shares. */
struct team_context {
	const struct plan *plan;
	struct fleet *fleet;
	struct store *store;
	int interrupt_fd;
	const char *campaign_id; /* in the name of what is made in machines, which may be shared */
	const int64_t *target_ids; /* store ids by index of the campaign's targets */
};

/* Starts all machines on the block's hosts, which are ready, waits until each answers, sets up its
 * network and stores its facts. need_host: whether a benchmark wants a machine on the host itself,
 * too. On failure everything is stopped again, the failed machines are stored with the reason, and
 * NULL is returned. */
struct team *team_start(const struct team_context *context, const struct plan_block *block,
	size_t target, int64_t block_id, bool need_host, struct error *e);
void team_stop(struct team *team); /* safe with NULL */

/* Starts count more machines like the team's at once, on its first host and beside them; without
 * disk they have no scratch disk, and migratable ones can be saved or moved. agent_hello waits for
 * a boot. The caller ends them with hosts_stop before the team is stopped, also where this fails:
 * machines has those that were started, and NULL for the others. */
int team_add(const struct team_context *context, const struct team *team, bool disk,
	bool migratable, struct host_machine **machines, size_t count, struct error *e);

/* How many of a host's CPUs the team's machines are on, and which; valid as long as the plan. */
size_t team_cpus(const struct team_context *context, const struct team *team,
	const struct host *host, const unsigned **cpus);

/* The address that others reach this seat at. */
const char *seat_address(const struct seat *seat);

#endif
