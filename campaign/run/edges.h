/* Private to the campaign room: the counters of a run's hosts, read at both its edges. */
#ifndef TARE_CAMPAIGN_EDGES_H
#define TARE_CAMPAIGN_EDGES_H

#include "campaign/fleet/team.h"

struct edge_host;

/* Zero-initialised: nothing was read. */
struct edges {
	struct edge_host *hosts; /* private */
	size_t host_count;
	struct store_counter *rows; /* after the second edge; strings are the hosts' */
	size_t row_count;
};

/* Reads the counters of the hosts of the team's first `seats` seats, each host once. edges_free it.
 */
void edges_read_before(struct edges *edges, const struct team_context *context,
	const struct team *team, size_t seats);
/* The same hosts' once more, and makes the rows. */
void edges_read_after(struct edges *edges);
void edges_free(struct edges *edges);

#endif
