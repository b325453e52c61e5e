/* The stored counters of runs, for the files of the model. */
#ifndef TARE_REPORT_COUNTERS_H
#define TARE_REPORT_COUNTERS_H

#include "report/model/model.h"

/* What a counter says of the run: of a total, how much it grew; of a level, what it was at the end.
 * NAN: not available at either edge, or a total that fell (its source began anew). */
double counters_growth(const struct store_data *data, const struct data_reading *reading);
/* first_readings of the model. */
void counters_find_runs(struct report_model *model);

#endif
