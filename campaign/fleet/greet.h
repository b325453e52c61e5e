/* Private to the campaign room: the first words with machines that were started. */
#ifndef TARE_CAMPAIGN_GREET_H
#define TARE_CAMPAIGN_GREET_H

#include "campaign/fleet/fleet.h"

struct greeting {
	struct host_machine *machine;
	const struct fleet_host *host; /* that it is on */
	double answered_s; /* CLOCK_MONOTONIC; 0: it has not */
	char *log; /* the end of its console, of one that failed; the caller's */
	char *facts; /* as agent_facts gives them, owned here; NULL: it did not get so far */
	struct error error; /* "": nothing went wrong */
};

/* Waits until each answers, sets its network up from inside where that is ours, and asks for its
 * facts; every step of all machines at once. Waits until deadline_s (CLOCK_MONOTONIC; a second at
 * least) for an answer, and for none after the first that fails. 0 if all have facts, else -1. */
int greet(struct greeting *greetings, size_t count, double deadline_s, int interrupt_fd);

#endif
