/* The question that a campaign was begun with, where it runs until that is decided: kept in its
 * store (an event "decide", docs/store.md), so that a gate asks the same one later. */
#ifndef TARE_REPORT_DECLARED_H
#define TARE_REPORT_DECLARED_H

#include <stdbool.h>

#include "base/error.h"
#include "report/verdict/expectations.h"
#include "store/store.h"

struct declared {
	char *delta; /* as written, with the margins of single metrics; NULL: nothing is declared */
	/* The target that the others, except the baseline, are compared with; NULL: the baseline,
	 * also in stores of older versions. */
	char *base;
	unsigned first, step, most; /* looks, in pairs of blocks */
	double alpha;
	struct expectations *expectations; /* known noise on the day it was begun; NULL: none */
};

#define DECLARED_EVENT "decide"
/* The error rate of all claims together where none is asked for. */
#define DECLARED_USUAL_ALPHA 0.05

/* As the event's text; the caller frees it. */
char *declared_text(const struct declared *declared);
/* Freed by declared_free; an event that cannot be read is an error. */
int declared_read(const struct store_data *data, struct declared *declared, struct error *e);
void declared_free(struct declared *declared);

#endif
