/* What the tests of real machines share: a machine of a named target with its options, a job in
 * it, and looking for what must not be left. */
#ifndef TARE_TESTS_DRIVERS_RIG_H
#define TARE_TESTS_DRIVERS_RIG_H

#include <stdbool.h>

#include "drivers/driver.h"
#include "tests/shell.h"

struct rig {
	char id[17]; /* of the campaign, this process's own */
	char *work_dir;
	struct image *image;
	struct network *network;
	unsigned cpus; /* of each machine; 0: one */
};

/* Opens the image and makes the network. -1 with the reason if this machine cannot (not root, no
 * image). Parts not asked for stay NULL. */
int rig_open(struct rig *rig, bool network, struct error *e);
/* Removes everything; fails the running test if drivers_clean still finds a leftover other than
 * the run directory. */
void rig_close(struct rig *rig);

/* Starts machine number index of the target with "option=value" settings, a NULL-terminated list
 * or NULL. */
int rig_start(struct rig *rig, const char *target, unsigned index, const char *const *settings,
	struct machine **out, struct error *e);
/* How many processes, name spaces and mounts carry the campaign's id. */
unsigned rig_leftovers(const struct rig *rig);

#endif
