/* What the lifecycle benchmarks share: the text of an action that parse gets, and the convention
 * between the action and its jobs. Knows no driver and touches no machine.
 *
 * An action starts the benchmark's jobs (command, by role index), performs the operation, and
 * records what it observed by the host's clock and from the host's counters:
 *
 *     tare-lifecycle 1           then the format of bench/timing.h: NAME 0 1, a value
 *     …
 *     done OBSERVATIONS
 *     ==> job 0 <==              what the first job printed; likewise the others, in order
 *
 * boot         starts one additional machine, greets it, and stops it. Jobs: 0 the first program;
 *              1 prints the kernel's log, only in a machine whose clock started after the request.
 *              Observes started, ready, probed (when its CLOCK_MONOTONIC was read), uptime (the
 *              value read), first_job, stop (s).
 * saverestore  saves and restores one additional machine, with job 0 in it. Observes save, restore,
 *              downtime, clock_behind (s).
 * migrate      moves one additional machine, with job 0 in it, to the next host, while job 1 runs
 *              in the team's first machine. Observes total, clock_behind (s).
 * flush        runs each job in the team's first machine, with the storage's counters read before
 *              and after. Observes, with the prefix "direct_" for job 1: machine_writes,
 *              machine_bytes, machine_flushes where the hypervisor has counters; host_writes,
 *              host_bytes, host_flushes where the host's device is known, and background_bytes:
 *              what the device receives at rest in the time of the job (the smaller of two
 *              measurements, before and after it). */
#ifndef TARE_BENCH_LIFECYCLE_H
#define TARE_BENCH_LIFECYCLE_H

#include "bench/bench.h"
#include "bench/read.h"

#define LIFECYCLE_PROGRAM "tare-lifecycle"

/* A job that waits for the operation prints that it is ready (command.ready), and continues when
 * this file appears in its scratch directory. */
#define LIFECYCLE_GO "go"

/* Adds the action's observations to the samples; every name must be one of the metrics. */
int lifecycle_parse(
	const struct metric *metrics, struct piece text, struct samples *out, struct error *e);

/* The output of job number index, up to the next job's or the end. False if there is none. */
bool lifecycle_job(struct piece text, unsigned index, struct piece *output);

/* Why there cannot be that many machines in addition to those of the placement, or NULL. */
const char *lifecycle_why_not(const struct machine_facts *facts, unsigned count);

/* The single value of a metric without an axis, or NAN. */
double lifecycle_value(const struct samples *samples, unsigned metric);

#endif
