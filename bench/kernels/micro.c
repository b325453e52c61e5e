/* tare-micro: the cost of single operations of the operating system, after lmbench and virtbench.
 * Decides how often each operation is run and how a sample is timed; knows nothing about what the
 * operations do.
 *
 * Usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]
 *
 * Every operation is warmed up, which is not counted, and then repeated for S seconds; of the
 * samples taken, N or fewer are recorded, evenly spread over that time. With S = 0 there are N
 * samples, one immediately after the other.
 *
 * An operation of at least 50 clock readings is timed alone, so that its percentiles are those of
 * single operations. A shorter one is timed in batches that last at least 400 readings; a sample
 * is then the mean of its batch. Status 1 and no numbers if an operation had a wrong result. */
#include "micro.h"

#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "micro_cpus.h"

enum { OPERATIONS_MAX = 32, ALONE_READINGS = 50, BATCH_READINGS = 400, TRIES = 20 };

struct micro {
	const struct operation *operations[OPERATIONS_MAX];
	int count;
	long iterations;
	double seconds, clock_cost_ns;
	double elapsed_s; /* of all measured phases */
};

static const struct operation *find_operation(const char *name)
{
	for (const struct operation *o = micro_operations; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	kernel_die("unknown operation \"%s\"", name);
}

static void add_operations(struct micro *m, char *names)
{
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		if (m->count == OPERATIONS_MAX)
			kernel_die("more than %d operations", OPERATIONS_MAX);
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
			m->iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 's')
			m->seconds = kernel_number(optarg, 0, 3600);
		else
			exit(2);
	}
	if (optind != argc || m->count == 0)
		kernel_die("usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]");
}

/* The time of what is measured, in ns: the mean of a batch, timed together. */
static double sample_ns(const struct operation *o, long batch)
{
	int64_t before;

	if (o->sample_ns)
		return o->sample_ns();
	if (o->prepare)
		o->prepare(batch);
	before = kernel_clock_ns();
	o->run(batch);
	return (double)(kernel_clock_ns() - before) / (double)batch / (o->parts ? o->parts : 1);
}

/* The fastest of a few tries: a slow one may have lost its CPU. */
static double fastest_ns(const struct operation *o, long batch)
{
	double fastest = HUGE_VAL;

	for (int i = 0; i < TRIES; i++)
		fastest = fmin(fastest, sample_ns(o, batch));
	return fastest;
}

/* The number of operations in a sample. */
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

/* The time from one sample to the next, in the second half of the warm-up. */
static double warm_up_ns(const struct operation *o, long batch)
{
	int64_t start_ns = kernel_clock_ns(), from_ns = start_ns, now_ns;
	long samples = 0;

	do {
		sample_ns(o, batch);
		now_ns = kernel_clock_ns();
		if (now_ns - start_ns < kernel_warm_up_ns / 2)
			from_ns = now_ns;
		else
			samples++;
	} while (now_ns - start_ns < kernel_warm_up_ns);
	return (double)(now_ns - from_ns) / (double)samples;
}

/* Records the samples of the plan, and repeats the operation until the time is over. */
static long measure(struct micro *m, const struct operation *o, long batch, struct kernel_plan plan,
	double *times_ns)
{
	int64_t start_ns = kernel_clock_ns(), limit_ns = start_ns + (int64_t)(m->seconds * 1e9);
	long count = 0, done = 0;

	for (;;) {
		double time_ns = sample_ns(o, batch);

		if (++done % plan.every == 0 && count < m->iterations)
			times_ns[count++] = time_ns;
		if (m->seconds > 0 ? kernel_clock_ns() >= limit_ns : count == m->iterations)
			break;
	}
	m->elapsed_s += (double)(kernel_clock_ns() - start_ns) * 1e-9;
	if (count == 0)
		kernel_die("%s: no sample in %g s", o->name, m->seconds);
	return count;
}

static void run_operation(struct micro *m, const struct operation *o)
{
	double *times_ns = kernel_touched(m->iterations, sizeof(*times_ns)), batch, p99;
	struct kernel_plan plan;
	long count;

	if (o->start)
		o->start();
	batch = (double)find_batch(m, o);
	plan = kernel_plan_phase(m->seconds, warm_up_ns(o, (long)batch), m->iterations);
	count = measure(m, o, (long)batch, plan, times_ns);
	if (o->stop)
		o->stop();
	kernel_series(o->name, "", 0, times_ns, count);
	kernel_series(o->name, "_batch", 0, &batch, 1);
	/* A percentile needs at least one value beyond it. */
	if (count >= 100) {
		qsort(times_ns, (size_t)count, sizeof(*times_ns), kernel_compare);
		p99 = kernel_percentile(times_ns, count, 0.99);
		kernel_series(o->name, "_p99", 0, &p99, 1);
	}
	free(times_ns);
}

int main(int argc, char **argv)
{
	struct micro m = {.iterations = 1000, .seconds = 2};
	int cpus = micro_find_cpus();

	/* How the operation exec starts this program. */
	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 42;
	parse_arguments(&m, argc, argv);
	micro_pin(micro_cpus[0]);
	m.clock_cost_ns = kernel_clock_cost_ns();
	for (int i = 0; i < m.count; i++)
		if (m.operations[i]->cpus > cpus)
			kernel_die(
				"%s needs %d CPUs", m.operations[i]->name, m.operations[i]->cpus);
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	kernel_begin("tare-micro");
	kernel_series("clock_cost", "", 0, &m.clock_cost_ns, 1);
	for (int i = 0; i < m.count; i++) {
		/* A forked process must not inherit buffered output. */
		fflush(stdout);
		run_operation(&m, m.operations[i]);
	}
	kernel_series("elapsed", "", 0, &m.elapsed_s, 1);
	return kernel_end();
}
