/* Timing of single operations: how often one is run and how a sample is timed. Knows nothing about
 * what the operations do. Shared by tare-micro and tare-exits. */
#ifndef TARE_KERNELS_OPERATION_H
#define TARE_KERNELS_OPERATION_H

/* One operation. start and stop are called once each; run does the operation count times and
 * checks what it can (a wrong result ends the program). NULL members: nothing to do. */
struct operation {
	const char *name;
	int cpus; /* 1, or 2 if it takes two CPUs */
	const char *(*why_not)(void); /* why this machine cannot do it; NULL: it can */
	void (*start)(void);
	void (*prepare)(long count); /* before each run of count operations, not timed */
	void (*run)(long count);
	double (*sample_ns)(void); /* instead of run: one operation that times itself */
	void (*stop)(void);
	long batch_most; /* operations in one run, at most; 0: no limit */
	int parts; /* how often one operation contains what is measured; 0: once */
	/* It can be done so often and no more: without a warm-up, in batches of batch_most. */
	long only;
};

/* How operations are timed. */
struct operation_plan {
	long iterations; /* samples recorded, at most */
	double seconds; /* time of an operation; 0: as many samples as iterations */
	long count; /* exactly so many operations, without a warm-up; 0: by time */
	double clock_cost_ns;
};

struct operation_result {
	double *times_ns; /* of one part of an operation each; freed by operation_print */
	long samples;
	long batch; /* operations averaged in a sample */
	double done; /* operations in all, warm-up and calibration included */
	double elapsed_s; /* of the measured phase */
};

enum { OPERATIONS_MAX = 32 };

/* What a program's command line asks for. */
struct operation_request {
	const struct operation *operations[OPERATIONS_MAX];
	int count;
	struct operation_plan plan; /* without the clock's cost */
};

/* Reads "--operations NAME,… [--iterations N] [--seconds S] [--count K]"; the names are those of a
 * table that ends with a NULL name. Dies of a mistake. */
struct operation_request operation_arguments(
	const char *program, const struct operation *table, int argc, char **argv);

/* An operation of at least 50 clock readings is timed alone, so that its percentiles are those of
 * single operations. A shorter one is timed in batches that last at least 400 readings; a sample
 * is then the mean of its batch. */
struct operation_result operation_run(
	const struct operation_plan *plan, const struct operation *operation);

/* Prints the series NAME, NAME_batch and, of 100 samples or more, NAME_p99; frees the samples. */
void operation_print(const struct operation *operation, struct operation_result *result);

#endif
