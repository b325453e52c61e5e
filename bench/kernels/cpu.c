/* tare-cpu: integer and floating-point work on every allowed CPU at once, one pinned thread each,
 * in registers only. Knows nothing of virtual machines.
 *
 * Usage: tare-cpu [--iterations N] [--seconds S] [--work UNITS] [--threads N]
 *
 * An iteration has an integer and a floating-point phase; a phase starts at a barrier and lasts
 * until the last thread is done. A warm-up of each phase, which is not counted, determines the work
 * of an iteration, so that N of them take S seconds per phase; if they take less after all, more
 * follow, up to 2 N. With --work the work is fixed instead, and there are N iterations. Every unit
 * of work starts from the same state, so its checksum is known beforehand: IEEE arithmetic in a
 * fixed order has only one right result. A wrong one ends the program with status 1 and no numbers.
 *
 * integer: 4 independent xorshift64* generators (Vigna 2016), 8 operations a step each.
 * floating: 8 independent plane rotations, 6 operations a step each; they keep the norm, so that
 * no error dies out and no value becomes denormal. */
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

enum { INTEGER_STREAMS = 4, FLOATING_PAIRS = 4, THREADS_MAX = 4096 };
/* Steps of one unit. Fewer of the floating kind, which an emulated CPU computes in software. */
enum { INTEGER_STEPS = 250000, FLOATING_STEPS = 100000 };
enum { INTEGER, FLOATING, PHASES };

struct phase {
	const char *rate, *work; /* metrics */
	double operations; /* of one unit */
	uint64_t (*unit)(void);
	uint64_t checksum; /* what unit returns on a machine that computes correctly */
};

struct shared {
	long iterations, threads;
	double seconds; /* of each phase, in all iterations; ignored if work is fixed */
	bool fixed;
	long work[PHASES]; /* units of one iteration, once they are known */
	long done; /* iterations */
	bool over;
	pthread_barrier_t barrier;
};

struct thread {
	pthread_t id;
	struct shared *shared;
	int cpu;
	bool first, wrong;
	double unit_ns[PHASES]; /* one unit in the warm-up */
	int64_t (*started_ns)[PHASES], (*ended_ns)[PHASES]; /* of each iteration */
};

static struct thread threads[THREADS_MAX];

static uint64_t integer_unit(void)
{
	uint64_t x[INTEGER_STREAMS], sum[INTEGER_STREAMS] = {0}, all = 0;

	for (int i = 0; i < INTEGER_STREAMS; i++)
		x[i] = 0x9E3779B97F4A7C15u * (uint64_t)(i + 1);
	for (int step = 0; step < INTEGER_STEPS; step++) {
		for (int i = 0; i < INTEGER_STREAMS; i++) {
			x[i] ^= x[i] >> 12;
			x[i] ^= x[i] << 25;
			x[i] ^= x[i] >> 27;
			sum[i] += x[i] * 0x2545F4914F6CDD1Du;
		}
	}
	for (int i = 0; i < INTEGER_STREAMS; i++)
		all = all * 31 + sum[i];
	return all;
}

/* Two streams in one SSE register, explicitly: not every compiler would vectorise this. */
typedef double pair __attribute__((vector_size(16)));

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static uint64_t floating_unit(void)
{
	const double cosine = 0.8, sine = 0.6;
	pair x[FLOATING_PAIRS], y[FLOATING_PAIRS];
	uint64_t all = 0;

	for (int i = 0; i < FLOATING_PAIRS; i++) {
		x[i] = (pair){1.0 / (2 * i + 1), 1.0 / (2 * i + 2)};
		y[i] = (pair){0.0, 0.0};
	}
	for (int step = 0; step < FLOATING_STEPS; step++) {
		for (int i = 0; i < FLOATING_PAIRS; i++) {
			pair turned = cosine * x[i] - sine * y[i];

			y[i] = sine * x[i] + cosine * y[i];
			x[i] = turned;
		}
	}
	for (int i = 0; i < FLOATING_PAIRS; i++) {
		for (int half = 0; half < 2; half++) {
			all = all * 31 + bits_of(x[i][half]);
			all = all * 31 + bits_of(y[i][half]);
		}
	}
	return all;
}

static const struct phase phases[PHASES] = {
	[INTEGER] = {"integer_rate", "integer_work", 8.0 * (INTEGER_STREAMS * INTEGER_STEPS),
		integer_unit, 0xD2A5CA1569C851A3u},
	[FLOATING] = {"floating_rate", "floating_work", 6.0 * 2 * (FLOATING_PAIRS * FLOATING_STEPS),
		floating_unit, 0x3AF43A683039CBF3u},
};

/* Called through a volatile pointer, because a compiler that sees that every unit is the same
 * might compute it once. */
static void run_units(struct thread *thread, const struct phase *phase, long count)
{
	uint64_t (*volatile unit)(void) = phase->unit;

	for (long i = 0; i < count; i++)
		if (unit() != phase->checksum)
			thread->wrong = true;
}

/* All threads at once, as later. The units that end in the second half are the ones that count. */
static void warm_up(struct thread *thread, int p)
{
	int64_t start_ns, from_ns, now_ns;
	long units = 0;

	pthread_barrier_wait(&thread->shared->barrier);
	start_ns = from_ns = kernel_clock_ns();
	do {
		run_units(thread, &phases[p], 1);
		now_ns = kernel_clock_ns();
		if (now_ns - start_ns < kernel_warm_up_ns / 2)
			from_ns = now_ns;
		else
			units++;
	} while (now_ns - start_ns < kernel_warm_up_ns);
	thread->unit_ns[p] = (double)(now_ns - from_ns) / (double)units;
}

/* The slowest thread decides: a phase lasts until it is done. */
static void calibrate(struct shared *shared)
{
	for (int p = 0; p < PHASES && !shared->fixed; p++) {
		double slowest_ns = 0, units;

		for (long t = 0; t < shared->threads; t++)
			if (threads[t].unit_ns[p] > slowest_ns)
				slowest_ns = threads[t].unit_ns[p];
		units = shared->seconds * 1e9 / (double)shared->iterations / slowest_ns;
		shared->work[p] = (long)units + 1;
	}
}

/* From the first start of phase `from` to the last end of phase `to` in iteration i. */
static double span_s(const struct shared *shared, long i, int from, int to)
{
	int64_t first = threads[0].started_ns[i][from], last = threads[0].ended_ns[i][to];

	for (long t = 1; t < shared->threads; t++) {
		if (threads[t].started_ns[i][from] < first)
			first = threads[t].started_ns[i][from];
		if (threads[t].ended_ns[i][to] > last)
			last = threads[t].ended_ns[i][to];
	}
	return (double)(last - first) * 1e-9;
}

static bool is_over(const struct shared *shared)
{
	if (shared->done < shared->iterations)
		return false;
	if (shared->fixed || shared->done == 2 * shared->iterations)
		return true;
	for (int p = 0; p < PHASES; p++) {
		double spent_s = 0;

		for (long i = 0; i < shared->done; i++)
			spent_s += span_s(shared, i, p, p);
		if (spent_s < shared->seconds)
			return false;
	}
	return true;
}

/* Between two barriers, one thread decides for all. */
static void *run_thread(void *argument)
{
	struct thread *thread = argument;
	struct shared *shared = thread->shared;

	for (int p = 0; p < PHASES; p++)
		warm_up(thread, p);
	pthread_barrier_wait(&shared->barrier);
	if (thread->first)
		calibrate(shared);
	for (long i = 0; !shared->over; i++) {
		for (int p = 0; p < PHASES; p++) {
			pthread_barrier_wait(&shared->barrier);
			thread->started_ns[i][p] = kernel_clock_ns();
			run_units(thread, &phases[p], shared->work[p]);
			thread->ended_ns[i][p] = kernel_clock_ns();
		}
		pthread_barrier_wait(&shared->barrier);
		if (thread->first) {
			shared->done = i + 1;
			shared->over = is_over(shared);
		}
		pthread_barrier_wait(&shared->barrier);
	}
	return NULL;
}

static void start(struct thread *thread, struct shared *shared, int cpu)
{
	long most = 2 * shared->iterations;
	pthread_attr_t attributes;
	cpu_set_t set;
	int status;

	*thread = (struct thread){.shared = shared, .cpu = cpu, .first = thread == threads};
	thread->started_ns = kernel_touched(most, sizeof(*thread->started_ns));
	thread->ended_ns = kernel_touched(most, sizeof(*thread->ended_ns));
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	pthread_attr_init(&attributes);
	status = pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	if (status == 0)
		status = pthread_create(&thread->id, &attributes, run_thread, thread);
	pthread_attr_destroy(&attributes);
	/* The threads before wait at the barrier: exit ends them. */
	if (status != 0)
		kernel_die("thread on CPU %d: %s", cpu, strerror(status));
}

static void print_results(const struct shared *shared)
{
	double *values = kernel_touched(shared->done, sizeof(*values));

	kernel_begin("tare-cpu");
	for (int p = 0; p < PHASES; p++) {
		double operations =
			phases[p].operations * (double)shared->work[p] * (double)shared->threads;

		for (long i = 0; i < shared->done; i++)
			values[i] = operations / span_s(shared, i, p, p) / 1e6;
		kernel_series(phases[p].rate, "", 0, values, shared->done);
	}
	for (long i = 0; i < shared->done; i++)
		values[i] = span_s(shared, i, 0, PHASES - 1);
	kernel_series("elapsed", "", 0, values, shared->done);
	for (int p = 0; p < PHASES; p++) {
		values[0] = (double)shared->work[p];
		kernel_series(phases[p].work, "", 0, values, 1);
	}
	free(values);
}

/* The allowed CPUs, in order; returns how many (at most THREADS_MAX). */
static long allowed_cpus(int *cpus)
{
	cpu_set_t set;
	long count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE && count < THREADS_MAX; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			cpus[count++] = cpu;
	return count;
}

static int run(struct shared *shared)
{
	static int cpus[THREADS_MAX];
	long allowed = allowed_cpus(cpus);

	if (shared->threads == 0)
		shared->threads = allowed;
	if (shared->threads < 1 || shared->threads > allowed)
		kernel_die("%ld threads, but %ld CPUs are allowed", shared->threads, allowed);
	pthread_barrier_init(&shared->barrier, NULL, (unsigned)shared->threads);
	for (long t = 0; t < shared->threads; t++)
		start(&threads[t], shared, cpus[t]);
	for (long t = 0; t < shared->threads; t++)
		pthread_join(threads[t].id, NULL);
	for (long t = 0; t < shared->threads; t++)
		if (threads[t].wrong)
			kernel_die("wrong result on CPU %d", threads[t].cpu);
	print_results(shared);
	return kernel_end();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"iterations", required_argument, NULL, 'i'},
		{"seconds", required_argument, NULL, 's'}, {"work", required_argument, NULL, 'w'},
		{"threads", required_argument, NULL, 't'}, {0}};
	struct shared shared = {.iterations = 5, .seconds = 2};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'i')
			shared.iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (option == 's')
			shared.seconds = kernel_number(optarg, 0.001, 3600);
		else if (option == 'w')
			shared.work[INTEGER] = (long)kernel_number(optarg, 1, 1e9);
		else if (option == 't')
			shared.threads = (long)kernel_number(optarg, 0, THREADS_MAX);
		else
			return 2;
	}
	if (optind != argc)
		kernel_die("usage: tare-cpu [--iterations N] [--seconds S] [--work UNITS] "
			   "[--threads N]");
	shared.fixed = shared.work[INTEGER] > 0;
	shared.work[FLOATING] = shared.work[INTEGER];
	return run(&shared);
}
