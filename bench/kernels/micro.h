/* The operations that tare-micro can time: see micro_operations.c and micro_pairs.c. Knows
 * nothing about how often they are run. */
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
	double (*sample_ns)(void); /* instead of run: one operation that is its own clock */
	void (*stop)(void);
	long batch_most; /* operations in one run, at most; 0: no limit */
	int parts; /* what is measured happens so many times in one operation; 0 is once */
};

extern const struct operation micro_operations[]; /* ends with a NULL name */

/* Of the CPUs this process may use, the first and the second (which is the first again if there
 * is only one). */
extern int micro_cpus[2];

/* Moves the calling thread to one CPU. */
void micro_pin(int cpu);

/* Two processes that hand a token to and fro (micro_pairs.c). */
void context_switch_start(void);
void wakeup_futex_start(void);
void wakeup_eventfd_start(void);
void pair_run(long count);
void pair_stop(void);
/* A thread of this process that is running on the second CPU (micro_pairs.c). */
void shootdown_start(void);
void shootdown_run(long count);
void shootdown_stop(void);

#endif
