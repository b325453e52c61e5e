/* Published data sets, read as if a campaign had measured them. */
#ifndef TARE_REPORT_PUBLISHED_H
#define TARE_REPORT_PUBLISHED_H

#include "base/error.h"
#include "store/store.h"

/* A published data set (results/published/NAME.csv: target, benchmark, metric, unit, better, block,
 * run, value, with a header line) as if a campaign had measured it: one placement "1x1", the first
 * target is the baseline. The name is the file's without its suffix. Freed by store_data_free. */
int report_published_read(const char *path, struct store_data **out, struct error *e);

#endif
