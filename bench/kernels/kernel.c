/* What the timing kernels share: see kernel.h. */
#include "kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int printed;

int64_t kernel_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

double kernel_clock_cost_ns(void)
{
	enum { READINGS = 10000 };
	int64_t start = kernel_clock_ns(), end = start;

	for (int i = 0; i < READINGS; i++)
		end = kernel_clock_ns();
	return (double)(end - start) / READINGS;
}

struct kernel_plan kernel_plan_phase(double seconds, double call_ns, long most)
{
	double calls = seconds * 1e9 / (call_ns > 1 ? call_ns : 1);
	struct kernel_plan plan = {most, 1};

	if (seconds <= 0)
		return plan;
	if (calls < (double)most)
		plan.samples = calls < 1 ? 1 : (long)calls;
	if (calls > (double)plan.samples)
		plan.every = (long)(calls / (double)plan.samples);
	return plan;
}

long kernel_plan_more(double seconds, double elapsed_s, long samples)
{
	double more;

	if (elapsed_s >= seconds)
		return 0;
	more = (double)samples * (seconds - elapsed_s) / (elapsed_s > 0 ? elapsed_s : seconds);
	return more < (double)samples ? (long)more + 1 : samples;
}

void kernel_die(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* In one write: several processes may fail at once. */
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
	exit(1);
}

double kernel_number(const char *text, double minimum, double maximum)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= minimum && value <= maximum))
		kernel_die("expected a number from %g to %g, got \"%s\"", minimum, maximum, text);
	return value;
}

double kernel_mean(const double *values, long count)
{
	double sum = 0;

	for (long i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

int kernel_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double kernel_median(double *values, long count)
{
	qsort(values, (size_t)count, sizeof(*values), kernel_compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

double kernel_percentile(const double *sorted, long count, double fraction)
{
	long rank = (long)(fraction * (double)count);

	if ((double)rank < fraction * (double)count)
		rank++;
	return sorted[rank ? rank - 1 : 0];
}

void *kernel_touched(long count, unsigned long size)
{
	void *memory = malloc((size_t)count * size);

	if (!memory)
		kernel_die("no memory for %ld values", count);
	memset(memory, 1, (size_t)count * size);
	return memory;
}

void kernel_begin(const char *program)
{
	printf("%s 1\n", program);
}

void kernel_series(
	const char *metric, const char *suffix, double x, const double *values, long count)
{
	printf("%s%s %.0f %ld\n", metric, suffix, x, count);
	for (long i = 0; i < count; i++)
		printf("%.12g%c", values[i], i % 10 == 9 || i + 1 == count ? '\n' : ' ');
	printed++;
}

void kernel_gap(const char *metric, const char *why)
{
	printf("gap %s %s\n", metric, why);
}

int kernel_end(void)
{
	printf("done %d\n", printed);
	return fflush(stdout) ? 1 : 0;
}
