/* What the MPI timing kernels share: arguments, clock, message patterns, and printing of series in
 * the format of bench/timing.h. Knows no single measurement. */
#ifndef TARE_KERNELS_MPI_JOB_H
#define TARE_KERNELS_MPI_JOB_H

#include <mpi.h>
#include <stddef.h>

#include "kernel.h"

enum { JOB_SIZES_MAX = 64 };

struct job {
	const char *name;
	int rank, ranks;
	size_t sizes[JOB_SIZES_MAX]; /* bytes */
	size_t size_count;
	long iterations, warmup;
	double volume_bytes, seconds;
	const char *pair; /* of --pair, or NULL */
	const char *operation; /* of --operation, or NULL */
	const char *root; /* of --root, or NULL */
	double clock_cost_ns; /* one reading, measured in a loop of readings */
	int series; /* printed so far */
};

/* The clock that IMB uses, so that the cost of a reading is in our times as it is in IMB's. */
static inline double job_clock_us(void)
{
	return MPI_Wtime() * 1e6;
}

/* MPI_Init, arguments (the same on every rank), the clock's cost; rank 0 prints the header. Errors
 * end the whole job. */
void job_start(struct job *job, const char *name, int *argc, char ***argv);
/* Rank 0 prints the trailer; MPI_Finalize. Returns the exit status. */
int job_finish(struct job *job);
/* One line on stderr, then the whole job ends with status 1. */
void job_die(const struct job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* The plan for a message size if a sample and what belongs to it takes sample_ns: `seconds`, of
 * which at most `iterations` samples are recorded. With seconds == 0 IMB's rule: at most
 * `iterations` samples, and `volume` bytes in total, at least 1. */
struct kernel_plan job_plan(const struct job *job, size_t size, double sample_ns);
/* A warm-up of a collective operation: time by the clock of comm's rank 0, agreed on by all. */
struct job_warm_up {
	MPI_Comm comm;
	double length_us, start_us, from_us; /* from: where the second half begins */
	long calls; /* in the second half */
};

struct job_warm_up job_warm_up_start(const struct job *job, MPI_Comm comm);
/* Collective, after every `calls` calls: whether the warm-up is over. If so, *call_ns is the
 * mean time of a call in its second half, the same on every rank. With seconds == 0 it is over
 * at once. */
int job_warm_up_is_over(struct job_warm_up *w, long calls, double *call_ns);

/* A measurement of a collective operation under way: the times of its samples, and how long it took
 * so far by the clock of comm's rank 0. */
struct job_times {
	double *times_us; /* freed by the caller */
	long count, capacity;
	double elapsed_s;
};

struct job_times job_times_new(const struct job *job, struct kernel_plan plan);
/* How many samples are still needed, as rank 0 sees it; as many as there is memory for at most. */
long job_times_more(const struct job *job, const struct job_times *times);
/* Collective, after plan->samples more samples that took elapsed_s: counts them, and puts the
 * number of those that are still needed into plan->samples: 0 at the end. */
void job_times_add(const struct job *job, MPI_Comm comm, struct job_times *times, double elapsed_s,
	struct kernel_plan *plan);

/* Prints the time of the measurement as the metric elapsed. For rank 0. */
void job_print_elapsed(struct job *job, size_t size, double elapsed_s);

/* Collective over comm, whose rank 0 must be rank 0 of the job: prints the times of all ranks,
 * every sample and IMB's t_min, t_avg and t_max. times_us are the caller's times. Rank 0 gets the
 * median in *median_us and the largest mean of a rank in *most_us. */
void job_print_times(struct job *job, MPI_Comm comm, size_t size, const double *times_us,
	long count, double *median_us, double *most_us);
/* A barrier of all ranks that does not poll, so that the CPUs of ranks that take no part stay idle.
 */
void job_wait(void);

/* Prints one series; values in the metric's unit. For rank 0. */
void job_print(struct job *job, const char *metric, size_t x, const double *values, long count);

/* Page-aligned, written once. Size 0 gives a valid pointer too. Freed with free(). */
void *job_buffer(const struct job *job, size_t size);
/* Fills bytes with the pattern of `seed`; patterns of different seeds differ in nearly every
 * byte. */
void job_pattern_fill(unsigned char *bytes, size_t size, unsigned seed);
/* The index of the first byte that is not the pattern's, or size if all are. */
size_t job_pattern_check(const unsigned char *bytes, size_t size, unsigned seed);

#endif
