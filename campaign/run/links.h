/* Private to the campaign room: the network conditions of one run, set in its machines by their
 * agents and taken away again. */
#ifndef TARE_CAMPAIGN_LINKS_H
#define TARE_CAMPAIGN_LINKS_H

#include "campaign/run/run_state.h"

/* How far a command that changes a machine came. */
enum change {
	CHANGE_NONE, /* it was never started */
	CHANGE_REFUSED, /* it reported that it failed */
	CHANGE_BEGUN, /* it worked, or that is unknown */
};

/* One machine's end of the data network. */
struct link_end {
	struct host_machine *machine;
	char *interface; /* the one with the machine's address */
	unsigned segments; /* its own limit of segments in one packet, as it was found */
	enum change limited, conditioned;
};

/* Zero-initialised: nothing is set. */
struct links {
	struct link_end *ends; /* the run's machines, each once */
	size_t count;
};

/* Sets the benchmark's conditions on the data interface of every machine of x's team, and notes
 * the command lines. links_restore is needed in any case. */
int links_set(struct links *links, const struct run_state *x, struct error *e);
/* Undoes it in every machine where a command was started, interrupted or not, and frees all. Where
 * that fails, the outcome's machines are lost: they must not be measured in again. */
void links_restore(struct links *links, const struct run_state *x);

#endif
