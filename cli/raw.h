/* What the programs of a campaign's runs printed, as the store keeps it. */
#ifndef TARE_CLI_RAW_H
#define TARE_CLI_RAW_H

#include <stdint.h>

#include "base/error.h"

/* Prints to stdout what is there of the store in directory: of every run a line with its cell,
 * block, number, status and bytes. */
int raw_list(const char *directory, struct error *e);
/* Prints what the runs of the cells that cell names printed, a heading before each output. cell:
 * TARGET.PLACEMENT.BENCHMARK PARAMETERS, or as much of its beginning as ends at a "." or a blank.
 * block UINT64_MAX: all blocks. On a terminal control characters are replaced, else bytes are as
 * they were. */
int raw_print(const char *directory, const char *cell, uint64_t block, struct error *e);

#endif
