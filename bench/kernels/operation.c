/* Times single operations: see operation.h. */
#include "operation.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

enum { ALONE_READINGS = 50, BATCH_READINGS = 400, TRIES = 20 };

/* One operation that is being timed. */
struct timing {
	const struct operation_plan *plan;
	const struct operation *operation;
	double done;
};

static const struct operation *find(const struct operation *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	kernel_die("unknown operation \"%s\"", name);
}

static void add_operations(
	struct operation_request *request, const struct operation *table, char *names)
{
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		if (request->count == OPERATIONS_MAX)
			kernel_die("more than %d operations", OPERATIONS_MAX);
		request->operations[request->count++] = find(table, name);
	}
}

struct operation_request operation_arguments(
	const char *program, const struct operation *table, int argc, char **argv)
{
	static const struct option options[] = {{"operations", required_argument, NULL, 'o'},
		{"iterations", required_argument, NULL, 'i'},
		{"seconds", required_argument, NULL, 's'}, {"count", required_argument, NULL, 'c'},
		{0}};
	struct operation_request request = {.plan = {.iterations = 1000, .seconds = 2}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			add_operations(&request, table, optarg);
		else if (c == 'i')
			request.plan.iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 's')
			request.plan.seconds = kernel_number(optarg, 0, 3600);
		else if (c == 'c')
			request.plan.count = (long)kernel_number(optarg, 0, 1e9);
		else
			exit(2);
	}
	if (optind != argc || request.count == 0)
		kernel_die("usage: %s --operations NAME,… [--iterations N] [--seconds S] "
			   "[--count K]",
			program);
	return request;
}

static int parts_of(const struct operation *o)
{
	return o->parts ? o->parts : 1;
}

/* The time of what is measured, in ns: the mean of a batch, timed together. */
static double sample_ns(struct timing *t, long batch)
{
	const struct operation *o = t->operation;
	int64_t before;

	t->done += (double)batch;
	if (o->sample_ns)
		return o->sample_ns();
	if (o->prepare)
		o->prepare(batch);
	before = kernel_clock_ns();
	o->run(batch);
	return (double)(kernel_clock_ns() - before) / (double)batch / parts_of(o);
}

/* The fastest of a few tries: a slow one may have lost its CPU. */
static double fastest_ns(struct timing *t, long batch)
{
	double fastest = HUGE_VAL;

	for (int i = 0; i < TRIES; i++)
		fastest = fmin(fastest, sample_ns(t, batch));
	return fastest;
}

/* The number of operations in a sample. */
static long find_batch(struct timing *t)
{
	const struct operation *o = t->operation;
	double alone_ns = ALONE_READINGS * t->plan->clock_cost_ns;
	double least_ns = BATCH_READINGS * t->plan->clock_cost_ns, operation_ns;
	long batch = 1;

	if (o->sample_ns || fastest_ns(t, 1) * parts_of(o) >= alone_ns)
		return 1;
	for (;;) {
		operation_ns = fastest_ns(t, batch) * parts_of(o);
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
static double warm_up_ns(struct timing *t, long batch)
{
	int64_t start_ns = kernel_clock_ns(), from_ns = start_ns, now_ns;
	long samples = 0;

	do {
		sample_ns(t, batch);
		now_ns = kernel_clock_ns();
		if (now_ns - start_ns < kernel_warm_up_ns / 2)
			from_ns = now_ns;
		else
			samples++;
	} while (now_ns - start_ns < kernel_warm_up_ns);
	return (double)(now_ns - from_ns) / (double)samples;
}

/* Records the samples of the plan, and repeats the operation until the time is over. */
static void measure(struct timing *t, struct kernel_plan plan, struct operation_result *result)
{
	double seconds = t->plan->seconds;
	int64_t limit_ns = kernel_clock_ns() + (int64_t)(seconds * 1e9);

	for (long done = 1;; done++) {
		double time_ns = sample_ns(t, result->batch);

		if (done % plan.every == 0 && result->samples < t->plan->iterations)
			result->times_ns[result->samples++] = time_ns;
		if (seconds > 0 ? kernel_clock_ns() >= limit_ns
				: result->samples == t->plan->iterations)
			break;
	}
	if (result->samples == 0)
		kernel_die("%s: no sample in %g s", t->operation->name, seconds);
}

/* Exactly `count` operations; the last sample may be a shorter batch. */
static void measure_count(struct timing *t, long count, struct operation_result *result)
{
	for (long next = 0; next < count; next += result->batch) {
		long batch = count - next < result->batch ? count - next : result->batch;
		result->times_ns[result->samples++] = sample_ns(t, batch);
	}
}

/* So many that no more samples than asked for are taken. */
static long batch_of_count(const struct timing *t, long count)
{
	const struct operation *o = t->operation;

	if (o->only)
		return o->batch_most;
	long batch = (count + t->plan->iterations - 1) / t->plan->iterations;
	return o->sample_ns ? 1 : o->batch_most && batch > o->batch_most ? o->batch_most : batch;
}

struct operation_result operation_run(const struct operation_plan *plan, const struct operation *o)
{
	struct timing t = {plan, o, 0};
	long count = o->only ? o->only : plan->count;
	struct operation_result result = {0};
	int64_t begun_ns;

	if (o->start)
		o->start();
	if (count) {
		result.batch = batch_of_count(&t, count);
		result.times_ns = kernel_touched(
			(count + result.batch - 1) / result.batch, sizeof(*result.times_ns));
		begun_ns = kernel_clock_ns();
		measure_count(&t, count, &result);
	} else {
		result.batch = find_batch(&t);
		result.times_ns = kernel_touched(plan->iterations, sizeof(*result.times_ns));
		double call_ns = warm_up_ns(&t, result.batch);
		begun_ns = kernel_clock_ns();
		measure(&t, kernel_plan_phase(plan->seconds, call_ns, plan->iterations), &result);
	}
	result.elapsed_s = (double)(kernel_clock_ns() - begun_ns) * 1e-9;
	if (o->stop)
		o->stop();
	result.done = t.done;
	return result;
}

void operation_print(const struct operation *o, struct operation_result *result)
{
	double batch = (double)result->batch, p99;

	kernel_series(o->name, "", 0, result->times_ns, result->samples);
	kernel_series(o->name, "_batch", 0, &batch, 1);
	/* A percentile needs at least one value beyond it. */
	if (result->samples >= 100) {
		qsort(result->times_ns, (size_t)result->samples, sizeof(double), kernel_compare);
		p99 = kernel_percentile(result->times_ns, result->samples, 0.99);
		kernel_series(o->name, "_p99", 0, &p99, 1);
	}
	free(result->times_ns);
	result->times_ns = NULL;
}
