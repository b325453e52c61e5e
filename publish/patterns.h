/* What addresses, serial numbers and users look like in any text. */
#ifndef TARE_PUBLISH_PATTERNS_H
#define TARE_PUBLISH_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether something of the kind begins at `at`, where a word may begin; before: the byte before it,
 * NUL at the beginning. Returns its length, of which the first *kept bytes may stay, and sets
 * *instead to what to write for the rest; 0: nothing. */
size_t pattern_match(const char *at, char before, size_t *kept, const char **instead);

/* Whether a word goes on with this byte: a letter, a digit or "_". */
bool pattern_is_in_word(char c);

#endif
