/* What failed while a campaign ran: equal failures are counted. */
#ifndef TARE_CLI_FAILURES_H
#define TARE_CLI_FAILURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct failure {
	char *target, *text; /* owned */
	unsigned count;
};

/* Zero-initialised is empty. */
struct failures {
	struct failure *list; /* in the order of their first ones */
	size_t count, capacity;
};

/* Counts so many runs (0: none ran yet); whether it is the first of its kind. */
bool failures_note(struct failures *failures, const char *target, const char *text, unsigned runs);
/* Adds a line for each that came more than once: "×24 kvm: no route to host". */
void failures_add_repeated(const struct failures *failures, struct text *out);
/* Adds a line for each of the `most` that came most often, and one that says how many more there
 * are. */
void failures_add_most(const struct failures *failures, size_t most, struct text *out);
void failures_free(struct failures *failures);

#endif
