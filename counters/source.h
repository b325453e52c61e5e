/* Private to the counters: what a source is, and what it is given. */
#ifndef TARE_COUNTERS_SOURCE_H
#define TARE_COUNTERS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "counters/counters.h"

/* A process at the last reading (processes.c). */
struct known_process;

struct counters {
	int root_fd; /* the directory that stands for / */
	char *root;
	pid_t self;
	char *campaign_id;
	unsigned *cpus; /* watched: the run's and their SMT siblings, ascending */
	size_t cpu_count;
	struct text bytes; /* of the file that was read last */
	const struct captured_file *captured; /* instead of the root; NULL: the root's */
	size_t captured_count;

	/* xen.c */
	const char *hypervisor_uri;
	void *hypervisor; /* a connection, or NULL */
	unsigned *own_domains; /* the numbers of the run's guests, at the last reading */
	size_t own_domain_count, own_domain_capacity;
	struct error no_domains; /* why they are not known */
	/* exit_reasons.c */
	bool wants_reasons; /* the campaign asks */
	bool counts_reasons; /* a trigger is set */
	struct error no_reasons; /* why it could not be set */
	/* kernel.c */
	int kernel_log_fd;
	/* processes.c */
	struct known_process *known;
	size_t known_count;
	double kernel_threads_s; /* since the first reading */
	/* energy.c: as it was when the run began */
	struct energy_zone {
		char name[64];
		uint64_t uj;
	} zones[64];
	size_t zone_count;
	/* cycles.c: descriptors by event and watched CPU */
	int *events;
	size_t event_count;
};

/* One reading of one source. */
struct reading {
	struct counters *counters;
	const char *source;
	bool after; /* the run has ended */
	struct counter_list *out;
};

struct counter_source {
	const char *name;
	const char *where; /* where it works, and why not elsewhere */
	/* Adds its counters; -1 with the reason why there are none. */
	int (*read)(struct reading *reading, struct error *why);
};

extern const struct counter_source source_cpu, source_processes, source_pressure, source_kernel,
	source_throttle, source_frequency, source_scheduler, source_interrupts, source_softirqs,
	source_memory, source_disks, source_network, source_guests, source_kvm, source_cycles,
	source_energy, source_exit_reasons, source_xen, source_xen_disks, source_xen_network;

/* Forgets the connection of xen.c. */
void xen_close(struct counters *counters);
/* Takes away what exit_reasons.c has set in the kernel. */
void exit_reasons_stop(struct counters *counters);
/* Forgets what cycles.c has open. */
void cycles_close(struct counters *counters);

/* --- reading.c -------------------------------------------------------------------------------- */

/* Adds a value of the source that is read. */
void reading_add(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, double value);
/* Adds a counter that is not available. */
void reading_add_gap(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, const char *why);

/* Whether the CPU is one of the watched ones. */
bool reading_watches(const struct counters *counters, unsigned cpu);

/* --- files.c --------------------------------------------------------------------------------- */

/* The file's text below the root, valid until the next call; NULL with why. Larger files than 4 MiB
 * are refused. */
const char *counters_file(struct counters *counters, const char *path, struct error *why);
/* The same for a path made from a format. */
const char *counters_filef(struct counters *counters, struct error *why, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether there is a file of this path. */
bool counters_exists(const struct counters *counters, const char *path);
/* The file's only number. */
int counters_number(const char *text, uint64_t *out);
/* Calls number(context, n) for each number of a list such as "0-3,8"; -1: it is none, or has more
 * than 65536. */
int counters_list(const char *text, void (*number)(void *context, unsigned n), void *context);

#endif
