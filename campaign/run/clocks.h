/* Private to the campaign room: how far the clocks of a run's machines are from their hosts'. */
#ifndef TARE_CAMPAIGN_CLOCKS_H
#define TARE_CAMPAIGN_CLOCKS_H

#include <stdbool.h>

#include "campaign/fleet/team.h"

/* One machine's CLOCK_REALTIME minus its host's, in s; NAN: one of the two did not answer. */
struct clock_reading {
	unsigned seat; /* the first one in that machine */
	double before_s, after_s;
	double error_s; /* the most that either may be wrong by */
};

struct clocks {
	struct clock_reading *readings; /* of the first seat's machine first */
	size_t count;
	/* Not for others: whom to ask. A machine that moves in the run keeps its reference. */
	struct agent **agents;
	struct host **hosts;
};

/* Reads the clocks of the machines of the team's first `seats` seats, each machine once, and of
 * their hosts: three probes of each, all machines at once, of which the shortest answer counts.
 * Both are asked from here, whose own clock cancels out. clocks_free it. */
void clocks_read_before(struct clocks *clocks, const struct team *team, size_t seats);
/* The same machines' once more; lost: they are not asked, and have no clock any more. */
void clocks_read_after(struct clocks *clocks, bool lost);
void clocks_free(struct clocks *clocks);

#endif
