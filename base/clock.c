/* Reading the clocks, and sleeping. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

static const double LONGEST_SLEEP_S = 1e9;

static int64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_realtime_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

double clock_monotonic_s(void)
{
	return (double)clock_monotonic_ns() / NS_PER_S;
}

/* All such times are in the years 1677 to 2262. */
char *clock_utc_text(int64_t time_ns, char text[CLOCK_TEXT_BYTES])
{
	time_t seconds = (time_t)(time_ns / NS_PER_S - (time_ns % NS_PER_S < 0));
	struct tm utc = {0};

	gmtime_r(&seconds, &utc);
	strftime(text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
	return text;
}

/* Until an absolute time, so that signals do not prolong the sleep. */
void clock_sleep_s(double seconds)
{
	struct timespec until;
	int64_t until_ns;

	if (!(seconds > 0))
		return;
	if (seconds > LONGEST_SLEEP_S)
		seconds = LONGEST_SLEEP_S;
	until_ns = clock_monotonic_ns() + (int64_t)(seconds * NS_PER_S);
	until.tv_sec = until_ns / NS_PER_S;
	until.tv_nsec = until_ns % NS_PER_S;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
