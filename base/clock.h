/* The clocks of the machine that the program runs on. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ns(void);
int64_t clock_realtime_ns(void);
double clock_monotonic_s(void);
/* Sleeps that long, also if signals interrupt it. */
void clock_sleep_s(double seconds);
enum { CLOCK_TEXT_BYTES = 20, CLOCK_DATE_BYTES = 10 };
/* Writes a time since 1970 in nanoseconds as UTC, "2026-03-01T12:00:00", and returns text. */
char *clock_utc_text(int64_t time_ns, char text[CLOCK_TEXT_BYTES]);

#endif
