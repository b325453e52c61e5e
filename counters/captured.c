/* The sources inside a guest, out of files that its agent sent: those of hosts that need nothing
 * but files, under names of their own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/source.h"

enum { CPUS_MOST = 4096 };

static const struct {
	const char *name;
	const struct counter_source *source;
} sources[] = {
	{"guest_cpu", &source_cpu},
	{"guest_pressure", &source_pressure},
	{"guest_scheduler", &source_scheduler},
	{"guest_interrupts", &source_interrupts},
	{"guest_softirqs", &source_softirqs},
	{"guest_memory", &source_memory},
	{"guest_disks", &source_disks},
	{"guest_network", &source_network},
};

static int compare_cpus(const void *left, const void *right)
{
	unsigned a = *(const unsigned *)left, b = *(const unsigned *)right;

	return (a > b) - (a < b);
}

/* All CPUs of /proc/stat, ascending, into an array with room for CPUS_MOST. */
static size_t find_cpus(struct counters *counters, unsigned *cpus)
{
	const char *line = counters_file(counters, "proc/stat", NULL);
	size_t count = 0;

	while (line && strncmp(line, "cpu", 3) == 0 && count < CPUS_MOST) {
		unsigned cpu;
		if (sscanf(line, "cpu%9u", &cpu) == 1)
			cpus[count++] = cpu;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	qsort(cpus, count, sizeof(*cpus), compare_cpus);
	return count;
}

void counters_read_captured(
	const struct captured_file *files, size_t count, struct counter_list *out)
{
	static const struct captured_file none = {.path = "", .text = ""};
	cleanup_free unsigned *cpus = mem_new(CPUS_MOST, sizeof(*cpus));
	struct counters counters = {.root_fd = -1,
		.captured = count ? files : &none,
		.captured_count = count,
		.cpus = cpus,
		.kernel_log_fd = -1};

	counters.cpu_count = find_cpus(&counters, cpus);
	for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
		struct reading reading = {&counters, sources[i].name, false, out};
		struct error why = {""};
		if (sources[i].source->read(&reading, &why) < 0)
			reading_add_gap(&reading, NULL, NULL, COUNTER_TOTAL, why.text);
	}
}

void counters_add_silent(struct counter_list *out, const char *why)
{
	for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
		struct reading reading = {.source = sources[i].name, .out = out};
		reading_add_gap(&reading, NULL, NULL, COUNTER_TOTAL, why);
	}
}
