/* What the start of a program costs a process that has many descriptors: prints the processor time,
 * in milliseconds a start, of this process and of the program, for each of the numbers of
 * descriptors that are its arguments, on one line. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/process.h"

enum { STARTS = 100 };
static const double end_limit_s = 30;

static double spent_s(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static int start(const struct argv *argv, struct error *e)
{
	struct process_result result;

	if (process_run(argv, end_limit_s, &result, e) < 0)
		return -1;
	process_result_free(&result);
	return 0;
}

/* Opens descriptors up to the number. */
static int open_until(size_t number, struct error *e)
{
	int fd = 0;

	while (fd >= 0 && (size_t)fd < number)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_set(e, "%zu descriptors are not allowed (ulimit -n)", number) : 0;
}

static int measure(const struct argv *argv, size_t number, struct error *e)
{
	double before_s;

	if (start(argv, e) < 0 || open_until(number, e) < 0)
		return -1;
	before_s = spent_s(RUSAGE_SELF) + spent_s(RUSAGE_CHILDREN);
	for (int i = 0; i < STARTS; i++)
		if (start(argv, e) < 0)
			return -1;
	printf("%.4f ",
		(spent_s(RUSAGE_SELF) + spent_s(RUSAGE_CHILDREN) - before_s) * 1e3 / STARTS);
	return 0;
}

int main(int argc, char **argv)
{
	cleanup_argv struct argv words = {0};
	struct rlimit limit;
	struct error e = {""};

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	argv_add(&words, "true");
	for (int i = 1; i < argc; i++)
		if (measure(&words, strtoul(argv[i], NULL, 10), &e) < 0) {
			fprintf(stderr, "starts: %s\n", e.text);
			return 1;
		}
	printf("\n");
	return 0;
}
