/* Quantities as people write them: 4K, 1MiB, 2G, 1.5s, 200ms, 5m, 1h, 1%. */
#ifndef TARE_BASE_UNITS_H
#define TARE_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* "4096", "4K", "4KiB", "1.5M" (K to E in either case, all powers of 1024; B allowed) → bytes.
 * Negative, fractional bytes and overflow are errors. On an error the result is unchanged, as with
 * the two functions below. */
int size_parse(const char *text, int64_t *bytes, struct error *e);
/* "10", "10s", "200ms", "30us", "5ns", "5m"/"5min", "1h", "1d" → seconds; without a unit it is
 * seconds. Negative durations are errors. */
int duration_parse(const char *text, double *seconds, struct error *e);
/* "1%", "0.01" → fraction; may be negative. */
int fraction_parse(const char *text, double *fraction, struct error *e);

/* Shortest exact form: 4096 → "4K", 1536 → "1536". Returns buffer. */
enum { UNIT_TEXT_BYTES = 32 };
char *size_format(int64_t bytes, char buffer[UNIT_TEXT_BYTES]);
/* "4 KiB", "1000 B": bytes in the largest binary unit that shows them exactly. Returns buffer. */
char *size_describe(double bytes, char buffer[UNIT_TEXT_BYTES]);
/* "30 us", "12 ms", "0.4 s", "12 s", "3 min 20 s", "2 h 05 min"; "-" for nan and infinities. */
char *duration_format(double seconds, char buffer[UNIT_TEXT_BYTES]);

#endif
