/* A control group of version 2 that is delegated to a user without root: containers of that user
 * can then have limits. Independent of what the limits are for. */
#ifndef TARE_DRIVERS_DELEGATION_H
#define TARE_DRIVERS_DELEGATION_H

#include <stdbool.h>

/* Where a host has its control groups. */
#define CONTROL_GROUPS "/sys/fs/cgroup"

/* By which tare-room tells its program the group, as a path below CONTROL_GROUPS. */
#define DELEGATION_VARIABLE "TARE_CONTROL_GROUP"

enum { DELEGATION_PATH_BYTES = 4096 };

struct delegation {
	char group[DELEGATION_PATH_BYTES]; /* full path */
	char leaf[DELEGATION_PATH_BYTES]; /* the group in it that this process is in */
};

/* Takes the group that this process is in, if it is delegated to its user with memory limits, and
 * no other process is in it. A group whose children have limits may have no processes (kernel:
 * Documentation/admin-guide/cgroup-v2.rst), so that this process moves to a new child; limits of
 * memory, and of CPUs where the group has them, are turned on for all children. False: it is not
 * delegated, and nothing was changed. */
bool delegation_take(struct delegation *delegation);

/* Undoes delegation_take. Other processes of the leaf must have ended. */
void delegation_return(const struct delegation *delegation);

/* The taken group's path below CONTROL_GROUPS; "" for its top. */
const char *delegation_path(const struct delegation *delegation);

#endif
