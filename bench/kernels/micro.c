/* tare-micro: what one operation of the operating system costs, operation by operation, after
 * lmbench and virtbench. Decides how often each is run and how a sample is timed; knows nothing
 * about what the operations do.
 *
 * Usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]
 *
 * An operation of at least 50 clock readings is timed alone, so that its percentiles are those of
 * single operations. A shorter one is timed in batches that last at least 400 readings; a sample
 * is then the mean of its batch. Status 1 and no numbers if an operation had a wrong result. */
#include "micro.h"

#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"

enum { OPERATIONS_MAX = 32, ALONE_READINGS = 50, BATCH_READINGS = 400, TRIES = 20 };

struct micro {
	const struct operation *operations[OPERATIONS_MAX];
	int count;
	long iterations;
	double seconds, clock_cost_ns;
};

int micro_cpus[2];

void micro_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		die("cannot move to CPU %d", cpu);
}

/* Fills micro_cpus; returns how many CPUs there are to use, up to 2. */
static int find_cpus(void)
{
	cpu_set_t set;
	int count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		die("cannot read the CPU affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			micro_cpus[count++] = cpu;
	if (count == 1)
		micro_cpus[1] = micro_cpus[0];
	return count;
}

static const struct operation *find_operation(const char *name)
{
	for (const struct operation *o = micro_operations; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	die("there is no operation \"%s\"", name);
}

static void add_operations(struct micro *m, char *names)
{
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		if (m->count == OPERATIONS_MAX)
			die("more than %d operations", OPERATIONS_MAX);
		m->operations[m->count++] = find_operation(name);
	}
}

static void parse_arguments(struct micro *m, int argc, char **argv)
{
	static const struct option options[] = {{"operations", required_argument, NULL, 'o'},
		{"iterations", required_argument, NULL, 'i'},
		{"seconds", required_argument, NULL, 's'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			add_operations(m, optarg);
		else if (c == 'i')
			m->iterations = (long)number(optarg, 1, 1e6);
		else if (c == 's')
			m->seconds = number(optarg, 0.001, 3600);
		else
			exit(2);
	}
	if (optind != argc || m->count == 0)
		die("usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]");
}

/* The time of what is measured, in ns: the mean of a batch, timed together. */
static double sample_ns(const struct operation *o, long batch)
{
	int64_t before;

	if (o->sample_ns)
		return o->sample_ns();
	if (o->prepare)
		o->prepare(batch);
	before = clock_ns();
	o->run(batch);
	return (double)(clock_ns() - before) / (double)batch / (o->parts ? o->parts : 1);
}

/* The fastest of a few tries: a slow one proves nothing, it may have lost its CPU. */
static double fastest_ns(const struct operation *o, long batch)
{
	double fastest = HUGE_VAL;

	for (int i = 0; i < TRIES; i++)
		fastest = fmin(fastest, sample_ns(o, batch));
	return fastest;
}

/* How many operations make a sample. The tries are the warm-up, too. */
static long find_batch(const struct micro *m, const struct operation *o)
{
	double alone_ns = ALONE_READINGS * m->clock_cost_ns;
	double least_ns = BATCH_READINGS * m->clock_cost_ns, operation_ns;
	int parts = o->parts ? o->parts : 1;
	long batch = 1;

	if (o->sample_ns || fastest_ns(o, 1) * parts >= alone_ns)
		return 1;
	for (;;) {
		operation_ns = fastest_ns(o, batch) * parts;
		if (operation_ns * (double)batch >= least_ns || batch == o->batch_most)
			break;
		batch *= 2;
		if (o->batch_most && batch > o->batch_most)
			batch = o->batch_most;
	}
	if (operation_ns * (double)batch > least_ns)
		batch = (long)(least_ns / operation_ns) + 1;
	return batch;
}

/* Stops early when the time is over: what an emulated CPU needs for a process nobody foretells. */
static long measure(const struct micro *m, const struct operation *o, long batch, double *times_ns)
{
	int64_t limit = clock_ns() + (int64_t)(m->seconds * 1e9);
	long count = 0;

	while (count < m->iterations && (count == 0 || clock_ns() < limit))
		times_ns[count++] = sample_ns(o, batch);
	return count;
}

static void run_operation(const struct micro *m, const struct operation *o)
{
	double *times_ns = touched(m->iterations, sizeof(*times_ns)), batch, p99;
	long count;

	if (o->start)
		o->start();
	batch = (double)find_batch(m, o);
	count = measure(m, o, (long)batch, times_ns);
	if (o->stop)
		o->stop();
	series_print(o->name, "", 0, times_ns, count);
	series_print(o->name, "_batch", 0, &batch, 1);
	/* A percentile needs at least one value beyond it. */
	if (count >= 100) {
		qsort(times_ns, (size_t)count, sizeof(*times_ns), compare_doubles);
		p99 = percentile(times_ns, count, 0.99);
		series_print(o->name, "_p99", 0, &p99, 1);
	}
	free(times_ns);
}

int main(int argc, char **argv)
{
	struct micro m = {.iterations = 1000, .seconds = 2};
	int cpus = find_cpus();

	/* The operation exec starts this program again. */
	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 42;
	parse_arguments(&m, argc, argv);
	micro_pin(micro_cpus[0]);
	m.clock_cost_ns = clock_cost_ns();
	for (int i = 0; i < m.count; i++)
		if (m.operations[i]->cpus > cpus)
			die("%s needs %d CPUs", m.operations[i]->name, m.operations[i]->cpus);
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	series_begin("tare-micro");
	series_print("clock_cost", "", 0, &m.clock_cost_ns, 1);
	for (int i = 0; i < m.count; i++) {
		/* A forked process must not hold half of the output. */
		fflush(stdout);
		run_operation(&m, m.operations[i]);
	}
	return series_end();
}
