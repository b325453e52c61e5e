/* What reading a host's counters at both edges of a run costs: prints the processor time of this
 * thread for the two readings, in ms. Argument: how many of the host's CPUs are the run's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "counters/counters.h"

enum { CPUS_MOST = 4096 };

static double processor_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static unsigned cpus[CPUS_MOST];
	struct counters_scope scope = {
		cpus, argc == 2 ? strtoul(argv[1], NULL, 10) : 0, "ffffffff", false};
	struct counters *counters = counters_new("", getpid());
	struct counter_list first = {0}, before = {0}, after = {0};

	if (scope.cpu_count == 0 || scope.cpu_count > CPUS_MOST) {
		fprintf(stderr, "usage: edges CPUS\n");
		return 2;
	}
	for (unsigned i = 0; i < scope.cpu_count; i++)
		cpus[i] = i;
	/* A campaign's first reading also reads every command line. */
	counters_begin(counters, &scope, &first);
	double begun_s = processor_s();
	counters_begin(counters, &scope, &before);
	counters_end(counters, &after);
	printf("%.4f\n", 1e3 * (processor_s() - begun_s));
	counter_list_free(&first);
	counter_list_free(&before);
	counter_list_free(&after);
	counters_free(counters);
	return 0;
}
