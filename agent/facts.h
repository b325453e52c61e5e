/* What a machine looks like from inside. */
#ifndef TARE_AGENT_FACTS_H
#define TARE_AGENT_FACTS_H

/* One JSON object. What is not known is absent. Sources: uname(2), sysconf(3), cpuid, /proc and
 * /sys. Caller frees. */
char *facts_json(void);

/* Time that a hypervisor kept from this machine's CPUs since boot, summed over them, in seconds
 * (/proc/stat, 8th value of the line "cpu"); 0 where it is not told. */
double facts_steal_s(void);

#endif
