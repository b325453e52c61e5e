/* When a campaign must end. */
#ifndef TARE_CLI_DEADLINE_H
#define TARE_CLI_DEADLINE_H

#include "base/error.h"

/* "8h" (from now), "05:00" (the next time that the local clock says so) or "2026-11-29T05:00"
 * (local) → seconds from now, above 0. What has passed is an error, and *seconds is unchanged. */
int deadline_parse(const char *text, double *seconds, struct error *e);

#endif
