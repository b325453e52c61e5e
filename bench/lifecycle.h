/* What the lifecycle benchmarks share: the text that parse gets of an action, and what the action
 * and its jobs agree on. Knows no driver and does nothing to any machine.
 *
 * An action starts the benchmark's jobs (command, by role index), does to the machine what its name
 * says, and writes down what it observed by the host's clock and of the host's counters:
 *
 *     tare-lifecycle 1           then the format of bench/timing.h: NAME 0 1, a value
 *     …
 *     done OBSERVATIONS
 *     ==> job 0 <==              what the first job printed; likewise the others, in order
 *
 * boot         starts one more machine, greets it, and ends it. Jobs: 0 the first program; 1 what
 *              prints the kernel's log, only in a machine whose clock began after it was asked for.
 *              Observes started, ready, probed, uptime (when its CLOCK_MONOTONIC was read, and what
 *              it said), first_job, stop (s).
 * saverestore  one more machine, with job 0 in it, is saved and restored. Observes save, restore,
 *              downtime, clock_behind (s).
 * migrate      one more machine, with job 0 in it, moves to the next host, while job 1 runs in the
 *              team's first machine. Observes total, clock_behind (s).
 * flush        runs each job in the team's first machine, with the storage's counters read before
 *              and after. Observes, with prefix "direct_" for job 1, where something counts what
 *              the machine itself asks for machine_writes, machine_bytes, machine_flushes, and
 *              where the host's device is known host_writes, host_bytes, host_flushes, and
 *              background_bytes: what the device is given at rest in the time of the job, by the
 *              quieter of a rest before and one after it. */
#ifndef TARE_BENCH_LIFECYCLE_H
#define TARE_BENCH_LIFECYCLE_H

#include "bench/bench.h"
#include "bench/read.h"

#define LIFECYCLE_PROGRAM "tare-lifecycle"

/* A job that has to wait for something says that it is ready (command.ready), and goes on when this
 * file appears in its scratch directory. */
#define LIFECYCLE_GO "go"

/* Adds the action's observations to the samples; every name must be one of the metrics. */
int lifecycle_parse(
	const struct metric *metrics, struct piece text, struct samples *out, struct error *e);

/* What job number index printed: up to the next job's, or to the end. False: there was none. */
bool lifecycle_job(struct piece text, unsigned index, struct piece *output);

/* Why there cannot be one more machine beside those of the placement, or NULL. */
const char *lifecycle_why_not(const struct machine_facts *facts);

/* The one value of a metric without an axis, or NAN. */
double lifecycle_value(const struct samples *samples, unsigned metric);

#endif
