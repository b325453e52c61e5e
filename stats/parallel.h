/* Work over an index range on several threads. Results do not depend on which thread does which
 * index: a body writes only what belongs to its own indices. */
#ifndef TARE_STATS_PARALLEL_H
#define TARE_STATS_PARALLEL_H

#include <stddef.h>

/* Calls body(first, end, context) over disjoint ranges that cover 0 … count − 1, on at most
 * `threads` threads (0: as many as this process may run on), and returns when all are done.
 * The caller's thread does the work of a thread that cannot be started. */
void parallel_ranges(size_t count, unsigned threads,
	void (*body)(size_t first, size_t end, void *context), void *context);

#endif
