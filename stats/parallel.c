/* A handful of threads, started and joined per call: the work is seconds, not microseconds. */
#include "stats/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

enum { MOST_THREADS = 64 };

struct part {
	size_t first, end;
	void (*body)(size_t first, size_t end, void *context);
	void *context;
};

static void *part_run(void *argument)
{
	struct part *part = argument;

	part->body(part->first, part->end, part->context);
	return NULL;
}

static unsigned usable_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

void parallel_ranges(size_t count, unsigned threads,
	void (*body)(size_t first, size_t end, void *context), void *context)
{
	struct part parts[MOST_THREADS];
	pthread_t ids[MOST_THREADS];
	bool started[MOST_THREADS] = {false};

	if (threads == 0)
		threads = usable_processors();
	if (threads > MOST_THREADS)
		threads = MOST_THREADS;
	if (threads > count)
		threads = (unsigned)count;
	for (unsigned i = 0; i < threads; i++) {
		parts[i] = (struct part){
			.first = count / threads * i + (i < count % threads ? i : count % threads),
			.body = body,
			.context = context,
		};
		parts[i].end = parts[i].first + count / threads + (i < count % threads);
	}
	for (unsigned i = 1; i < threads; i++)
		started[i] = pthread_create(&ids[i], NULL, part_run, &parts[i]) == 0;
	for (unsigned i = 0; i < threads; i++)
		if (i == 0 || !started[i])
			part_run(&parts[i]);
	for (unsigned i = 1; i < threads; i++)
		if (started[i])
			pthread_join(ids[i], NULL);
}
