/* What a machine looks like from inside. */
#ifndef TARE_AGENT_FACTS_H
#define TARE_AGENT_FACTS_H

/* One JSON object. Unknown facts are absent. Sources: uname(2), sysconf(3), cpuid, /proc and
 * /sys. Caller frees. */
char *facts_json(void);

/* Steal time of this machine's CPUs since boot, summed over them, in seconds (/proc/stat, 8th value
 * of the line "cpu"); 0 where it is not reported. */
double facts_steal_s(void);

#endif
