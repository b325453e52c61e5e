/* The changes that matter, as they are written: "1%", or "1%,disk.latency_p99=10%". */
#ifndef TARE_REPORT_MARGINS_H
#define TARE_REPORT_MARGINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A margin of its own for one metric: NAME or BENCHMARK.NAME. */
struct compare_margin {
	const char *name;
	double value; /* a fraction; for an additive metric in its unit */
};

struct margins {
	double delta; /* of all other metrics, a fraction; 0: none was written */
	struct compare_margin *list;
	char *text; /* the names are inside */
	size_t count, capacity;
};

/* text may be NULL: no margins. what: the flag or key it is the value of, for messages. Freed by
 * margins_free, also after an error. */
int margins_parse(const char *text, const char *what, struct margins *margins, struct error *e);
void margins_free(struct margins *margins);
/* Whether the margin is that of a benchmark's metric. */
bool margins_name(const struct compare_margin *margin, const char *benchmark, const char *metric);

#endif
