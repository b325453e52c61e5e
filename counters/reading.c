/* What every source does: it adds values or reasons, and asks which CPUs are watched. */
#include <math.h>

#include "counters/source.h"

void reading_add(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, double value)
{
	struct counter counter = {reading->source, name, unit, kind, value, NULL};

	counter_list_add(reading->out, &counter);
}

void reading_add_gap(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, const char *why)
{
	struct counter counter = {reading->source, name, unit, kind, NAN, why};

	counter_list_add(reading->out, &counter);
}

bool reading_watches(const struct counters *counters, unsigned cpu)
{
	size_t low = 0, high = counters->cpu_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (counters->cpus[middle] == cpu)
			return true;
		if (counters->cpus[middle] < cpu)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}
