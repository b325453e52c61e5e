/* A campaign of what virtualization disturbs, for the tests of the reports: loads beside
 * benchmarks, spinning, courses over time, stages of a boot, flushes, clocks, several hosts, and
 * the record of its time. The same bytes every time. */
#ifndef TARE_TESTS_MAKE_LOADS_H
#define TARE_TESTS_MAKE_LOADS_H

#include "base/error.h"

/* Makes the store in dir: targets native, xen-pv, kvm-virtio and kvm-old (whose clock drifts and
 * whose hypervisor swallows flushes). */
int make_loads(const char *dir, struct error *e);

#endif
