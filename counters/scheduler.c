/* Source "scheduler": context switches and new processes of the whole host (/proc/stat), and for
 * how long something that could run waited for a watched CPU (/proc/schedstat, the kernel's
 * Documentation/scheduler/sched-stats). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "counters/fields.h"

static const struct field_row rows[] = {
	{"ctxt", "context_switches", "1", COUNTER_TOTAL, 1},
	{"processes", "forks", "1", COUNTER_TOTAL, 1},
	{0},
};
static const double ns_per_s = 1e9;

/* "cpuN" and nine numbers since version 15; the 8th is the time that tasks waited on it, in ns.
 * NAN: there is no such line. */
static double waited_ns(const struct counters *counters, const char *text)
{
	double sum = NAN;

	while (*text) {
		unsigned cpu;
		unsigned long long ns;
		if (sscanf(text, "cpu%9u %*u %*u %*u %*u %*u %*u %*u %llu", &cpu, &ns) == 2 &&
			reading_watches(counters, cpu))
			sum = (isnan(sum) ? 0 : sum) + (double)ns;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return sum;
}

static int scheduler_read(struct reading *reading, struct error *why)
{
	struct error no_schedstat = {""};
	const char *text = counters_file(reading->counters, "proc/stat", why);

	if (!text)
		return -1;
	fields_read(reading, text, rows);
	text = counters_file(reading->counters, "proc/schedstat", &no_schedstat);
	double ns = text ? waited_ns(reading->counters, text) : NAN;
	if (isnan(ns))
		reading_add_gap(reading, "run_delay", "s", COUNTER_TOTAL,
			text ? "/proc/schedstat has none of the run's CPUs" : no_schedstat.text);
	else
		reading_add(reading, "run_delay", "s", COUNTER_TOTAL, ns / ns_per_s);
	return 0;
}

const struct counter_source source_scheduler = {
	.name = "scheduler",
	.where = "Linux hosts; run_delay where the kernel was built with CONFIG_SCHEDSTATS",
	.read = scheduler_read,
};
