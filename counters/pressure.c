/* Source "pressure": how long something waited for CPUs, memory or I/O, from /proc/pressure (the
 * kernel's Documentation/accounting/psi). some: at least one process; full: all that had work. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "counters/source.h"

static const double us_per_s = 1e6;

/* Lines "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", in µs. */
static size_t add_lines(struct reading *reading, const char *resource, const char *text)
{
	size_t added = 0;

	while (*text) {
		const char *total = strstr(text, " total="), *end = text + strcspn(text, "\n");
		unsigned long long us;
		char kind[8], name[32];
		if (total && total < end && sscanf(text, "%7[a-z]", kind) == 1 &&
			sscanf(total, " total=%llu", &us) == 1) {
			snprintf(name, sizeof(name), "%s_%s", resource, kind);
			reading_add(reading, name, "s", COUNTER_TOTAL, (double)us / us_per_s);
			added++;
		}
		text = *end ? end + 1 : end;
	}
	return added;
}

static int pressure_read(struct reading *reading, struct error *why)
{
	static const char *const resources[] = {"cpu", "memory", "io"};
	size_t added = 0;

	for (size_t i = 0; i < ARRAY_COUNT(resources); i++) {
		const char *text =
			counters_filef(reading->counters, why, "proc/pressure/%s", resources[i]);
		if (text)
			added += add_lines(reading, resources[i], text);
	}
	if (added)
		return 0;
	if (!error_is_set(why))
		error_set(why, "/proc/pressure has no totals");
	return -1;
}

const struct counter_source source_pressure = {
	.name = "pressure",
	.where = "Linux from 4.20 on, unless booted with psi=0 or built without it",
	.read = pressure_read,
};
