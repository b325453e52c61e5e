/* What the performance programs share: this machine's image and network under an id of their own,
 * and machines of a named target, started as a campaign would. Knows no benchmark. */
#ifndef TARE_TESTS_PERF_MACHINE_H
#define TARE_TESTS_PERF_MACHINE_H

#include <stdbool.h>

#include "drivers/driver.h"

#define PERF_AGENT TARE_BINARY_DIR "/agent/tare-agent"

struct perf_host {
	char id[17]; /* the campaign id that everything made here carries */
	char *work_dir;
	struct image *image;
	struct network *network; /* NULL unless asked for */
};

/* Opens the image, makes a work directory in the given one and, if asked, the data network.
 * perf_close is the caller's, also after an error. */
int perf_open(struct perf_host *host, const char *directory, bool network, struct error *e);
/* Removes all of it. */
void perf_close(struct perf_host *host);

/* Starts the target's machine, with 512 MiB of memory and of scratch and the target's default
 * options, on the first `cpus` of this host's CPUs. The driver is probed before, untimed: a
 * campaign's plan does that once, too. *start_s (may be NULL) is when start() was called, by
 * CLOCK_MONOTONIC. NULL with the error; caller stops it with machine_stop. */
struct machine *perf_start(struct perf_host *host, const char *target_name, unsigned cpus,
	double *start_s, struct error *e);
/* The same with "OPTION=VALUE" settings, a NULL-terminated list or NULL. */
struct machine *perf_start_with(struct perf_host *host, const char *target_name,
	const char *const *settings, unsigned cpus, double *start_s, struct error *e);

#endif
