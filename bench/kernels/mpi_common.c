/* What our MPI timing kernels share: see mpi_common.h. */
#include "mpi_common.h"

#include <getopt.h>
#include <mpi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void kernel_die(const struct kernel *k, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* One write: several ranks may fail at once. */
	fprintf(stderr, "%s: rank %d: %s\n", k->name, k->rank, line);
	MPI_Abort(MPI_COMM_WORLD, 1);
	exit(1);
}

static void parse_sizes(struct kernel *k, char *list)
{
	k->size_count = 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (k->size_count == KERNEL_SIZES_MAX)
			kernel_die(k, "more than %d sizes", KERNEL_SIZES_MAX);
		k->sizes[k->size_count++] = (size_t)number(word, 0, 1073741824);
	}
}

static void parse_arguments(struct kernel *k, int argc, char **argv)
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
			parse_sizes(k, optarg);
		else if (c == 'i')
			k->iterations = (long)number(optarg, 1, 1e6);
		else if (c == 'v')
			k->volume_bytes = number(optarg, 1, 1e12);
		else if (c == 't')
			k->seconds = number(optarg, 0.001, 3600);
		else if (c == 'w')
			k->warmup = (long)number(optarg, 1, 1e5);
		else if (c == 'p')
			k->pair = optarg;
		else if (c == 'o')
			k->operation = optarg;
		else if (c == 'r')
			k->root = optarg;
		else
			kernel_die(k, "bad arguments");
	}
	if (optind != argc || k->size_count == 0)
		kernel_die(k,
			"usage: %s --sizes B,… [--iterations N] [--volume B] [--seconds S] "
			"[--warmup N] [--pair first-last|first-second] [--operation NAME] "
			"[--root fixed|rotate]",
			k->name);
}

static double kernel_clock_cost_ns(void)
{
	enum { READINGS = 10000 };
	double start_us = kernel_clock_us(), end_us = start_us;

	for (int i = 0; i < READINGS; i++)
		end_us = kernel_clock_us();
	return (end_us - start_us) * 1e3 / READINGS;
}

void kernel_start(struct kernel *k, const char *name, int *argc, char ***argv)
{
	*k = (struct kernel){.name = name,
		.iterations = 1000,
		.warmup = 10,
		.volume_bytes = 40 * 1048576.0,
		.seconds = 10};
	MPI_Init(argc, argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &k->rank);
	MPI_Comm_size(MPI_COMM_WORLD, &k->ranks);
	parse_arguments(k, *argc, *argv);
	if (k->ranks < 2)
		kernel_die(k, "needs 2 ranks or more, has %d", k->ranks);
	k->clock_cost_ns = kernel_clock_cost_ns();
	if (k->rank == 0) {
		printf("%s 1\n", k->name);
		kernel_print(k, "clock_cost", 0, &k->clock_cost_ns, 1);
	}
}

int kernel_finish(struct kernel *k)
{
	if (k->rank == 0) {
		printf("done %d\n", k->series);
		if (fflush(stdout))
			kernel_die(k, "cannot write the results");
	}
	MPI_Finalize();
	return 0;
}

long kernel_samples(const struct kernel *k, size_t size, double sample_ns)
{
	double most = (double)k->iterations;

	if (size && k->volume_bytes / (double)size < most)
		most = k->volume_bytes / (double)size;
	if (sample_ns > 0 && k->seconds * 1e9 / sample_ns < most)
		most = k->seconds * 1e9 / sample_ns;
	return most < 1 ? 1 : (long)most;
}

void kernel_print(struct kernel *k, const char *metric, size_t x, const double *values, long count)
{
	printf("%s %zu %ld\n", metric, x, count);
	for (long i = 0; i < count; i++)
		printf("%.4f%c", values[i], i % 10 == 9 || i + 1 == count ? '\n' : ' ');
	k->series++;
}

void kernel_print_times(struct kernel *k, MPI_Comm comm, size_t size, const double *times_us,
	long count, double *median_us, double *most_us)
{
	double *average = kernel_buffer(k, (size_t)count * sizeof(*average));
	double *slowest = kernel_buffer(k, (size_t)count * sizeof(*slowest));
	double own = mean(times_us, count), least, overall;
	int ranks;

	MPI_Comm_size(comm, &ranks);
	MPI_Reduce(times_us, average, (int)count, MPI_DOUBLE, MPI_SUM, 0, comm);
	MPI_Reduce(times_us, slowest, (int)count, MPI_DOUBLE, MPI_MAX, 0, comm);
	MPI_Reduce(&own, &least, 1, MPI_DOUBLE, MPI_MIN, 0, comm);
	MPI_Reduce(&own, most_us, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
	if (k->rank == 0) {
		for (long i = 0; i < count; i++)
			average[i] /= ranks;
		overall = mean(average, count);
		kernel_print(k, "time", size, average, count);
		kernel_print(k, "time_slowest", size, slowest, count);
		kernel_print(k, "time_min", size, &least, 1);
		kernel_print(k, "time_avg", size, &overall, 1);
		kernel_print(k, "time_max", size, most_us, 1);
		*median_us = median(average, count);
	}
	free(average);
	free(slowest);
}

void kernel_wait(void)
{
	MPI_Request request;
	int done = 0;

	MPI_Ibarrier(MPI_COMM_WORLD, &request);
	while (!done) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		MPI_Test(&request, &done, MPI_STATUS_IGNORE);
	}
}

void *kernel_buffer(const struct kernel *k, size_t size)
{
	void *buffer;

	if (posix_memalign(&buffer, 4096, size ? size : 1))
		kernel_die(k, "no memory for %zu bytes", size);
	memset(buffer, 1, size ? size : 1);
	return buffer;
}

static unsigned char pattern_byte(size_t i, unsigned seed)
{
	return (unsigned char)(((i + seed * 40503u) * 2654435761u) >> 21);
}

void pattern_fill(unsigned char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern_byte(i, seed);
}

size_t pattern_check(const unsigned char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != pattern_byte(i, seed))
			return i;
	return size;
}
