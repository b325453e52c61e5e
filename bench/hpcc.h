/* The metrics of hpcc (hpcc_keys.c), for hpcc.c alone. */
#ifndef TARE_BENCH_HPCC_H
#define TARE_BENCH_HPCC_H

#include "bench/bench.h"

enum { HPCC_METRICS_MAX = 160 };

/* Every number of the summary, under its key in lower case; ends with a row without a name. */
extern const struct metric hpcc_metrics[];

#endif
