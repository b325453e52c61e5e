/* tare-noise: how much of every CPU's time something else takes from a program that computes, on
 * all CPUs at once, by two classical measures, and what that does to a bulk-synchronous code.
 *
 * Usage: tare-noise [--repetitions N] [--seconds S] [--steps STEPS]
 *
 * Each repetition has two phases of S seconds, in a pinned thread per CPU; a warm-up, which is not
 * counted, comes before.
 *   selfish detour  reads the clock again and again; where it took longer than a threshold,
 *                   something else ran. (Beckman et al., "Benchmarking the effects of operating
 *                   system interference on extreme-scale parallel machines", Cluster Computing
 *                   2008.) The threshold is 9 times the median of the readings, but no less than
 *                   1 us: the shortest reading says nothing where a clock has coarse steps.
 *   fixed work      the same STEPS of work (xorshift64*, a nanosecond or two each) again and
 *                   again; all that is longer than the shortest is noise. (Sottile & Minnich,
 *                   "Analysis of microbenchmarks for performance tuning of clusters", Cluster
 *                   2004: FWQ.)
 * Periods of the detours are found from when they began: noise_periods.h.
 * The steps of a bulk-synchronous code on n ranks take as long as the slowest of n such pieces of
 * work: noise_max.h. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "noise_max.h"
#include "noise_periods.h"
#include "work.h"

enum {
	CPUS_MOST = 4096,
	BINS = 48,
	PIECES_MOST = 200000,
	READINGS = 10001,
	TIMES_MOST = 20000,
	PERIODS_MOST = 8,
	SERIES_MOST = 64
};

/* What a CPU's thread found in one repetition. */
struct found {
	double detours, detour_ns, longest_ns, watched_ns;
	double *times_ns; /* of the first detours, from the begin */
	long times;
	double histogram[BINS]; /* detours of more than 2^(k-1) and at most 2^k ns */
	double *pieces_ns;
	long pieces;
};

struct shared {
	long repetitions, steps, cpus;
	double seconds;
	double loop_ns, threshold_ns;
	pthread_barrier_t barrier;
};

struct thread {
	pthread_t id;
	struct shared *shared;
	int cpu;
	struct found found;
	uint64_t left_over; /* the result of the work, so that it is not optimised away */
};

static int bin_of(double ns)
{
	int bin = (int)ceil(log2(ns));

	return bin < 0 ? 0 : bin < BINS ? bin : BINS - 1;
}

static void watch_clock(const struct shared *s, struct found *found)
{
	int64_t begun = kernel_clock_ns(), before = begun, now = begun;
	int64_t length = (int64_t)(s->seconds * 1e9);

	for (; now - begun < length; before = now) {
		now = kernel_clock_ns();
		double gap = (double)(now - before);
		if (gap <= s->threshold_ns)
			continue;
		found->detours++;
		if (found->times < TIMES_MOST)
			found->times_ns[found->times++] = (double)(before - begun);
		found->detour_ns += gap - s->loop_ns;
		found->longest_ns = fmax(found->longest_ns, gap);
		found->histogram[bin_of(gap)]++;
	}
	found->watched_ns = (double)(now - begun);
}

static void do_pieces(struct thread *t)
{
	struct found *found = &t->found;
	int64_t begun = kernel_clock_ns(), before = begun;
	int64_t length = (int64_t)(t->shared->seconds * 1e9);

	while (found->pieces < PIECES_MOST && before - begun < length) {
		t->left_over = work(t->left_over | 1, t->shared->steps);
		int64_t now = kernel_clock_ns();
		found->pieces_ns[found->pieces++] = (double)(now - before);
		before = now;
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
		kernel_die("cannot move to CPU %d", cpu);
}

/* The barriers: all phases of all CPUs begin at once; between repetitions the main thread reads
 * what was found. */
static void *run_thread(void *argument)
{
	struct thread *t = argument;
	struct shared *s = t->shared;

	pin(t->cpu);
	for (int64_t begun = kernel_clock_ns(); kernel_clock_ns() - begun < kernel_warm_up_ns;)
		t->left_over = work(t->left_over | 1, s->steps);
	for (long r = 0; r < s->repetitions; r++) {
		pthread_barrier_wait(&s->barrier);
		watch_clock(s, &t->found);
		pthread_barrier_wait(&s->barrier);
		do_pieces(t);
		pthread_barrier_wait(&s->barrier);
	}
	return NULL;
}

/* --- the results ------------------------------------------------------------------------------ */

enum { RANKS = 4 };
static const double ranks[RANKS] = {1e2, 1e3, 1e4, 1e5};

/* Per repetition, over all CPUs. */
struct results {
	double *work_noise, *detour_noise, *detours, *longest_us, *shortest_us, *pieces;
	double *slowdown[RANKS];
	double histogram[BINS];
	/* Of the first CPUs and repetitions, copies. */
	struct noise_times series[SERIES_MOST];
	long series_count;
	double span_ns; /* the longest that a CPU was watched for */
};

static void keep_times(struct results *out, const struct found *found)
{
	if (out->series_count == SERIES_MOST || found->times == 0)
		return;
	double *copy = kernel_touched(found->times, sizeof(*copy));
	memcpy(copy, found->times_ns, (size_t)found->times * sizeof(*copy));
	out->series[out->series_count++] = (struct noise_times){copy, found->times};
	out->span_ns = fmax(out->span_ns, found->watched_ns);
}

static void collect_detours(struct results *out, long r, const struct thread *threads, long cpus)
{
	double ns = 0, watched_ns = 0, count = 0, longest_ns = 0;

	for (long i = 0; i < cpus; i++) {
		const struct found *found = &threads[i].found;
		ns += found->detour_ns;
		watched_ns += found->watched_ns;
		count += found->detours;
		longest_ns = fmax(longest_ns, found->longest_ns);
		keep_times(out, found);
		for (int b = 0; b < BINS; b++)
			out->histogram[b] += found->histogram[b];
	}
	out->detour_noise[r] = 100 * ns / watched_ns;
	out->detours[r] = count / (watched_ns / 1e9);
	out->longest_us[r] = longest_ns / 1e3;
}

/* The shortest piece is each CPU's own: CPUs may differ in speed. */
static void collect_pieces(struct results *out, long r, struct thread *threads, long cpus)
{
	double *relative, sum = 0, shortest_ns = INFINITY;
	long count = 0;

	for (long i = 0; i < cpus; i++)
		count += threads[i].found.pieces;
	relative = kernel_touched(count, sizeof(*relative));
	count = 0;
	for (long i = 0; i < cpus; i++) {
		struct found *found = &threads[i].found;
		double own = INFINITY;
		for (long p = 0; p < found->pieces; p++)
			own = fmin(own, found->pieces_ns[p]);
		for (long p = 0; p < found->pieces; p++)
			relative[count++] = found->pieces_ns[p] / own;
		shortest_ns = fmin(shortest_ns, own);
	}
	qsort(relative, (size_t)count, sizeof(*relative), kernel_compare);
	for (long p = 0; p < count; p++)
		sum += relative[p];
	out->work_noise[r] = 100 * (sum / (double)count - 1);
	out->shortest_us[r] = shortest_ns / 1e3;
	out->pieces[r] = (double)count;
	for (int n = 0; n < RANKS; n++)
		out->slowdown[n][r] = noise_expected_max(relative, count, ranks[n]);
	free(relative);
}

static void forget(struct thread *threads, long cpus)
{
	for (long i = 0; i < cpus; i++)
		threads[i].found = (struct found){.pieces_ns = threads[i].found.pieces_ns,
			.times_ns = threads[i].found.times_ns};
}

/* Two significant digits, so that runs that found the same period say the same. */
static double rounded(double us)
{
	double unit = pow(10, floor(log10(us)) - 1);

	return round(us / unit) * unit;
}

/* By their length in us; of two that are the same the longer one. */
static void print_periods(const struct results *results)
{
	struct noise_period periods[PERIODS_MOST];
	double span_ns = results->span_ns;
	long count = span_ns > 0 ? noise_find_periods(results->series, results->series_count,
					   span_ns, periods, PERIODS_MOST)
				 : 0;

	for (long i = 0; i < count; i++)
		if (i == 0 || rounded(periods[i].period_us) != rounded(periods[i - 1].period_us))
			kernel_series("periods", "", rounded(periods[i].period_us),
				&periods[i].strength, 1);
}

static int print(const struct shared *s, const struct results *results)
{
	long n = s->repetitions;
	double threshold_us = s->threshold_ns / 1e3, cpus = (double)s->cpus;

	kernel_begin("tare-noise");
	kernel_series("work_noise", "", 0, results->work_noise, n);
	for (int i = 0; i < RANKS; i++)
		kernel_series("slowdown", "", ranks[i], results->slowdown[i], n);
	kernel_series("detour_noise", "", 0, results->detour_noise, n);
	kernel_series("detours", "", 0, results->detours, n);
	kernel_series("longest", "", 0, results->longest_us, n);
	for (int b = 0; b < BINS; b++)
		if (results->histogram[b] > 0)
			kernel_series("detour_lengths", "", b, &results->histogram[b], 1);
	print_periods(results);
	kernel_series("piece", "", 0, results->shortest_us, n);
	kernel_series("pieces", "", 0, results->pieces, n);
	kernel_series("threshold", "", 0, &threshold_us, 1);
	kernel_series("cpus", "", 0, &cpus, 1);
	return kernel_end();
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void calibrate(struct shared *s)
{
	static const double times = 9, least_ns = 1000;
	double *readings = kernel_touched(READINGS, sizeof(*readings));
	int64_t before = kernel_clock_ns();

	for (long i = 0; i < READINGS; i++) {
		int64_t now = kernel_clock_ns();
		readings[i] = (double)(now - before);
		before = now;
	}
	s->loop_ns = kernel_median(readings, READINGS);
	s->threshold_ns = fmax(times * s->loop_ns, least_ns);
	free(readings);
}

static void parse_arguments(struct shared *s, int argc, char **argv)
{
	static const struct option options[] = {{"repetitions", required_argument, NULL, 'r'},
		{"seconds", required_argument, NULL, 's'}, {"steps", required_argument, NULL, 'w'},
		{0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			s->repetitions = (long)kernel_number(optarg, 1, 1e4);
		else if (c == 's')
			s->seconds = kernel_number(optarg, 0.001, 3600);
		else if (c == 'w')
			s->steps = (long)kernel_number(optarg, 1, 1e9);
		else
			exit(2);
	}
	if (optind != argc)
		kernel_die("usage: tare-noise [--repetitions N] [--seconds S] [--steps STEPS]");
}

static long find_cpus(int *cpus)
{
	cpu_set_t set;
	long count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		kernel_die("cannot read the CPU affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && count < CPUS_MOST; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			cpus[count++] = cpu;
	return count;
}

static struct results results_new(long repetitions)
{
	struct results results = {0};
	double **arrays[] = {&results.work_noise, &results.detour_noise, &results.detours,
		&results.longest_us, &results.shortest_us, &results.pieces, &results.slowdown[0],
		&results.slowdown[1], &results.slowdown[2], &results.slowdown[3]};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		*arrays[i] = kernel_touched(repetitions, sizeof(double));
	return results;
}

int main(int argc, char **argv)
{
	static int cpus[CPUS_MOST];
	struct shared s = {.repetitions = 3, .seconds = 1, .steps = 50000};

	parse_arguments(&s, argc, argv);
	s.cpus = find_cpus(cpus);
	calibrate(&s);
	struct results results = results_new(s.repetitions);
	struct thread *threads = kernel_touched(s.cpus, sizeof(*threads));
	memset(threads, 0, (size_t)s.cpus * sizeof(*threads));
	pthread_barrier_init(&s.barrier, NULL, (unsigned)s.cpus + 1);
	for (long i = 0; i < s.cpus; i++) {
		threads[i].shared = &s;
		threads[i].cpu = cpus[i];
		threads[i].found.pieces_ns = kernel_touched(PIECES_MOST, sizeof(double));
		threads[i].found.times_ns = kernel_touched(TIMES_MOST, sizeof(double));
		if (pthread_create(&threads[i].id, NULL, run_thread, &threads[i]) != 0)
			kernel_die("cannot start a thread");
	}
	for (long r = 0; r < s.repetitions; r++) {
		forget(threads, s.cpus);
		for (int barrier = 0; barrier < 3; barrier++)
			pthread_barrier_wait(&s.barrier);
		collect_detours(&results, r, threads, s.cpus);
		collect_pieces(&results, r, threads, s.cpus);
	}
	for (long i = 0; i < s.cpus; i++)
		pthread_join(threads[i].id, NULL);
	return print(&s, &results);
}
