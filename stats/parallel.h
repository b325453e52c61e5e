/* Work over an index range on several threads. Which thread does which index is no part of
 * any result: a body writes only what belongs to its own indices. */
#ifndef TARE_STATS_PARALLEL_H
#define TARE_STATS_PARALLEL_H

#include <stddef.h>

/* Calls body(first, end, context) over disjoint ranges that cover 0 … count − 1, on at most
 * `threads` threads (0: as many as this process may run on), and returns when all are done.
 * A thread that cannot be started is made up for by the caller's. */
void parallel_ranges(size_t count, unsigned threads,
	void (*body)(size_t first, size_t end, void *context), void *context);

#endif
