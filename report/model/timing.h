/* Where the wall time of a campaign went. */
#ifndef TARE_REPORT_TIMING_H
#define TARE_REPORT_TIMING_H

#include <stdint.h>

#include "report/model/model.h"

/* Where two things overlap on a host, the time is the first one's. */
enum timing_part {
	TIMING_MEASURING, /* benchmarks, failed runs, and those that were interrupted */
	TIMING_STARTING, /* machines, until all of a team answer */
	TIMING_ENVIRONMENTS, /* a host that is booted by the site's command */
	TIMING_PREPARING, /* connecting, programs and image of hosts, asking what can run there */
	TIMING_AROUND, /* runs: files, servers, launchers, before the benchmark runs and after */
	TIMING_STOPPING, /* machines */
	TIMING_REST,
	TIMING_PARTS
};

struct timing_host {
	const char *name; /* inside the timing */
	double wall_s, parts_s[TIMING_PARTS]; /* in sum wall_s */
};

struct timing {
	struct timing_host *hosts; /* in the order in which they appear in the store */
	size_t count, capacity;
	/* All hosts together; parts may be read as shares of it. */
	struct timing_host total;
	bool recorded[TIMING_PARTS]; /* false: the store has no record of such times */
	char **pool;
	size_t pool_count, pool_capacity;
};

/* Reads the campaign's runs and events. Its wall time is from every start or continuation to the
 * last thing recorded before the next, so that interruptions do not count; every host has all of
 * it. Refused: a store without such events (imported, published). Freed by timing_free. */
int timing_read(const struct store_data *data, struct timing *out, struct error *e);
void timing_free(struct timing *timing);

/* The part of the wall time of all hosts that is neither booting (machines, hosts) nor measuring.
 */
double timing_idle(const struct timing *timing);

/* Part of its wall time; 0 of none. */
double timing_share(double part_s, const struct timing_host *host);

#endif
