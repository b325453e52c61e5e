/* Private to the campaign room: the counters of a run's hosts and inside its guests, read at both
 * its edges. */
#ifndef TARE_CAMPAIGN_EDGES_H
#define TARE_CAMPAIGN_EDGES_H

#include "campaign/fleet/team.h"

struct edge_host;
struct edge_guest;

/* Zero-initialised: nothing was read. */
struct edges {
	bool exit_reasons; /* private: the campaign asks for them */
	struct edge_host *hosts; /* private */
	size_t host_count;
	struct edge_guest *guests; /* private */
	size_t guest_count;
	struct store_counter *rows; /* after the second edge; strings are the hosts' */
	size_t row_count;
};

/* Reads the counters of the machines of the team's first `seats` seats that have a kernel of their
 * own, and of their hosts, each once. edges_free it. */
void edges_read_before(struct edges *edges, const struct team_context *context,
	const struct team *team, size_t seats);
/* The same once more, and makes the rows. */
void edges_read_after(struct edges *edges);
void edges_free(struct edges *edges);

#endif
