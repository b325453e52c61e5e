/* Private to the campaign room: work that needs hosts, in order. Every host has a thread of its
 * own for the whole time, because children die with the thread that made them. A job needs some
 * neighbouring hosts; it begins when all of them are done with the jobs that were added before it,
 * so that whatever can run at once on different hosts does, and what one host does keeps its
 * order. */
#ifndef TARE_CAMPAIGN_SCHEDULE_H
#define TARE_CAMPAIGN_SCHEDULE_H

#include <stddef.h>

#include "base/error.h"

struct schedule;

/* NULL with e if there are not that many threads to be had. */
struct schedule *schedule_new(size_t host_count, struct error *e);
/* Waits for all jobs and ends the threads; children that they made end with them. Safe with
 * NULL. */
void schedule_free(struct schedule *schedule);

/* Adds a job for the hosts first … first + count - 1; it runs in the thread of the first. */
void schedule_add(struct schedule *schedule, size_t first, size_t count,
	void (*work)(void *context), void *context);
/* Waits until every job that was added has ended. */
void schedule_wait(struct schedule *schedule);

/* From within a job: calls work(context, host) for each of these hosts of the job, each in the
 * host's own thread and all at once, and waits for all. */
void schedule_each(struct schedule *schedule, size_t first, size_t count,
	void (*work)(void *context, size_t host), void *context);

#endif
