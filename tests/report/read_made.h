/* A made campaign, read back. */
#ifndef TARE_TESTS_READ_MADE_H
#define TARE_TESTS_READ_MADE_H

#include "base/error.h"
#include "store/store.h"

/* Makes a store with make in a directory of its own, in memory (thousands of durable transactions
 * are not what is tested), reads it and removes it. NULL, with the reason printed, where that
 * fails. Freed by store_data_free. */
struct store_data *read_made(int (*make)(const char *dir, struct error *e));

#endif
