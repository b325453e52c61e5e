/* What counting costs. Usage: edges CPUS [SECONDS]
 *
 * Without SECONDS: the processor time of this thread for the two readings at a run's edges, in ms.
 * With it: the processor time of this process between the edges of a run that lasts so long, in %
 * of a core. CPUS: how many of the host's CPUs are the run's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "counters/counters.h"

enum { CPUS_MOST = 4096 };

struct edges {
	struct counters *counters;
	struct counters_scope scope;
	struct counter_list first, before, after;
};

static double processor_s(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double edges_ms(struct edges *edges)
{
	double begun_s = processor_s(CLOCK_THREAD_CPUTIME_ID);

	counters_begin(edges->counters, &edges->scope, &edges->before);
	counters_end(edges->counters, &edges->after);
	return 1e3 * (processor_s(CLOCK_THREAD_CPUTIME_ID) - begun_s);
}

static double during_percent(struct edges *edges, double seconds)
{
	counters_begin(edges->counters, &edges->scope, &edges->before);
	double begun_s = processor_s(CLOCK_PROCESS_CPUTIME_ID), from_s = clock_monotonic_s();
	clock_sleep_s(seconds);
	double spent_s = processor_s(CLOCK_PROCESS_CPUTIME_ID) - begun_s;
	double percent = 100 * spent_s / (clock_monotonic_s() - from_s);
	counters_end(edges->counters, &edges->after);
	return percent;
}

int main(int argc, char **argv)
{
	static unsigned cpus[CPUS_MOST];
	struct edges edges = {
		.scope = {cpus, argc >= 2 ? strtoul(argv[1], NULL, 10) : 0, "ffffffff", false}};

	if (argc > 3 || edges.scope.cpu_count == 0 || edges.scope.cpu_count > CPUS_MOST) {
		fprintf(stderr, "usage: edges CPUS [SECONDS]\n");
		return 2;
	}
	for (unsigned i = 0; i < edges.scope.cpu_count; i++)
		cpus[i] = i;
	edges.counters = counters_new("", getpid());
	/* A campaign's first reading also reads every command line. */
	counters_begin(edges.counters, &edges.scope, &edges.first);
	printf("%.5f\n",
		argc == 3 ? during_percent(&edges, strtod(argv[2], NULL)) : edges_ms(&edges));
	counter_list_free(&edges.first);
	counter_list_free(&edges.before);
	counter_list_free(&edges.after);
	counters_free(edges.counters);
	return 0;
}
