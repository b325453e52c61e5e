/* What the timing kernels share: clock, errors, arguments, order statistics, and printing of series
 * in the format of bench/timing.h. Knows no MPI and no single measurement. */
#ifndef TARE_KERNELS_KERNEL_H
#define TARE_KERNELS_KERNEL_H

#include <stdint.h>

/* CLOCK_MONOTONIC in ns; MPI_Wtime reads the same clock. */
int64_t kernel_clock_ns(void);
/* The cost of one reading, measured in a loop of readings. */
double kernel_clock_cost_ns(void);

/* How long each measured phase is warmed up: longer than a CPU takes to leave its idle frequency.
 * Its second half calibrates the work. */
static const int64_t kernel_warm_up_ns = 300000000;

/* How calls are spread over a measured phase. */
struct kernel_plan {
	long samples; /* at least 1 */
	long every; /* calls, or batches of calls, per sample; the last of them is recorded */
};

/* The plan for a phase that lasts the given time if a call takes call_ns, with at most `most`
 * samples; seconds == 0: `most` samples, every call recorded. */
struct kernel_plan kernel_plan_phase(double seconds, double call_ns, long most);
/* How many samples are still needed after so many that took elapsed_s, to fill the given time: 0 if
 * none. At most as many again. */
long kernel_plan_more(double seconds, double elapsed_s, long samples);

/* One line on stderr, beginning with the program's name; exit status 1. */
void kernel_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* text as a number from minimum to maximum; dies if it is not one. */
double kernel_number(const char *text, double minimum, double maximum);

double kernel_mean(const double *values, long count);
int kernel_compare(const void *a, const void *b);
/* For an even count the mean of the two in the middle. Sorts the values. */
double kernel_median(double *values, long count);
/* Nearest rank: the smallest value that at least the given fraction of the values do not exceed. */
double kernel_percentile(const double *sorted, long count, double fraction);

/* Memory for count elements of size bytes, written once so that no page fault occurs later. Freed
 * with free(). */
void *kernel_touched(long count, unsigned long size);

/* "PROGRAM 1", then series, then "done SERIES". Values are in the metric's unit; metric is
 * followed by suffix. kernel_end returns the exit status. */
void kernel_begin(const char *program);
void kernel_series(
	const char *metric, const char *suffix, double x, const double *values, long count);
/* Instead of a series: why there is none. One line of printable characters. */
void kernel_gap(const char *metric, const char *why);
int kernel_end(void);

#endif
