/* What harnesses check about reports: whatever was read, every format stays what it is. */
#ifndef TARE_TESTS_WRITTEN_H
#define TARE_TESTS_WRITTEN_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* Writes one of all reports, comparisons and timings of data: that of choice. Ends the program if a
 * text is not what a terminal, a browser or a program that reads JSON may be given. */
void written_check(const struct store_data *data, unsigned choice);
/* A choice that differs between inputs and is always the same for one: writing all of them would
 * take most of the time. */
unsigned written_choice(const uint8_t *bytes, size_t count);

#endif
