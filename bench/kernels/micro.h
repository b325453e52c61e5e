/* The operations that tare-micro can time (micro_operations.c, micro_pairs.c). Knows nothing about
 * how often they are run. */
#ifndef TARE_KERNELS_MICRO_H
#define TARE_KERNELS_MICRO_H

/* One operation. start and stop are called once each; run does the operation count times and
 * checks what it can (a wrong result ends the program). NULL members: nothing to do. */
struct operation {
	const char *name;
	int cpus; /* 1, or 2 if it takes two CPUs */
	void (*start)(void);
	void (*prepare)(long count); /* before each run of count operations, not timed */
	void (*run)(long count);
	double (*sample_ns)(void); /* instead of run: one operation that times itself */
	void (*stop)(void);
	long batch_most; /* operations in one run, at most; 0: no limit */
	int parts; /* how often one operation contains what is measured; 0: once */
};

extern const struct operation micro_operations[]; /* ends with a NULL name */

/* Two processes that pass a token back and forth (micro_pairs.c). */
void micro_context_switch_start(void);
void micro_wakeup_futex_start(void);
void micro_wakeup_eventfd_start(void);
void micro_pair_run(long count);
void micro_pair_stop(void);
/* A thread of this process that is running on the second CPU (micro_pairs.c). */
void micro_shootdown_start(void);
void micro_shootdown_run(long count);
void micro_shootdown_stop(void);

#endif
