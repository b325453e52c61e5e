/* Batch systems: what the environment of a job says about its allocation, so that a site needs no
 * file. */
#ifndef TARE_CAMPAIGN_BATCH_H
#define TARE_CAMPAIGN_BATCH_H

#include "campaign/file/campaign.h"

enum { BATCH_WORDS_MAX = 12 };

/* One batch system. Variables are those of a job's environment. */
struct batch_system {
	const char *name; /* of --site NAME, and of `hosts: NAME`; NULL ends the table */
	const char *title;
	bool seen; /* a campaign was seen running in it; else all is from its manual */
	const char *job; /* variable: the job's id; it is unset outside of an allocation */
	const char *nodes_command[BATCH_WORDS_MAX]; /* prints a name of a host a line; none: */
	const char *nodes_file; /* variable: path of a file with a name a line, or several equal */
	const char *reach[BATCH_WORDS_MAX];
	const char *time_command[BATCH_WORDS_MAX]; /* prints [DAYS-][HOURS:]MINUTES:SECONDS that
						      are left; {job} is replaced; none: unknown */
	const char *state_command[BATCH_WORDS_MAX]; /* prints `running` while the job runs; none:
						       unknown */
	const char *running;
	const char *node_memory, *cpu_memory; /* variables: MiB of a node's share, or of a CPU's */
};

extern const struct batch_system batch_systems[];

/* The batch system of that name, or NULL. */
const struct batch_system *batch_find(const char *name);

/* Seconds of "1-02:03:04", "02:03:04" or "03:04"; INFINITY for "UNLIMITED"; NAN for anything else.
 */
double batch_seconds(const char *text);

/* Gives the site what its allocation has: reach (unless it has one), hosts with the CPUs that a
 * process there may use and the memory of the allocation, and the end of the time that is left,
 * less 2 min (a tenth of it, if that is shorter). -1: not inside an allocation, or it cannot be
 * asked. */
int batch_read(const struct batch_system *system, struct site *site, struct error *e);

/* Whether the job of this allocation no longer runs, so that what ends now ends for that reason. */
bool batch_is_over(const struct batch_system *system);

#endif
