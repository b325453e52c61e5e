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
			job->seconds = kernel_number(optarg, 0.001, 3600);
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
		.seconds = 10};
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

long job_samples(const struct job *job, size_t size, double sample_ns)
{
	double most = (double)job->iterations;

	if (size && job->volume_bytes / (double)size < most)
		most = job->volume_bytes / (double)size;
	if (sample_ns > 0 && job->seconds * 1e9 / sample_ns < most)
		most = job->seconds * 1e9 / sample_ns;
	return most < 1 ? 1 : (long)most;
}

void job_print(struct job *job, const char *metric, size_t x, const double *values, long count)
{
	printf("%s %zu %ld\n", metric, x, count);
	for (long i = 0; i < count; i++)
		printf("%.4f%c", values[i], i % 10 == 9 || i + 1 == count ? '\n' : ' ');
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
