/* Private to the drivers room: dom0 of Xen as a machine to be measured. It may have fewer CPUs and
 * less memory than the site file lists for its host, and may have been booted with some of its CPUs
 * offline, which makes starting guests faster. */
#ifndef TARE_DRIVERS_DOM0_H
#define TARE_DRIVERS_DOM0_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Brings each of the CPUs that is offline online. *onlined, the caller's to free, takes those that
 * were, count of them, for dom0_release; both are set on failure, too. -1 where this domain has no
 * such CPU. sysfs: "/sys", except in tests. */
int dom0_take_cpus(const char *sysfs, const unsigned *cpus, size_t cpu_count, unsigned **onlined,
	size_t *count, struct error *e);
/* Takes them offline again, as far as that can be done. */
void dom0_release(const char *sysfs, const unsigned *onlined, size_t count);

/* -1 where benchmarks are given much more memory than this domain has: an eighth more is allowed,
 * for what its kernel reserves. */
int dom0_check_memory(uint64_t wanted_bytes, uint64_t own_bytes, struct error *e);

#endif
