/* What benchmarks share that are several programs in a row (kernel tare-steps): the file of steps.
 * Knows no single benchmark and runs nothing. */
#ifndef TARE_BENCH_STEPS_H
#define TARE_BENCH_STEPS_H

#include "base/text.h"
#include "bench/bench.h"

/* Adds one step: the words up to NULL, the first an absolute program. A measured step's times are
 * printed, one value a step. */
void steps_add(struct text *steps, bool measured, const char *program, ...)
	__attribute__((sentinel));

/* Makes the command of the steps; *steps becomes empty. */
void steps_command(struct text *steps, struct command *out);

/* clang-format off */
/* The metrics of every such benchmark, first in its table. */
#define STEPS_METRICS                                                                              \
	{"elapsed", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                  \
		"time by the clock, from start to end"},                                           \
	{"user", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                     \
		"CPU time of all processes in user mode"},                                         \
	{"system", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                   \
		"CPU time of all processes in the kernel"}
/* clang-format on */

#endif
