/* Raw output: what the programs of a campaign's runs printed, as the store keeps it. */
#ifndef TARE_CLI_RAW_H
#define TARE_CLI_RAW_H

#include <stdint.h>

#include "base/error.h"

/* Prints to stdout a line for every run in the store in directory: block, number, status, bytes of
 * output, cell. */
int raw_list(const char *directory, struct error *e);
/* Prints the raw output of the runs of a cell, each under a heading of one line. cell:
 * TARGET.PLACEMENT.BENCHMARK PARAMETERS, or the beginning of that up to a "." or a blank, which may
 * stand for several cells. block UINT64_MAX: all blocks. Control characters are replaced if stdout
 * is a terminal; otherwise the bytes are unchanged. */
int raw_print(const char *directory, const char *cell, uint64_t block, struct error *e);

#endif
