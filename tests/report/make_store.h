/* A realistic campaign for the tests of the reports, the same bytes every time. */
#ifndef TARE_TESTS_MAKE_STORE_H
#define TARE_TESTS_MAKE_STORE_H

#include <stdint.h>

#include "base/error.h"

/* Makes the store in dir: four targets (one emulated, one with a hostile name), scalars, curves,
 * a failed and a skipped cell, a cell that was not reached, too few blocks in one placement. */
int make_store(const char *dir, struct error *e);
/* The same with another campaign id (8 hex digits) and other noise. */
int make_store_as(const char *dir, const char *id, uint64_t seed, struct error *e);

#endif
