/* What our MPI timing kernels share: arguments, clock, message patterns, and the printing of
 * series (the format: bench/timing.h). Knows no single measurement. */
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
	double clock_cost_ns; /* one reading, seen from inside a loop of them */
	int series; /* printed so far */
};

/* The clock that IMB times by, so that what its reading costs is in our times as in IMB's. */
static inline double job_clock_us(void)
{
	return MPI_Wtime() * 1e6;
}

/* MPI_Init, the arguments (every rank has the same), the clock's cost; rank 0 prints the head.
 * Mistakes end the whole job. */
void job_start(struct job *job, const char *name, int *argc, char ***argv);
/* Rank 0 prints the end; MPI_Finalize. Returns the exit status. */
int job_finish(struct job *job);
/* One line on stderr, then the whole job ends with status 1. */
void job_die(const struct job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* How many samples of a message size: IMB's rule, at most `iterations`, `volume` in all,
 * `seconds` in all where one sample takes sample_ns; at least 1. */
long job_samples(const struct job *job, size_t size, double sample_ns);

/* What all ranks' times say, as IMB's t_min, t_avg, t_max and every sample: collective over comm;
 * times_us are the caller's own count times. Its rank 0 (rank 0 of the job, too) prints them and
 * gets the median in *median_us and the largest mean of a rank in *most_us. */
void job_print_times(struct job *job, MPI_Comm comm, size_t size, const double *times_us,
	long count, double *median_us, double *most_us);
/* For ranks that take no part: until all have come here, without polling, so that their CPUs stay
 * free and cool. Every rank must call it. */
void job_wait(void);

/* Prints one series; values in the metric's unit. For rank 0. */
void job_print(struct job *job, const char *metric, size_t x, const double *values, long count);

/* Page-aligned and touched. size 0 gives a valid pointer too. Freed with free(). */
void *job_buffer(const struct job *job, size_t size);
/* Fills bytes with the pattern number `seed`; differing seeds differ in nearly every byte. */
void job_pattern_fill(unsigned char *bytes, size_t size, unsigned seed);
/* The index of the first byte that is not the pattern's, or size if all are. */
size_t job_pattern_check(const unsigned char *bytes, size_t size, unsigned seed);

#endif
