/* What the tests of drivers share: a campaign of their own, machines of named targets with their
 * options, and looking for what must not be left. */
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

/* The test program's own. */
extern struct rig rig;

/* Opens the image and makes the network. -1 with the reason if this machine cannot (not root, no
 * image). Parts not asked for stay NULL. */
int rig_open(bool network, struct error *e);
/* Removes everything; fails the running test if drivers_clean still finds a leftover other than
 * the run directory. */
void rig_close(void);

/* Starts machine number index of the target with "option=value" settings, a NULL-terminated list
 * or NULL. */
int rig_start(const char *target, unsigned index, const char *const *settings, struct machine **out,
	struct error *e);
/* Whether rig_start could start the target, as its driver says with these settings. */
bool rig_can_run(const char *target, const char *const *settings, struct error *why_not);
/* How many processes, namespaces and mounts carry the campaign id. */
unsigned rig_leftovers(const char *id);

/* For RUN_UNLESS: opens it with a network. Why this machine cannot, or cannot run the target (NULL:
 * it need not); NULL: it can. */
const char *rig_why_not(const char *target);
/* A group's set-up without an image and a network: only an id and a directory. */
int rig_set_up_bare(void **state);
/* A group's tear-down: closes it. */
int rig_tear_down(void **state);

/* rig_start; fails the running test where that does not succeed. */
struct machine *rig_started(const char *target, unsigned index, const char *const *settings);
/* rig_shell; fails the running test where that does not succeed. Caller frees. */
char *rig_output(struct machine *machine, const char *line);

#endif
