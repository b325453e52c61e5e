/* A team of plain processes as machines, with no plan and no store around it, for tests of single
 * runs. */
#ifndef TARE_TESTS_CAMPAIGN_RIG_H
#define TARE_TESTS_CAMPAIGN_RIG_H

#include "campaign/run/run_cell.h"

enum { RIG_MACHINES_MAX = 4 };

struct rig {
	struct driver driver; /* the caller's */
	struct campaign_target target;
	struct placement placement;
	struct campaign campaign;
	struct site *site;
	struct plan plan;
	struct fleet fleet;
	struct fleet_host fleet_host;
	struct team_context context;
	struct host_machine *machines[RIG_MACHINES_MAX]; /* told-1, told-2 … */
	struct seat seats[RIG_MACHINES_MAX]; /* one in each */
	struct team team;
	char work_dir[32], id[9];
};

/* Starts count machines of the driver, which has the fake one's options; all answer. setting is
 * "option=value" for them, or NULL. */
struct rig *rig_new(const struct driver *driver, size_t count, const char *setting);
/* Stops them, and asserts that nothing is left in its directory. */
void rig_free(struct rig *rig);

#endif
