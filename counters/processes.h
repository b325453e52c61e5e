/* The processes of the last reading, for sources that look at the run's own ones. */
#ifndef TARE_COUNTERS_PROCESSES_H
#define TARE_COUNTERS_PROCESSES_H

#include "counters/source.h"

enum ownership { OWN_UNKNOWN, OWN_YES, OWN_NO };

struct known_process {
	unsigned pid, parent, cpu; /* cpu: where it ran last */
	unsigned long long start; /* tells a process from an earlier one of the same number */
	unsigned long long ticks, child_ticks; /* of itself; of its children that have ended */
	char name[16]; /* as the kernel has it, cut off */
	bool is_kernel;
	bool is_root; /* has the campaign's id */
	enum ownership own;
};

/* A line of /proc/PID/stat, or of a thread; false: it is none. */
bool processes_parse(const char *text, struct known_process *out);
/* Whether that process is one of the run's. */
bool processes_is_own(const struct counters *counters, unsigned pid);

#endif
