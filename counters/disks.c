/* Source "disks": what all of the host's disks did together, from /proc/diskstats (the kernel's
 * Documentation/admin-guide/iostats). Disks are what has a device below /sys/block; partitions, and
 * what lies on other disks (loop, dm, md), would count the same requests twice. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "counters/source.h"

enum { SECTOR_BYTES = 512 };

struct disk_sums {
	double reads, read_sectors, writes, written_sectors, busy_ms, flushes;
	size_t disks;
};

static bool is_disk(const struct counters *counters, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/block/%s/device", name);
	return !strchr(name, '/') && counters_exists(counters, path);
}

/* Kernels before 5.5 have no flushes. */
static void add_line(const struct counters *counters, const char *line, struct disk_sums *sums)
{
	unsigned long long reads, read_sectors, writes, written_sectors, busy_ms, flushes = 0;
	char name[64];
	int found = sscanf(line,
		" %*u %*u %63s %llu %*u %llu %*u %llu %*u %llu %*u %*u %llu %*u %*u %*u %*u %*u "
		"%llu",
		name, &reads, &read_sectors, &writes, &written_sectors, &busy_ms, &flushes);

	if (found < 6 || !is_disk(counters, name))
		return;
	sums->reads += (double)reads;
	sums->read_sectors += (double)read_sectors;
	sums->writes += (double)writes;
	sums->written_sectors += (double)written_sectors;
	sums->busy_ms += (double)busy_ms;
	sums->flushes += (double)flushes;
	sums->disks++;
}

static int disks_read(struct reading *reading, struct error *why)
{
	static const double ms_per_s = 1e3;
	const char *text = counters_file(reading->counters, "proc/diskstats", why);
	struct disk_sums sums = {0};

	if (!text)
		return -1;
	while (*text) {
		add_line(reading->counters, text, &sums);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (!sums.disks)
		return error_set(why, "this host has no disk of its own");
	reading_add(reading, "reads", "1", COUNTER_TOTAL, sums.reads);
	reading_add(reading, "read", "bytes", COUNTER_TOTAL, sums.read_sectors * SECTOR_BYTES);
	reading_add(reading, "writes", "1", COUNTER_TOTAL, sums.writes);
	reading_add(
		reading, "written", "bytes", COUNTER_TOTAL, sums.written_sectors * SECTOR_BYTES);
	reading_add(reading, "flushes", "1", COUNTER_TOTAL, sums.flushes);
	reading_add(reading, "busy", "s", COUNTER_TOTAL, sums.busy_ms / ms_per_s);
	return 0;
}

const struct counter_source source_disks = {
	.name = "disks",
	.where = "Linux hosts with disks of their own",
	.read = disks_read,
};
