/* The CPUs that tare-micro uses: see micro_cpus.h. */
#include "micro_cpus.h"

#include <sched.h>

#include "kernel.h"

int micro_cpus[2];

void micro_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		kernel_die("cannot move to CPU %d", cpu);
}

int micro_find_cpus(void)
{
	cpu_set_t set;
	int count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		kernel_die("cannot read the CPU affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			micro_cpus[count++] = cpu;
	if (count == 1)
		micro_cpus[1] = micro_cpus[0];
	return count;
}
