/* A command line in one line of text with placeholders, as users write it in a campaign file. */
#ifndef TARE_DRIVERS_PLACEHOLDERS_H
#define TARE_DRIVERS_PLACEHOLDERS_H

#include "base/error.h"
#include "base/process.h"

/* What {name} stands for. A table of them ends at name NULL. */
struct placeholder_value {
	const char *name, *value;
};

/* Adds the words of text to out. Blanks separate words; '…' and "…" quote blanks, and no other
 * character is special, because no shell is involved. A placeholder {name} is replaced by its
 * value, which is never split; a name that is in no row is an error. */
int placeholders_split(const char *text, const struct placeholder_value *values, struct argv *out,
	struct error *e);

#endif
