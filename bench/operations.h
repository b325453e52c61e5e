/* Benchmarks that time single operations by name (micro, exits): their options, their metrics, and
 * the command line of their program. */
#ifndef TARE_BENCH_OPERATIONS_H
#define TARE_BENCH_OPERATIONS_H

#include "bench/bench.h"

struct named_operation {
	const char *name; /* NULL ends a table of at most 32 */
	unsigned cpus; /* that it takes */
};

struct operations_options {
	char *operations; /* "all", or names with commas between */
	int64_t iterations;
	double seconds;
};

/* clang-format off */
/* The first rows of a table of options whose struct begins with struct operations_options. */
#define OPERATIONS_ROWS(operations_help, default_seconds)                                          \
	{"operations", OPTION_STRING, offsetof(struct operations_options, operations), "all",      \
		NULL, operations_help, 0, 0, NULL},                                                \
	{"iterations", OPTION_INT, offsetof(struct operations_options, iterations), "1000", "1",   \
		"samples recorded per operation, at most; spread over the time", 1, 1000000,       \
		NULL},                                                                             \
	{"seconds", OPTION_DURATION, offsetof(struct operations_options, seconds),                 \
		default_seconds, "s",                                                              \
		"time per operation; 0: fixed work, as many samples as iterations says", 0, 3600,  \
		NULL}

/* A benchmark's operations are a list OPERATIONS(M) of M(name, cpus, rank, help): the CPUs that one
 * takes, and its rank as a headline or 0. With M = OPERATION_ROW it is a table of struct
 * named_operation, with M = OPERATION_METRICS the metrics of each. */
#define OPERATION_ROW(name, cpus, rank, help) {#name, cpus},
#define OPERATION_METRICS(name, cpus, rank, help)                                                  \
	{#name, "ns", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, help,               \
		(rank) > 0 ? METRIC_HEADLINE : METRIC_DETAIL, (rank), HEADLINE_ENDS, NULL},        \
	{#name "_p99", "ns", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO, NULL, NULL,                \
		"99th percentile of one run's samples", DETAIL},                                   \
	{#name "_batch", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,              \
		"operations averaged in one sample", VALIDITY},

/* The metrics that come first: they are in every output, whatever the operations. */
#define OPERATIONS_CLOCK                                                                           \
	{"clock_cost", "ns", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,          \
		"one reading of the clock", VALIDITY},                                             \
	{"elapsed", "s", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                   \
		"time of all operations, without warm-ups", VALIDITY}
/* clang-format on */

/* Whether the list is "all", or names of the table, each once, with commas between. benchmark: for
 * the message. */
int operations_check(const struct named_operation *table, const char *list, const char *benchmark,
	struct error *e);
/* Appends the program (absolute) and its arguments, and sets the time that is expected. all: the
 * operations that take at most that many CPUs. */
void operations_command(const char *program, const struct named_operation *table,
	const struct operations_options *options, unsigned cpus, struct command *out);
/* The CPUs that what the list names takes; all: 1, for the others are left out. */
unsigned operations_cpus(const struct named_operation *table, const char *list);

#endif
