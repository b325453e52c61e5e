/* Removing control groups that were left. */
#ifndef TARE_DRIVERS_CONTROL_GROUPS_H
#define TARE_DRIVERS_CONTROL_GROUPS_H

#include <stddef.h>

/* Where a host has its control groups. */
#define CONTROL_GROUPS "/sys/fs/cgroup"

/* Kills what is in the control groups whose names begin with the prefix, and removes them: those at
 * the top of root, where a hierarchy of the second version is, and of every directory there, where
 * those of the first are. Returns how many there were; what cannot be removed stays. */
size_t control_groups_remove(const char *root, const char *prefix);

#endif
