/* Removing what killed campaigns left: machines, networks and mounts (drivers/), and the scratch
 * directories below the site's work_dir. */
#ifndef TARE_CAMPAIGN_CLEAN_H
#define TARE_CAMPAIGN_CLEAN_H

#include "base/error.h"

/* campaign_id as in drivers_clean: "" is every campaign that no longer lives. One line per thing
 * removed goes to report (may be NULL). */
int campaign_clean(const char *work_dir, const char *campaign_id,
	void (*report)(void *context, const char *line), void *context, struct error *e);

#endif
