/* Source "throttle": how often the watched CPUs were slowed down for their temperature, from
 * thermal_throttle in sysfs (the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu). */
#include <math.h>

#include "base/array.h"
#include "counters/source.h"

/* The sum over the watched CPUs; NAN: none of them has the file. A package's count stands at each
 * of its CPUs, so that it is counted more than once: what matters is whether it grows. */
static double sum_of(struct counters *counters, const char *file, struct error *why)
{
	double sum = NAN;

	for (size_t i = 0; i < counters->cpu_count; i++) {
		uint64_t count;
		const char *text = counters_filef(counters, why,
			"sys/devices/system/cpu/cpu%u/thermal_throttle/%s", counters->cpus[i],
			file);
		if (text && counters_number(text, &count) == 0)
			sum = (isnan(sum) ? 0 : sum) + (double)count;
	}
	return sum;
}

static int throttle_read(struct reading *reading, struct error *why)
{
	static const struct {
		const char *name, *file;
	} rows[] = {
		{"core", "core_throttle_count"},
		{"package", "package_throttle_count"},
	};
	size_t added = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double sum = sum_of(reading->counters, rows[i].file, why);
		if (isnan(sum))
			continue;
		reading_add(reading, rows[i].name, "1", COUNTER_TOTAL, sum);
		added++;
	}
	if (added)
		return 0;
	if (!error_is_set(why))
		error_set(why, "thermal_throttle has no counts");
	return -1;
}

const struct counter_source source_throttle = {
	.name = "throttle",
	.where = "Intel's CPUs, on hardware: others have no thermal_throttle in sysfs",
	.read = throttle_read,
};
