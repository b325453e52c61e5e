/* Source "cpu": how the watched CPUs (those of the run and their SMT siblings) spent their time,
 * and how busy the whole host was, from /proc/stat (proc_stat(5)). The kernel samples most of it
 * at its ticks, so short runs have large errors. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "counters/source.h"

struct cpu_ticks {
	unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
};

/* Adds the ticks of a line after its first word; false: it is not such a line. */
static bool add_ticks(const char *line, struct cpu_ticks *sum)
{
	struct cpu_ticks t;

	if (sscanf(line, "%llu %llu %llu %llu %llu %llu %llu %llu", &t.user, &t.nice, &t.system,
		    &t.idle, &t.iowait, &t.irq, &t.softirq, &t.steal) != 8)
		return false;
	sum->user += t.user;
	sum->nice += t.nice;
	sum->system += t.system;
	sum->idle += t.idle;
	sum->iowait += t.iowait;
	sum->irq += t.irq;
	sum->softirq += t.softirq;
	sum->steal += t.steal;
	return true;
}

/* Takes the lines "cpu …" and "cpuN …" apart. Returns how many watched CPUs there are. */
static size_t read_lines(const struct counters *counters, const char *text, struct cpu_ticks *own,
	struct cpu_ticks *host)
{
	size_t found = 0;

	for (const char *line = text; line && strncmp(line, "cpu", 3) == 0;) {
		unsigned cpu;
		int used = 0;
		if (line[3] == ' ')
			add_ticks(line + 4, host);
		else if (sscanf(line, "cpu%9u%n", &cpu, &used) == 1 &&
			 reading_watches(counters, cpu))
			found += add_ticks(line + used, own);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return found;
}

static int cpu_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	struct cpu_ticks own = {0}, host = {0};
	double tick_s = 1. / (double)sysconf(_SC_CLK_TCK);
	const char *hypervisor = counters_file(counters, "sys/hypervisor/type", NULL);

	if (hypervisor && strncmp(hypervisor, "xen", 3) == 0)
		return error_set(why, "under Xen, /proc/stat has this domain's CPUs only");
	const char *text = counters_file(counters, "proc/stat", why);
	double now_s = clock_monotonic_s();
	if (!text)
		return -1;
	size_t found = read_lines(counters, text, &own, &host);
	if (!found)
		return error_set(why, "/proc/stat has none of the run's CPUs");
	reading_add(reading, "clock", "s", COUNTER_TOTAL, now_s);
	reading_add(reading, "watched", "1", COUNTER_LEVEL, (double)found);
	reading_add(reading, "busy", "s", COUNTER_TOTAL,
		(double)(own.user + own.nice + own.system) * tick_s);
	reading_add(reading, "irq", "s", COUNTER_TOTAL, (double)(own.irq + own.softirq) * tick_s);
	reading_add(reading, "steal", "s", COUNTER_TOTAL, (double)own.steal * tick_s);
	reading_add(reading, "idle", "s", COUNTER_TOTAL, (double)(own.idle + own.iowait) * tick_s);
	reading_add(reading, "host_busy", "s", COUNTER_TOTAL,
		(double)(host.user + host.nice + host.system + host.irq + host.softirq) * tick_s);
	return 0;
}

const struct counter_source source_cpu = {
	.name = "cpu",
	.where = "Linux hosts; not under Xen, whose control domain sees its own CPUs only",
	.read = cpu_read,
};
