/* tare-lockhold: threads that take one lock in turn, and how long each acquisition waited, in
 * cycles of the time stamp counter: the effect of preempting the lock's holder, or the next waiter.
 * Knows nothing of virtual machines.
 *
 * Usage: tare-lockhold --lock NAME [--threads N] [--critical STEPS] [--outside STEPS]
 *                      [--repetitions N] [--seconds S]
 *
 * A warm-up, which is not counted, comes before N repetitions of S seconds each.
 *
 * Each thread is pinned to its CPU (to the CPUs in turn if there are more threads) and does fixed
 * work inside and outside of the lock: steps of xorshift64*, a nanosecond or two each. What the
 * lock protects is a counter that is not atomic; a lost addition means that two threads held the
 * lock at once, and the program ends with status 1 and no numbers. */
#include "locks.h"

#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "kernel.h"
#include "work.h"

enum { THREADS_MAX = 1024, BINS = 64 };

struct shared {
	const struct lock *lock;
	long threads, critical, outside, repetitions;
	double seconds;
	pthread_barrier_t barrier;
	bool stop;
};

/* The counts of one thread in one repetition. Bin k has the waits of more than 2^(k-1) and at most
 * 2^k cycles. */
struct tally {
	double waits[BINS], cycles[BINS];
	double acquisitions,
		own_cycles; /* the whole time, from its first to its last acquisition */
};

struct thread {
	pthread_t id;
	struct shared *shared;
	int cpu;
	struct tally *tallies; /* of the warm-up, then of each repetition */
	struct lock_node node;
	uint64_t left_over; /* the result of the work outside, so that it is not optimised away */
};

/* What the lock protects, on a separate cache line. */
static struct {
	_Alignas(64) volatile uint64_t counter;
	volatile uint64_t value;
} guarded;

/* The time stamp counter, read after all earlier loads. (Not every x86-64 CPU has RDTSCP.) */
static uint64_t cycles(void)
{
	_mm_lfence();
	return __rdtsc();
}

static int bin_of(uint64_t waited)
{
	return waited <= 1 ? 0 : 64 - __builtin_clzll(waited - 1);
}

static void take_turns(struct thread *t, struct tally *tally)
{
	struct shared *s = t->shared;
	uint64_t x = (uint64_t)t->cpu + 88172645463325252u, first = cycles(), before, got;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		before = cycles();
		s->lock->acquire(&t->node);
		got = cycles();
		guarded.counter = guarded.counter + 1;
		guarded.value = work(guarded.value | 1, s->critical);
		s->lock->release(&t->node);
		if (got < before)
			kernel_die("the time stamp counter went backwards on CPU %d", t->cpu);
		tally->waits[bin_of(got - before) % BINS]++;
		tally->cycles[bin_of(got - before) % BINS] += (double)(got - before);
		tally->acquisitions++;
		x = work(x | 1, s->outside);
	}
	tally->own_cycles = (double)(cycles() - first);
	t->left_over = x;
}

static void *run_thread(void *argument)
{
	struct thread *t = argument;

	for (long r = 0; r <= t->shared->repetitions; r++) {
		pthread_barrier_wait(&t->shared->barrier);
		take_turns(t, &t->tallies[r]);
		pthread_barrier_wait(&t->shared->barrier);
	}
	return NULL;
}

static void parse_arguments(struct shared *s, int argc, char **argv)
{
	static const struct option options[] = {{"lock", required_argument, NULL, 'l'},
		{"threads", required_argument, NULL, 't'},
		{"critical", required_argument, NULL, 'c'},
		{"outside", required_argument, NULL, 'o'},
		{"repetitions", required_argument, NULL, 'r'},
		{"seconds", required_argument, NULL, 's'}, {0}};
	const char *name = "";
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l')
			name = optarg;
		else if (c == 't')
			s->threads = (long)kernel_number(optarg, 0, THREADS_MAX);
		else if (c == 'c')
			s->critical = (long)kernel_number(optarg, 0, 1e9);
		else if (c == 'o')
			s->outside = (long)kernel_number(optarg, 0, 1e9);
		else if (c == 'r')
			s->repetitions = (long)kernel_number(optarg, 1, 1e4);
		else if (c == 's')
			s->seconds = kernel_number(optarg, 0.001, 3600);
		else
			exit(2);
	}
	for (s->lock = locks; s->lock->name && strcmp(s->lock->name, name) != 0; s->lock++)
		;
	if (!s->lock->name || optind != argc)
		kernel_die(
			"usage: tare-lockhold --lock test-and-set|ticket|mcs|futex [--threads N]\n"
			"    [--critical STEPS] [--outside STEPS] [--repetitions N] [--seconds S]");
}

/* Fills cpus with the allowed ones; returns how many. */
static int find_cpus(int *cpus)
{
	cpu_set_t set;
	int count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		kernel_die("cannot read the CPU affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			cpus[count++] = cpu;
	return count;
}

static void start(struct thread *t, struct shared *shared, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;

	t->shared = shared;
	t->cpu = cpu;
	t->tallies = kernel_touched(shared->repetitions + 1, sizeof(*t->tallies));
	memset(t->tallies, 0, ((size_t)shared->repetitions + 1) * sizeof(*t->tallies));
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	pthread_attr_init(&attributes);
	if (pthread_attr_setaffinity_np(&attributes, sizeof(set), &set) != 0 ||
		pthread_create(&t->id, &attributes, run_thread, t) != 0)
		kernel_die("cannot start a thread on CPU %d", cpu);
	pthread_attr_destroy(&attributes);
}

/* The length of one repetition by both clocks. */
struct span {
	double seconds, cycles;
};

static struct span run_once(struct shared *s, double seconds)
{
	const struct timespec length = {
		(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	int64_t before_ns;
	uint64_t before;

	__atomic_store_n(&s->stop, false, __ATOMIC_RELAXED);
	pthread_barrier_wait(&s->barrier);
	before_ns = kernel_clock_ns();
	before = cycles();
	nanosleep(&length, NULL);
	__atomic_store_n(&s->stop, true, __ATOMIC_RELAXED);
	pthread_barrier_wait(&s->barrier);
	return (struct span){
		(double)(kernel_clock_ns() - before_ns) * 1e-9, (double)(cycles() - before)};
}

/* The counters of a repetition, summed over the threads; and the fairness, Jain's index: 1 if all
 * got the lock equally often, 1/threads if a single one had it always. */
static struct tally sum_up(const struct thread *threads, long count, long r, double *fairness)
{
	struct tally sum = {0};
	double squares = 0;

	for (long t = 0; t < count; t++) {
		const struct tally *one = &threads[t].tallies[r + 1];

		for (int k = 0; k < BINS; k++) {
			sum.waits[k] += one->waits[k];
			sum.cycles[k] += one->cycles[k];
		}
		sum.acquisitions += one->acquisitions;
		sum.own_cycles += one->own_cycles;
		squares += one->acquisitions * one->acquisitions;
	}
	*fairness =
		squares > 0 ? sum.acquisitions * sum.acquisitions / ((double)count * squares) : 0;
	return sum;
}

static double total(const double *values)
{
	double sum = 0;

	for (int k = 0; k < BINS; k++)
		sum += values[k];
	return sum;
}

/* The upper bound of the percentile's bin. */
static double bound_of(const struct tally *tally, double fraction)
{
	double below = 0;

	for (int k = 0; k < BINS; k++) {
		below += tally->waits[k];
		if (below >= fraction * tally->acquisitions)
			return (double)(1ull << (k > 62 ? 62 : k));
	}
	return 0;
}

/* Every scalar, one value per repetition; then the histograms of all repetitions together. */
static void print_results(
	const struct shared *s, const struct thread *threads, const struct span *spans)
{
	enum { RATE, WAIT, SHARE, P99, FAIRNESS, TSC, ELAPSED, SCALARS };
	static const char *const names[SCALARS] = {"acquisitions", "wait_mean", "spin_share",
		"wait_p99", "fairness", "tsc_rate", "elapsed"};
	double *values[SCALARS];
	struct tally all = {0};

	for (int i = 0; i < SCALARS; i++)
		values[i] = kernel_touched(s->repetitions, sizeof(double));
	for (long r = 0; r < s->repetitions; r++) {
		struct tally sum = sum_up(threads, s->threads, r, &values[FAIRNESS][r]);

		values[RATE][r] = sum.acquisitions / spans[r].seconds;
		values[WAIT][r] = total(sum.cycles) / sum.acquisitions;
		values[SHARE][r] = 100 * total(sum.cycles) / sum.own_cycles;
		values[P99][r] = bound_of(&sum, 0.99);
		values[TSC][r] = spans[r].cycles / spans[r].seconds * 1e-6;
		values[ELAPSED][r] = spans[r].seconds;
		for (int k = 0; k < BINS; k++) {
			all.waits[k] += sum.waits[k];
			all.cycles[k] += sum.cycles[k];
		}
		all.acquisitions += sum.acquisitions;
	}
	for (int i = 0; i < SCALARS; i++) {
		kernel_series(names[i], "", 0, values[i], s->repetitions);
		free(values[i]);
	}
	for (int k = 0; k < BINS; k++) {
		double waits = 100 * all.waits[k] / all.acquisitions;
		double spent = 100 * all.cycles[k] / (total(all.cycles) + 1e-9);

		if (all.waits[k] == 0)
			continue;
		kernel_series("waits", "", k, &all.waits[k], 1);
		kernel_series("waits_share", "", k, &waits, 1);
		kernel_series("waited_share", "", k, &spent, 1);
	}
}

int main(int argc, char **argv)
{
	static struct thread threads[THREADS_MAX];
	static int cpus[CPU_SETSIZE];
	struct shared s = {.critical = 500, .outside = 1000, .repetitions = 5, .seconds = 1};
	double acquisitions = 0;
	struct span *spans;
	int cpu_count = find_cpus(cpus);

	parse_arguments(&s, argc, argv);
	if (s.threads == 0)
		s.threads = cpu_count < THREADS_MAX ? cpu_count : THREADS_MAX;
	spans = kernel_touched(s.repetitions, sizeof(*spans));
	pthread_barrier_init(&s.barrier, NULL, (unsigned)s.threads + 1);
	for (long t = 0; t < s.threads; t++)
		start(&threads[t], &s, cpus[t % cpu_count]);
	run_once(&s, (double)kernel_warm_up_ns * 1e-9);
	for (long r = 0; r < s.repetitions; r++)
		spans[r] = run_once(&s, s.seconds);
	for (long t = 0; t < s.threads; t++) {
		pthread_join(threads[t].id, NULL);
		for (long r = 0; r <= s.repetitions; r++)
			acquisitions += threads[t].tallies[r].acquisitions;
	}
	if ((double)guarded.counter != acquisitions || acquisitions < 1)
		kernel_die("two threads held the lock %s at once: %.0f of %.0f additions",
			s.lock->name, (double)guarded.counter, acquisitions);
	kernel_begin("tare-lockhold");
	print_results(&s, threads, spans);
	return kernel_end();
}
