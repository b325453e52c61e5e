/* Clocks of the machine that calls. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ns(void);
int64_t clock_realtime_ns(void);
double clock_monotonic_s(void);
/* Sleeps through signals. */
void clock_sleep_s(double seconds);

#endif
