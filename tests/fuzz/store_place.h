/* Where harnesses keep the store that an input describes: a directory in memory. */
#ifndef TARE_TESTS_STORE_PLACE_H
#define TARE_TESTS_STORE_PLACE_H

#include <stddef.h>

/* Puts the database file there in place of any other; its path, which stays the same. */
const char *store_place_put(const void *bytes, size_t count);
/* Reads it as `tare report` does, with the first outputs of its runs, and makes the report of
 * choice (written.h). */
void store_place_read(unsigned choice);
/* The same, where the store cannot be written. */
void store_place_read_sealed(unsigned choice);
/* What continuing its campaign does first. */
void store_place_continue(void);

#endif
