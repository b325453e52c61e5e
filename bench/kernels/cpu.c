/* tare-cpu: fixed integer and floating-point work on every allowed CPU at once, one pinned thread
 * each, in registers only. Knows nothing of virtual machines.
 *
 * Usage: tare-cpu [--iterations N] [--work UNITS] [--threads N]
 *
 * An iteration has an integer and a floating-point phase; a phase starts at a barrier and lasts
 * until the last thread is done. Every unit of work starts from the same state, so its checksum
 * is known beforehand: IEEE arithmetic in a fixed order has only one right result. A wrong one
 * ends the program with status 1 and no numbers.
 *
 * integer: 4 independent xorshift64* generators (Vigna 2016), 8 operations a step each.
 * floating: 8 independent plane rotations, 6 operations a step each; they keep the norm, so that
 * no error dies out and no value becomes denormal. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INTEGER_STREAMS = 4, FLOATING_PAIRS = 4, THREADS_MAX = 4096 };
/* Steps of one unit. Fewer of the floating kind, which an emulated CPU computes in software. */
enum { INTEGER_STEPS = 250000, FLOATING_STEPS = 100000 };
enum { INTEGER, FLOATING, PHASES };

struct phase {
	const char *metric;
	double operations; /* of one unit */
	uint64_t (*unit)(void);
	uint64_t checksum; /* what unit returns on a machine that computes right */
};

struct shared {
	long iterations, work;
	pthread_barrier_t barrier;
};

struct thread {
	pthread_t id;
	struct shared *shared;
	int cpu;
	bool wrong;
	double (*started_s)[PHASES], (*ended_s)[PHASES]; /* of each iteration */
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

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
	[INTEGER] = {"integer_rate", 8.0 * (INTEGER_STREAMS * INTEGER_STEPS), integer_unit,
		0xD2A5CA1569C851A3u},
	[FLOATING] = {"floating_rate", 6.0 * 2 * (FLOATING_PAIRS * FLOATING_STEPS), floating_unit,
		0x3AF43A683039CBF3u},
};

/* Called through a volatile pointer, because a compiler that sees that every unit is the same
 * might compute it once. */
static void run_phase(struct thread *thread, const struct phase *phase)
{
	uint64_t (*volatile unit)(void) = phase->unit;

	for (long i = 0; i < thread->shared->work; i++)
		if (unit() != phase->checksum)
			thread->wrong = true;
}

static void *run_thread(void *argument)
{
	struct thread *thread = argument;

	/* Not measured: the first unit of each kind brings the code into the caches and the clock
	 * rate up. */
	for (int p = 0; p < PHASES; p++)
		thread->wrong |= phases[p].unit() != phases[p].checksum;
	for (long i = 0; i < thread->shared->iterations; i++) {
		for (int p = 0; p < PHASES; p++) {
			pthread_barrier_wait(&thread->shared->barrier);
			thread->started_s[i][p] = now_s();
			run_phase(thread, &phases[p]);
			thread->ended_s[i][p] = now_s();
		}
	}
	return NULL;
}

static int start(struct thread *thread, struct shared *shared, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	int status;

	*thread = (struct thread){.shared = shared, .cpu = cpu};
	thread->started_s = calloc((size_t)shared->iterations, sizeof(*thread->started_s));
	thread->ended_s = calloc((size_t)shared->iterations, sizeof(*thread->ended_s));
	if (!thread->started_s || !thread->ended_s)
		return ENOMEM;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	pthread_attr_init(&attributes);
	status = pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	if (status == 0)
		status = pthread_create(&thread->id, &attributes, run_thread, thread);
	pthread_attr_destroy(&attributes);
	return status;
}

/* Seconds from the first start to the last end in iteration i. */
static double span_s(const struct thread *threads, long count, long i, int from, int to)
{
	double first = threads[0].started_s[i][from], last = threads[0].ended_s[i][to];

	for (long t = 1; t < count; t++) {
		first = threads[t].started_s[i][from] < first ? threads[t].started_s[i][from]
							      : first;
		last = threads[t].ended_s[i][to] > last ? threads[t].ended_s[i][to] : last;
	}
	return last - first;
}

static void print_results(const struct shared *shared, const struct thread *threads, long count)
{
	puts("tare-cpu 1");
	for (int p = 0; p < PHASES; p++) {
		double operations = phases[p].operations * (double)(shared->work * count);

		printf("%s 0 %ld\n", phases[p].metric, shared->iterations);
		for (long i = 0; i < shared->iterations; i++)
			printf("%.6f\n", operations / span_s(threads, count, i, p, p) / 1e6);
	}
	printf("elapsed 0 %ld\n", shared->iterations);
	for (long i = 0; i < shared->iterations; i++)
		printf("%.9f\n", span_s(threads, count, i, 0, PHASES - 1));
	puts("done 3");
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

static int run(struct shared *shared, long count)
{
	static struct thread threads[THREADS_MAX];
	static int cpus[THREADS_MAX];
	long allowed = allowed_cpus(cpus);

	if (count == 0)
		count = allowed;
	if (count < 1 || count > allowed) {
		fprintf(stderr, "tare-cpu: %ld threads, but %ld CPUs are allowed\n", count,
			allowed);
		return 1;
	}
	pthread_barrier_init(&shared->barrier, NULL, (unsigned)count);
	for (long t = 0; t < count; t++) {
		int status = start(&threads[t], shared, cpus[t]);

		if (status != 0) {
			fprintf(stderr, "tare-cpu: thread on CPU %d: %s\n", cpus[t],
				strerror(status));
			return 1; /* the threads before wait at the barrier: exit ends them */
		}
	}
	for (long t = 0; t < count; t++)
		pthread_join(threads[t].id, NULL);
	for (long t = 0; t < count; t++) {
		if (threads[t].wrong) {
			fprintf(stderr, "tare-cpu: wrong result on CPU %d\n", threads[t].cpu);
			return 1;
		}
	}
	print_results(shared, threads, count);
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"iterations", required_argument, NULL, 'i'},
		{"work", required_argument, NULL, 'w'}, {"threads", required_argument, NULL, 't'},
		{0}};
	struct shared shared = {.iterations = 5, .work = 50};
	long threads = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'i')
			shared.iterations = atol(optarg);
		else if (option == 'w')
			shared.work = atol(optarg);
		else if (option == 't')
			threads = atol(optarg);
		else
			return 2;
	}
	if (optind != argc || shared.iterations < 1 || shared.iterations > 1000000 ||
		shared.work < 1 || threads < 0 || threads > THREADS_MAX) {
		fputs("usage: tare-cpu [--iterations N] [--work UNITS] [--threads N]\n", stderr);
		return 2;
	}
	return run(&shared, threads);
}
