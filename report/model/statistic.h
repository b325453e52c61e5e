/* One run's number: the metric's declared statistic of its iterations, without the warm-up. */
#ifndef TARE_REPORT_STATISTIC_H
#define TARE_REPORT_STATISTIC_H

#include <stdbool.h>
#include <stddef.h>

/* The statistic of that name ("median", "mean", "minimum", "maximum", "p99", "sum"; anything else
 * is the median) of one run's values in the order measured. For the median and the mean, MSER-5
 * (stats/steady.h) finds the warm-up, which does not count; from 30 values on. *unsteady: no steady
 * state was found, and all values count. Nothing is deleted: the store keeps every value. */
double statistic_of_run(const char *name, const double *values, size_t count, bool *unsteady);

#endif
