/* Benchmarks that are a sequence of programs (kernel tare-steps): the file of steps. Knows no
 * single benchmark and runs nothing. */
#ifndef TARE_BENCH_STEPS_H
#define TARE_BENCH_STEPS_H

#include "base/text.h"
#include "bench/bench.h"

/* Adds one step: its words up to NULL, first the absolute path of the program. The times of a
 * measured step are printed, one value per step. */
void steps_add(struct text *steps, bool measured, const char *program, ...)
	__attribute__((sentinel));

/* Makes the command of the steps; *steps becomes empty. */
void steps_command(struct text *steps, struct command *out);

/* clang-format off */
/* The metrics of every such benchmark; they come first in its table. The arguments are the kind of
 * elapsed: DETAIL or HEADLINE(rank). */
#define STEPS_METRICS(...)                                                                         \
	{"elapsed", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                  \
		"elapsed time, from start to end", __VA_ARGS__},                                   \
	{"user", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                     \
		"CPU time of all processes in user mode", DETAIL},                                 \
	{"system", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                   \
		"CPU time of all processes in the kernel", DETAIL}
/* clang-format on */

#endif
