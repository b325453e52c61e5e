/* Probes a hypervisor by booting: a guest's kernel with the image's agent as process 1 and no
 * command line for it, so that the agent's error message on the console shows that both run. */
#ifndef TARE_DRIVERS_BOOT_PROBE_H
#define TARE_DRIVERS_BOOT_PROBE_H

#include "base/error.h"
#include "base/process.h"

/* Starts argv, whose stdout is the guest's console, and ends it as soon as process 1 has printed
 * something: 0. -1 with the reason otherwise, which quotes the last line that the program itself
 * printed on stderr. The time limit is longer on an emulated host. */
int boot_probe(const struct argv *argv, struct error *why_not);

#endif
