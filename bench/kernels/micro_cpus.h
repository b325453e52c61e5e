/* The CPUs that tare-micro uses. */
#ifndef TARE_KERNELS_MICRO_CPUS_H
#define TARE_KERNELS_MICRO_CPUS_H

/* The first and the second CPU that this process may use; the first twice if there is only one. */
extern int micro_cpus[2];

/* Fills micro_cpus; returns how many CPUs there are, at most 2. */
int micro_find_cpus(void);

/* Moves the calling thread to one CPU. */
void micro_pin(int cpu);

#endif
