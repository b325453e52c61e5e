/* What the MPI timing kernels share: see mpi_job.h. */
#include "mpi_job.h"

#include <getopt.h>
#include <mpi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void job_die(const struct job *job, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* In one write: several ranks may fail at once. */
	fprintf(stderr, "%s: rank %d: %s\n", job->name, job->rank, line);
	MPI_Abort(MPI_COMM_WORLD, 1);
	exit(1);
}

static void parse_sizes(struct job *job, char *list)
{
	job->size_count = 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (job->size_count == JOB_SIZES_MAX)
			job_die(job, "more than %d sizes", JOB_SIZES_MAX);
		job->sizes[job->size_count++] = (size_t)kernel_number(word, 0, 1073741824);
	}
}

static void parse_arguments(struct job *job, int argc, char **argv)
{
	static const struct option options[] = {
		{"sizes", required_argument, NULL, 's'},
		{"iterations", required_argument, NULL, 'i'},
		{"volume", required_argument, NULL, 'v'},
		{"seconds", required_argument, NULL, 't'},
		{"warmup", required_argument, NULL, 'w'},
		{"pair", required_argument, NULL, 'p'},
		{"operation", required_argument, NULL, 'o'},
		{"root", required_argument, NULL, 'r'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			parse_sizes(job, optarg);
		else if (c == 'i')
			job->iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 'v')
			job->volume_bytes = kernel_number(optarg, 1, 1e12);
		else if (c == 't')
			job->seconds = kernel_number(optarg, 0, 3600);
		else if (c == 'w')
			job->warmup = (long)kernel_number(optarg, 1, 1e5);
		else if (c == 'p')
			job->pair = optarg;
		else if (c == 'o')
			job->operation = optarg;
		else if (c == 'r')
			job->root = optarg;
		else
			job_die(job, "bad arguments");
	}
	if (optind != argc || job->size_count == 0)
		job_die(job,
			"usage: %s --sizes B,… [--iterations N] [--volume B] [--seconds S] "
			"[--warmup N] [--pair first-last|first-second] [--operation NAME] "
			"[--root fixed|rotate]",
			job->name);
}

static double job_clock_cost_ns(void)
{
	enum { READINGS = 10000 };
	double start_us = job_clock_us(), end_us = start_us;

	for (int i = 0; i < READINGS; i++)
		end_us = job_clock_us();
	return (end_us - start_us) * 1e3 / READINGS;
}

void job_start(struct job *job, const char *name, int *argc, char ***argv)
{
	*job = (struct job){.name = name,
		.iterations = 1000,
		.warmup = 10,
		.volume_bytes = 40 * 1048576.0,
		.seconds = 2};
	MPI_Init(argc, argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &job->rank);
	MPI_Comm_size(MPI_COMM_WORLD, &job->ranks);
	parse_arguments(job, *argc, *argv);
	if (job->ranks < 2)
		job_die(job, "needs 2 ranks or more, has %d", job->ranks);
	job->clock_cost_ns = job_clock_cost_ns();
	if (job->rank == 0) {
		printf("%s 1\n", job->name);
		job_print(job, "clock_cost", 0, &job->clock_cost_ns, 1);
	}
}

int job_finish(struct job *job)
{
	if (job->rank == 0) {
		printf("done %d\n", job->series);
		if (fflush(stdout))
			job_die(job, "cannot write the results");
	}
	MPI_Finalize();
	return 0;
}

struct kernel_plan job_plan(const struct job *job, size_t size, double sample_ns)
{
	/* What the calibration cannot foresee mostly makes calls faster, not slower. */
	const double margin = 1.05;
	struct kernel_plan plan =
		kernel_plan_phase(margin * job->seconds, sample_ns, job->iterations);

	if (job->seconds <= 0 && size > 0 &&
		job->volume_bytes / (double)size < (double)plan.samples)
		plan.samples = (long)(job->volume_bytes / (double)size);
	if (plan.samples < 1)
		plan.samples = 1;
	return plan;
}

struct job_warm_up job_warm_up_start(const struct job *job, MPI_Comm comm)
{
	struct job_warm_up w = {
		.comm = comm, .length_us = job->seconds > 0 ? (double)kernel_warm_up_ns * 1e-3 : 0};

	w.start_us = w.from_us = job_clock_us();
	return w;
}

int job_warm_up_is_over(struct job_warm_up *w, long calls, double *call_ns)
{
	double now_us = job_clock_us(), verdict[2]; /* over or not; ns of a call */

	if (now_us - w->start_us < w->length_us / 2)
		w->from_us = now_us;
	else
		w->calls += calls;
	verdict[0] = now_us - w->start_us >= w->length_us;
	verdict[1] = w->calls > 0 ? (now_us - w->from_us) * 1e3 / (double)w->calls : 0;
	MPI_Bcast(verdict, 2, MPI_DOUBLE, 0, w->comm);
	*call_ns = verdict[1];
	return verdict[0] > 0;
}

struct job_times job_times_new(const struct job *job, struct kernel_plan plan)
{
	struct job_times times = {.capacity = 2 * plan.samples};

	times.times_us = job_buffer(job, (size_t)times.capacity * sizeof(*times.times_us));
	return times;
}

long job_times_more(const struct job *job, const struct job_times *times)
{
	long more = kernel_plan_more(job->seconds, times->elapsed_s, times->count);

	return more < times->capacity - times->count ? more : times->capacity - times->count;
}

void job_times_add(const struct job *job, MPI_Comm comm, struct job_times *times, double elapsed_s,
	struct kernel_plan *plan)
{
	times->count += plan->samples;
	times->elapsed_s += elapsed_s;
	plan->samples = job_times_more(job, times);
	MPI_Bcast(&plan->samples, 1, MPI_LONG, 0, comm);
}

void job_print_elapsed(struct job *job, size_t size, double elapsed_s)
{
	job_print(job, "elapsed", size, &elapsed_s, 1);
}

void job_print(struct job *job, const char *metric, size_t x, const double *values, long count)
{
	printf("%s %zu %ld\n", metric, x, count);
	for (long i = 0; i < count; i++)
		printf("%.12g%c", values[i], i % 10 == 9 || i + 1 == count ? '\n' : ' ');
	job->series++;
}

void job_print_times(struct job *job, MPI_Comm comm, size_t size, const double *times_us,
	long count, double *median_us, double *most_us)
{
	double *average = job_buffer(job, (size_t)count * sizeof(*average));
	double *slowest = job_buffer(job, (size_t)count * sizeof(*slowest));
	double own = kernel_mean(times_us, count), least, overall;
	int ranks;

	MPI_Comm_size(comm, &ranks);
	MPI_Reduce(times_us, average, (int)count, MPI_DOUBLE, MPI_SUM, 0, comm);
	MPI_Reduce(times_us, slowest, (int)count, MPI_DOUBLE, MPI_MAX, 0, comm);
	MPI_Reduce(&own, &least, 1, MPI_DOUBLE, MPI_MIN, 0, comm);
	MPI_Reduce(&own, most_us, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
	if (job->rank == 0) {
		for (long i = 0; i < count; i++)
			average[i] /= ranks;
		overall = kernel_mean(average, count);
		job_print(job, "time", size, average, count);
		job_print(job, "time_slowest", size, slowest, count);
		job_print(job, "time_min", size, &least, 1);
		job_print(job, "time_avg", size, &overall, 1);
		job_print(job, "time_max", size, most_us, 1);
		*median_us = kernel_median(average, count);
	}
	free(average);
	free(slowest);
}

void job_wait(void)
{
	MPI_Request request;
	int done = 0;

	MPI_Ibarrier(MPI_COMM_WORLD, &request);
	while (!done) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		MPI_Test(&request, &done, MPI_STATUS_IGNORE);
	}
}

void *job_buffer(const struct job *job, size_t size)
{
	void *buffer;

	if (posix_memalign(&buffer, 4096, size ? size : 1))
		job_die(job, "no memory for %zu bytes", size);
	memset(buffer, 1, size ? size : 1);
	return buffer;
}

static unsigned char pattern_byte(size_t i, unsigned seed)
{
	return (unsigned char)(((i + seed * 40503u) * 2654435761u) >> 21);
}

void job_pattern_fill(unsigned char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern_byte(i, seed);
}

size_t job_pattern_check(const unsigned char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != pattern_byte(i, seed))
			return i;
	return size;
}
