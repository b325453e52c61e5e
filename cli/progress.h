/* The display of a running campaign. On a terminal: a bar with what is left, a line for what each
 * host does (or those of a block together), and a table of the slowdowns so far; what failed and
 * which blocks are done scrolls away above, equal failures once. Elsewhere one plain line per
 * event, with the slowdown against the baseline. */
#ifndef TARE_CLI_PROGRESS_H
#define TARE_CLI_PROGRESS_H

#include <stdbool.h>

#include "campaign/run.h"

struct progress;

/* quiet: failures only. The campaign has to stay while the display does. Hosts are named where the
 * site has several. */
struct progress *progress_new(const struct campaign *campaign, const struct site *site, bool quiet);
void progress_free(struct progress *progress);
/* A run_observer's event, from any thread; context is the progress. */
void progress_event(void *context, const struct run_event *event);

#endif
