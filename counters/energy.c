/* Source "energy": what the processors and their memory used, from the powercap tree of RAPL (the
 * kernel's Documentation/power/powercap). A zone's counter begins anew at a value of its own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/source.h"

#define ZONES "sys/class/powercap"
static const double uj_per_j = 1e6;

enum { PACKAGES, MEMORY, KINDS };

/* "package-0" and its sub-zone "dram"; core and uncore are parts of the package. */
static int kind_of(const char *name)
{
	if (strncmp(name, "package", strlen("package")) == 0)
		return PACKAGES;
	return strncmp(name, "dram", strlen("dram")) == 0 ? MEMORY : KINDS;
}

static bool read_number(
	struct counters *counters, const char *zone, const char *file, uint64_t *out)
{
	const char *text = counters_filef(counters, NULL, ZONES "/%.64s/%s", zone, file);

	return text && counters_number(text, out) == 0;
}

/* The zone's energy in uJ, beyond its range if it began anew since the run began. */
static bool read_zone(struct reading *reading, const char *zone, double *uj)
{
	struct counters *counters = reading->counters;
	uint64_t now, range;

	if (!read_number(counters, zone, "energy_uj", &now))
		return false;
	struct energy_zone *known = NULL;
	for (size_t i = 0; i < counters->zone_count && !known; i++)
		if (strcmp(counters->zones[i].name, zone) == 0)
			known = &counters->zones[i];
	if (!known && counters->zone_count < ARRAY_COUNT(counters->zones)) {
		known = &counters->zones[counters->zone_count++];
		snprintf(known->name, sizeof(known->name), "%.63s", zone);
		known->uj = now;
	}
	if (!reading->after && known)
		known->uj = now;
	*uj = (double)now;
	if (known && now < known->uj && read_number(counters, zone, "max_energy_range_uj", &range))
		*uj += (double)range;
	return true;
}

static void add_zone(struct reading *reading, const char *zone, double *sums, bool *found)
{
	const char *name = counters_filef(reading->counters, NULL, ZONES "/%.64s/name", zone);
	int kind = name ? kind_of(name) : KINDS;
	double uj;

	if (kind == KINDS || !read_zone(reading, zone, &uj))
		return;
	sums[kind] += uj;
	found[kind] = true;
}

static int energy_read(struct reading *reading, struct error *why)
{
	static const char *const names[KINDS] = {"packages", "memory"};
	int fd = openat(reading->counters->root_fd, ZONES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	double sums[KINDS] = {0};
	bool found[KINDS] = {false};
	struct dirent *entry;

	if (!directory)
		return error_errno(why, errno, "/" ZONES);
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, "intel-rapl:", strlen("intel-rapl:")) == 0)
			add_zone(reading, entry->d_name, sums, found);
	for (size_t i = 0; i < KINDS; i++)
		if (found[i])
			reading_add(reading, names[i], "J", COUNTER_TOTAL, sums[i] / uj_per_j);
	if (!found[PACKAGES] && !found[MEMORY])
		return error_set(why, "/" ZONES " has no readable zone of RAPL");
	return 0;
}

const struct counter_source source_energy = {
	.name = "energy",
	.where = "x86 hardware with RAPL, as root",
	.read = energy_read,
};
