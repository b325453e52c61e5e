/* Footnotes of a text: what many rows share is printed once, below them. */
#ifndef TARE_CLI_FOOTNOTES_H
#define TARE_CLI_FOOTNOTES_H

#include <stddef.h>

#include "base/text.h"

/* Zero-initialised is empty. */
struct footnotes {
	char **texts; /* owned, distinct, in the order of their numbers */
	size_t count, capacity;
};

/* Adds the mark of the note with this text, which gets the next number where it is new: "¹". */
void footnotes_mark(struct footnotes *notes, const char *note, struct text *out);
/* Adds a line for each note, or several of at most width characters. */
void footnotes_add(const struct footnotes *notes, size_t width, struct text *out);
void footnotes_free(struct footnotes *notes);

#define cleanup_footnotes __attribute__((cleanup(footnotes_free)))

#endif
