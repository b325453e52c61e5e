/* The display of a running campaign: on a terminal a status line (cell, block, bar, ETA, last
 * value) that events scroll above; elsewhere one plain line per event. */
#ifndef TARE_CLI_PROGRESS_H
#define TARE_CLI_PROGRESS_H

#include <stdbool.h>

#include "campaign/run.h"

struct progress;

struct progress *progress_new(bool quiet); /* quiet: failures only */
void progress_free(struct progress *progress);
/* A run_observer's event; context is the progress. */
void progress_event(void *context, const struct run_event *event);

#endif
