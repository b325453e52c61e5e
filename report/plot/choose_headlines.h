/* Which figures the headlines have besides the forest plot. Not for other rooms. */
#ifndef TARE_REPORT_CHOOSE_HEADLINES_H
#define TARE_REPORT_CHOOSE_HEADLINES_H

#include "report/plot/choose.h"

/* All curves of the benchmark of the first group, if that is its first. */
void figures_add_curves(struct figures *figures, size_t first);
/* Headlines of single points of all areas with the name of the first, if that is the first. */
void figures_add_headlines(struct figures *figures, size_t first);

#endif
