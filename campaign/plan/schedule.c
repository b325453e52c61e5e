/* A thread for each host, and the queue of work that needs some of them. */
#include "campaign/plan/schedule.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"

/* A thousand hosts are a thousand threads. */
enum { STACK_BYTES = 1 << 20 };

struct schedule_job {
	size_t first, count;
	void (*work)(void *context);
	void *context;
	size_t arrived; /* of its hosts: nothing before it is left there */
};

/* A call that another host's job wants made in this host's thread. */
struct work_item {
	void (*work)(void *context, size_t host);
	void *context;
	size_t *left; /* of its siblings */
	pthread_cond_t *done;
};

struct host_thread {
	struct schedule *schedule;
	size_t host;
	pthread_t thread;
	pthread_cond_t wake;
	struct schedule_job **queue; /* jobs of this host in order; [head] is its turn */
	size_t head, tail, capacity;
	const struct work_item *work_item;
};

struct schedule {
	pthread_mutex_t mutex;
	pthread_cond_t idle;
	struct host_thread *threads;
	size_t count;
	size_t jobs; /* not ended */
	bool ending;
};

/* All functions below that take a thread are called with the schedule's mutex held. */

/* The next job's turn has come on this host; the last of its hosts wakes the first. */
static void arrive(struct host_thread *thread)
{
	if (thread->head == thread->tail)
		return;
	struct schedule_job *job = thread->queue[thread->head];
	if (++job->arrived == job->count)
		pthread_cond_signal(&thread->schedule->threads[job->first].wake);
}

static struct schedule_job *ready_job(const struct host_thread *thread)
{
	if (thread->head == thread->tail)
		return NULL;
	struct schedule_job *job = thread->queue[thread->head];
	return job->first == thread->host && job->arrived == job->count ? job : NULL;
}

static void run_work(struct host_thread *thread)
{
	struct schedule *schedule = thread->schedule;
	const struct work_item *work_item = thread->work_item;

	thread->work_item = NULL;
	pthread_mutex_unlock(&schedule->mutex);
	work_item->work(work_item->context, thread->host);
	pthread_mutex_lock(&schedule->mutex);
	if (--*work_item->left == 0)
		pthread_cond_signal(work_item->done);
}

static void run_job(struct host_thread *thread, struct schedule_job *job)
{
	struct schedule *schedule = thread->schedule;

	pthread_mutex_unlock(&schedule->mutex);
	job->work(job->context);
	pthread_mutex_lock(&schedule->mutex);
	for (size_t h = job->first; h < job->first + job->count; h++) {
		schedule->threads[h].head++;
		arrive(&schedule->threads[h]);
	}
	free(job);
	if (--schedule->jobs == 0)
		pthread_cond_broadcast(&schedule->idle);
}

static void *serve(void *context)
{
	struct host_thread *thread = context;
	struct schedule *schedule = thread->schedule;

	pthread_mutex_lock(&schedule->mutex);
	for (;;) {
		struct schedule_job *job = ready_job(thread);
		if (thread->work_item)
			run_work(thread);
		else if (job)
			run_job(thread, job);
		else if (schedule->ending)
			break;
		else
			pthread_cond_wait(&thread->wake, &schedule->mutex);
	}
	pthread_mutex_unlock(&schedule->mutex);
	return NULL;
}

struct schedule *schedule_new(size_t host_count, struct error *e)
{
	struct schedule *schedule = mem_new(1, sizeof(*schedule));
	pthread_attr_t attributes;

	pthread_mutex_init(&schedule->mutex, NULL);
	pthread_cond_init(&schedule->idle, NULL);
	schedule->threads = mem_new(host_count, sizeof(*schedule->threads));
	int status = 0;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (size_t h = 0; h < host_count; h++) {
		struct host_thread *thread = &schedule->threads[h];
		thread->schedule = schedule;
		thread->host = h;
		pthread_cond_init(&thread->wake, NULL);
		status = pthread_create(&thread->thread, &attributes, serve, thread);
		if (status != 0)
			break;
		schedule->count++;
	}
	pthread_attr_destroy(&attributes);
	if (status == 0)
		return schedule;
	schedule_free(schedule);
	error_errno(e, status, "cannot start a thread for each of %zu hosts", host_count);
	return NULL;
}

void schedule_add(struct schedule *schedule, size_t first, size_t count,
	void (*work)(void *context), void *context)
{
	struct schedule_job *job = mem_new(1, sizeof(*job));

	*job = (struct schedule_job){first, count, work, context, 0};
	pthread_mutex_lock(&schedule->mutex);
	schedule->jobs++;
	for (size_t h = first; h < first + count; h++) {
		struct host_thread *thread = &schedule->threads[h];
		bool turn = thread->head == thread->tail;
		array_reserve(&thread->queue, &thread->capacity, thread->tail + 1);
		thread->queue[thread->tail++] = job;
		if (turn)
			arrive(thread);
	}
	pthread_mutex_unlock(&schedule->mutex);
}

void schedule_wait(struct schedule *schedule)
{
	pthread_mutex_lock(&schedule->mutex);
	while (schedule->jobs > 0)
		pthread_cond_wait(&schedule->idle, &schedule->mutex);
	pthread_mutex_unlock(&schedule->mutex);
}

void schedule_each(struct schedule *schedule, size_t first, size_t count,
	void (*work)(void *context, size_t host), void *context)
{
	pthread_cond_t done = PTHREAD_COND_INITIALIZER;
	size_t left = count - 1;
	struct work_item work_item = {work, context, &left, &done};

	pthread_mutex_lock(&schedule->mutex);
	for (size_t h = first + 1; h < first + count; h++) {
		schedule->threads[h].work_item = &work_item;
		pthread_cond_signal(&schedule->threads[h].wake);
	}
	pthread_mutex_unlock(&schedule->mutex);
	work(context, first); /* the job's own thread */
	pthread_mutex_lock(&schedule->mutex);
	while (left > 0)
		pthread_cond_wait(&done, &schedule->mutex);
	pthread_mutex_unlock(&schedule->mutex);
	pthread_cond_destroy(&done);
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	schedule_wait(schedule);
	pthread_mutex_lock(&schedule->mutex);
	schedule->ending = true;
	for (size_t h = 0; h < schedule->count; h++)
		pthread_cond_signal(&schedule->threads[h].wake);
	pthread_mutex_unlock(&schedule->mutex);
	for (size_t h = 0; h < schedule->count; h++) {
		struct host_thread *thread = &schedule->threads[h];
		pthread_join(thread->thread, NULL);
		pthread_cond_destroy(&thread->wake);
		free(thread->queue);
	}
	pthread_cond_destroy(&schedule->idle);
	pthread_mutex_destroy(&schedule->mutex);
	free(schedule->threads);
	free(schedule);
}
