/* The clocks of the machine that the program runs on. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ns(void);
int64_t clock_realtime_ns(void);
double clock_monotonic_s(void);
/* Sleeps that long, also if signals interrupt it. */
void clock_sleep_s(double seconds);

#endif
