/* A program's words in one line of text, as people write them in a campaign file. */
#ifndef TARE_DRIVERS_PLACEHOLDERS_H
#define TARE_DRIVERS_PLACEHOLDERS_H

#include "base/error.h"
#include "base/process.h"

/* What {name} stands for. A table of them ends at name NULL. */
struct placeholder_value {
	const char *name, *value;
};

/* Adds the words of text to out. Blanks separate words; '…' and "…" hold blanks together, and no
 * character means anything else, for no shell reads them. A placeholder {name} becomes its value,
 * which never makes further words; one that is in no row is an error. */
int placeholders_split(const char *text, const struct placeholder_value *values, struct argv *out,
	struct error *e);

#endif
