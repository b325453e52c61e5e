/* The campaigns that a gate compares: named on the command line, or picked from a store. */
#ifndef TARE_CLI_GATE_SOURCES_H
#define TARE_CLI_GATE_SOURCES_H

#include "cli/sources.h"

struct gate_sources {
	struct source base, newer;
	struct source *earlier; /* campaigns before both, in which nothing changed */
	const struct store_data **earlier_data;
	size_t earlier_count;
	char *remark; /* what was picked, and what was not; NULL: everything was named */
};

/* BASE NEW [EARLIER...], or with flag 'b' NEW. 1: opened; 0: the baseline store has nothing
 * comparable, as remark says; -1. Closed by gate_sources_close, also after an error. */
int gate_sources_open(
	const struct arguments *arguments, struct gate_sources *sources, struct error *e);
void gate_sources_close(struct gate_sources *sources);

#endif
