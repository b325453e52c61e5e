/* Benchmarks that time single operations by name (micro, exits): the option that lists them. */
#ifndef TARE_BENCH_OPERATIONS_H
#define TARE_BENCH_OPERATIONS_H

#include "bench/bench.h"

struct named_operation {
	const char *name; /* NULL ends a table of at most 32 */
	unsigned cpus; /* that it takes */
};

/* Whether the list is "all", or names of the table, each once, with commas between. benchmark: for
 * the message. */
int operations_check(const struct named_operation *table, const char *list, const char *benchmark,
	struct error *e);
/* Appends the names as one argument; all: those that take at most that many CPUs. Returns their
 * number. */
unsigned operations_add(
	const struct named_operation *table, const char *list, unsigned cpus, struct argv *argv);
/* The CPUs that what the list names takes; all: 1, for the others are left out. */
unsigned operations_cpus(const struct named_operation *table, const char *list);

#endif
