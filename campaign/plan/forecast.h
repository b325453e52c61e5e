/* How long the rest of a campaign takes: from what its cells, starts and changes of environment
 * took in this or in earlier runs, else from what the benchmarks expect. Blocks that can be under
 * way at once on different hosts share the time. */
#ifndef TARE_CAMPAIGN_FORECAST_H
#define TARE_CAMPAIGN_FORECAST_H

#include "campaign/plan/plan.h"
#include "store/store.h"

struct forecast;

/* store may be NULL: nothing was measured yet. */
struct forecast *forecast_new(const struct plan *plan, struct store *store);
void forecast_free(struct forecast *forecast);
/* A run that was done before this forecast began. */
void forecast_run_skipped(struct forecast *forecast, size_t cell);
void forecast_run_done(struct forecast *forecast, size_t cell, double seconds);
void forecast_start_done(struct forecast *forecast, size_t target, double seconds);
/* A host changed its environment. */
void forecast_change_done(struct forecast *forecast, double seconds);
/* A cell is measured in so many more blocks than was planned before. */
void forecast_add_blocks(struct forecast *forecast, size_t cell, unsigned blocks);
/* Seconds for everything that is planned and not done. */
double forecast_left_s(const struct forecast *forecast);
/* Seconds of one run of a cell. */
double forecast_cell_s(const struct forecast *forecast, size_t cell);
/* Seconds that a start of a target's machines takes; 0 where none is planned. */
double forecast_start_s(const struct forecast *forecast, size_t target);
/* Seconds for all of a target's runs and starts that are planned and not done. */
double forecast_target_left_s(const struct forecast *forecast, size_t target);

#endif
