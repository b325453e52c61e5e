/* The text format of the programs under kernels/, and their list arguments. Knows no single
 * benchmark and runs nothing. */
#ifndef TARE_BENCH_TIMING_H
#define TARE_BENCH_TIMING_H

#include "bench/bench.h"

/* Parses what a program under kernels/ prints:
 *
 *     PROGRAM 1                  the program's name and the version of the format
 *     NAME X COUNT               a metric of the table, its x on the axis (0: no axis)
 *     VALUE VALUE …              COUNT numbers, in the order measured, on any number of lines
 *     gap NAME REASON            instead of a series: why the machine cannot measure it
 *     …                          more of these
 *     done SERIES                the number of series; end of the text
 *
 * text is untrusted and length bytes long. Every value must be finite and >= 0. An unknown metric,
 * a duplicate series, the lack of the table's first metric, or truncated text is an error. Appends
 * to *out, in the units of the metrics. */
int timing_parse(const char *program, const struct metric *metrics, const char *text, size_t length,
	struct samples *out, struct error *e);

/* Appends the list to argv as one word, "0,1,2,4": the form of the kernels' --sizes. */
void timing_add_sizes(struct argv *argv, const struct number_list *sizes);

#endif
