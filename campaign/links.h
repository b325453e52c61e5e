/* Private to the campaign room: the network conditions of one run, set in its machines by their
 * agents and taken away again. */
#ifndef TARE_CAMPAIGN_LINKS_H
#define TARE_CAMPAIGN_LINKS_H

#include "campaign/execution.h"

/* Zero-initialised: nothing is set. */
struct links {
	struct machine **machines; /* those of the run, each once */
	char **interfaces; /* of each: the one with its address */
	bool *set; /* whether the conditions hold there */
	size_t count;
};

/* Sets the benchmark's conditions on the data interface of every machine of x's team, and notes
 * the command lines. links_restore is needed in any case. */
int links_set(struct links *links, const struct execution *x, struct error *e);
/* Undoes it in the machines that still answer, and frees all. Where that fails, the outcome's
 * machines are lost: they must not be measured in again. */
void links_restore(struct links *links, const struct execution *x);

#endif
