/* See deadline.h. */
#include "cli/deadline.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

/* The next time that the clock says so. */
static double until_clock(struct tm tm, time_t now)
{
	struct tm day;

	localtime_r(&now, &day);
	day.tm_hour = tm.tm_hour;
	day.tm_min = tm.tm_min;
	day.tm_sec = 0;
	day.tm_isdst = -1;
	time_t then = mktime(&day);

	if (then <= now) {
		day.tm_mday++;
		day.tm_isdst = -1;
		then = mktime(&day);
	}
	return difftime(then, now);
}

/* Whether all of the text is of that form. */
static bool is_time(const char *text, const char *form, struct tm *tm)
{
	*tm = (struct tm){.tm_isdst = -1};
	const char *end = strptime(text, form, tm);

	return end && !*end;
}

int deadline_parse(const char *text, double *seconds, struct error *e)
{
	static const char *const dates[] = {
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"};
	time_t now = time(NULL);
	struct tm tm;
	double wanted = NAN;

	if (is_time(text, "%H:%M", &tm)) {
		*seconds = until_clock(tm, now);
		return 0;
	}
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]) && isnan(wanted); i++)
		if (is_time(text, dates[i], &tm))
			wanted = difftime(mktime(&tm), now);
	if (isnan(wanted) && duration_parse(text, &wanted, NULL) < 0)
		return error_set(e,
			"--deadline: expected a time such as 05:00 or 2026-11-29T05:00, or a "
			"duration such as 8h, not \"%s\"",
			text);
	if (!(wanted > 0))
		return error_set(e, "--deadline %s has passed; give one in the future", text);
	*seconds = wanted;
	return 0;
}
