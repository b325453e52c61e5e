/* Tables of the kernel with a column per CPU, such as /proc/interrupts. */
#ifndef TARE_COUNTERS_COLUMNS_H
#define TARE_COUNTERS_COLUMNS_H

#include "counters/source.h"

enum { COLUMNS_MOST = 8192 };

struct columns {
	bool is_watched[COLUMNS_MOST];
	size_t count;
};

/* Reads the header "CPU0 CPU1 …". Returns what follows it; NULL: it is none. */
const char *columns_read(
	const struct counters *counters, const char *text, struct columns *columns);
/* The label of the line that *text begins with, and its length; *text is moved behind it. */
const char *columns_label(const char **text, size_t *length);
/* The sum of the line's numbers over the watched CPUs; *text is moved to the next line. Lines may
 * have fewer numbers than there are CPUs. */
double columns_sum(const struct columns *columns, const char **text);

#endif
