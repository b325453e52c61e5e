/* Where control groups with limits may be made, and removing those that were left. */
#ifndef TARE_DRIVERS_CONTROL_GROUPS_H
#define TARE_DRIVERS_CONTROL_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "drivers/delegation.h"

/* Kills what is in the control groups whose names begin with the prefix, and removes them: those at
 * the top of root, where a hierarchy of the second version is, and of every directory there, where
 * those of the first are. Returns how many there were; what cannot be removed stays. */
size_t control_groups_remove(const char *root, const char *prefix);

/* Where this process makes control groups with limits. */
struct control_parent {
	const char *path; /* below CONTROL_GROUPS; "": at the top of each hierarchy */
	bool has_cpus; /* whether groups in it can be restricted to CPUs; memory can be limited */
};

/* The top for root; for a user without root the group that tare-room took. -1 and why there is
 * none. */
int control_parent_find(struct control_parent *parent, struct error *why_not);

#endif
