/* The text that the programs under kernels/ print, and lists as they take them. Knows no single
 * benchmark and runs nothing. */
#ifndef TARE_BENCH_TIMING_H
#define TARE_BENCH_TIMING_H

#include "bench/bench.h"

/* Parses what a program under kernels/ prints:
 *
 *     PROGRAM 1                  the program's name and the version of the format
 *     NAME X COUNT               a metric of the table, its place on the axis (0: none)
 *     VALUE VALUE …              COUNT numbers, in the order measured, over any number of lines
 *     …                          more series
 *     done SERIES                how many series there were; the text's end
 *
 * Text is hostile and length bytes long. Every value must be finite and >= 0; a name that is not
 * in metrics, a series that comes twice, a missing first metric of the table, or a text cut
 * anywhere is an error. Appends to *out, in the units of the metrics. */
int timing_parse(const char *program, const struct metric *metrics, const char *text, size_t length,
	struct samples *out, struct error *e);

/* "0,1,2,4,…" of a list as the kernels' --sizes takes it, appended to argv as one word. */
void timing_add_sizes(struct argv *argv, const struct number_list *sizes);

#endif
