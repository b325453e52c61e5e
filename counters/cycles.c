/* Source "cycles": what the watched CPUs' performance counters count, by perf_event_open(2), from
 * the run's beginning to its end; guests' work is in it. Where the CPU has fewer counters than
 * there are events, the kernel takes turns, and the numbers are extrapolated from each one's
 * share of time. */
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "counters/source.h"

#define CACHE(cache, operation, result) \
	(PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_##operation << 8 | \
		PERF_COUNT_HW_CACHE_RESULT_##result << 16)

static const struct {
	const char *name, *unit;
	uint32_t type;
	uint64_t config;
} rows[] = {
	{"cycles", "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", "1", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache_misses", "1", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"dtlb_misses", "1", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, MISS)},
};

static const char no_counters[] = "this machine's CPUs have no performance counters";

static int open_event(size_t row, unsigned cpu)
{
	struct perf_event_attr attributes = {.type = rows[row].type,
		.size = sizeof(attributes),
		.config = rows[row].config,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING};

	return (int)syscall(
		SYS_perf_event_open, &attributes, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

void cycles_close(struct counters *counters)
{
	for (size_t i = 0; i < counters->event_count; i++)
		if (counters->events[i] >= 0)
			close(counters->events[i]);
	free(counters->events);
	counters->events = NULL;
	counters->event_count = 0;
}

/* Opens the row's event on every watched CPU; 0, or why that is not possible. */
static int open_row(struct counters *counters, size_t row)
{
	for (size_t i = 0; i < counters->cpu_count; i++) {
		int fd = open_event(row, counters->cpus[i]);
		if (fd < 0)
			return errno;
		counters->events[row * counters->cpu_count + i] = fd;
	}
	return 0;
}

static int begin(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	size_t opened = 0;
	int number = 0;

	cycles_close(counters);
	counters->event_count = ARRAY_COUNT(rows) * counters->cpu_count;
	counters->events = mem_new(counters->event_count + 1, sizeof(*counters->events));
	for (size_t i = 0; i < counters->event_count; i++)
		counters->events[i] = -1;
	for (size_t row = 0; counters->cpu_count && row < ARRAY_COUNT(rows); row++) {
		int failed = open_row(counters, row);
		number = failed ? failed : number;
		if (failed)
			continue;
		reading_add(reading, rows[row].name, rows[row].unit, COUNTER_TOTAL, 0);
		opened++;
	}
	if (opened)
		return 0;
	return number == ENOENT || number == EOPNOTSUPP || number == ENODEV
		       ? error_set(why, "%s", no_counters)
		       : error_errno(why, number, "perf_event_open");
}

/* NAN: a CPU's counter cannot be read, or never had its turn. */
static double sum_of(const struct counters *counters, size_t row)
{
	double sum = 0;

	for (size_t i = 0; i < counters->cpu_count; i++) {
		uint64_t read_now[3]; /* the count; the times enabled and running, in ns */
		int fd = counters->events[row * counters->cpu_count + i];
		if (fd < 0 || read(fd, read_now, sizeof(read_now)) != sizeof(read_now) ||
			(read_now[0] && !read_now[2]))
			return NAN;
		if (read_now[2])
			sum += (double)read_now[0] * ((double)read_now[1] / (double)read_now[2]);
	}
	return sum;
}

static int cycles_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	size_t added = 0;

	if (!reading->after)
		return begin(reading, why);
	for (size_t row = 0; counters->event_count && row < ARRAY_COUNT(rows); row++) {
		double sum = sum_of(counters, row);
		if (isnan(sum))
			continue;
		reading_add(reading, rows[row].name, rows[row].unit, COUNTER_TOTAL, sum);
		added++;
	}
	cycles_close(counters);
	return added ? 0 : error_set(why, "%s", no_counters);
}

const struct counter_source source_cycles = {
	.name = "cycles",
	.where = "CPUs with a performance monitoring unit, as root or with perf_event_paranoid 0",
	.read = cycles_read,
};
