/* What a running campaign has measured so far, as a small table: a row for each benchmark, a column
 * for each target, in it how much slower than the baseline. Not a verdict. */
#ifndef TARE_CLI_LIVE_TABLE_H
#define TARE_CLI_LIVE_TABLE_H

#include "campaign/run.h"
#include "cli/live.h"

struct live_table;

/* The campaign has to stay while the table does. */
struct live_table *live_table_new(const struct campaign *campaign);
void live_table_free(struct live_table *table);
/* Takes in what an event says: the plan, a value, a failure. */
void live_table_note(struct live_table *table, const struct run_event *event);
/* Adds its lines, as many as there is room for (those about what was measured last), none wider
 * than width characters. Nothing where there is no target to compare. */
void live_table_add(const struct live_table *table, size_t room, size_t width, struct live *live);

#endif
