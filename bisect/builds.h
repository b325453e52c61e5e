/* Building revisions by a command that the user gives, each once. */
#ifndef TARE_BISECT_BUILDS_H
#define TARE_BISECT_BUILDS_H

#include <stdbool.h>

#include "base/process.h"
#include "bisect/revisions.h"

struct builds {
	const struct revisions *revisions;
	const struct argv *command; /* {rev} and {out} are replaced; NULL: revisions are values */
	const char *value; /* what the option is set to, likewise; NULL: {out} */
	const char *repository; /* where the command is run; NULL: here */
	const char *directory; /* absolute; what is built and the commands' output are put there */
	double limit_s; /* of one build */
	int interrupt_fd; /* readable: stop */
};

enum builds_result { BUILDS_DONE, BUILDS_FAILED, BUILDS_INTERRUPTED };

/* Builds the revision unless it was built before. BUILDS_DONE: *value is what the target's option
 * is to be set to, which the caller frees. BUILDS_FAILED: e has the last lines that the command
 * printed; the same is answered without a new try, until the file NAME.failed is removed. A build
 * that was cut off is begun anew. */
enum builds_result builds_make(
	const struct builds *builds, size_t index, char **value, struct error *e);

/* Whether it was built, so that builds_make only looks up what is there. */
bool builds_is_made(const struct builds *builds, size_t index);
/* What the option is set to once the revision is built. Caller frees. */
char *builds_value(const struct builds *builds, size_t index);

#endif
