/* Whether KVM runs guests on this host: /dev/kvm alone proves nothing, so a guest is booted. */
#ifndef TARE_DRIVERS_KVM_PROBE_H
#define TARE_DRIVERS_KVM_PROBE_H

#include "drivers/driver.h"

/* 0, or -1 with the reason. The image's kernel is booted until its process 1 prints something, at
 * most 10 s; the answer is kept for the life of this process. */
int kvm_probe_works(const struct image *image, struct error *why_not);

#endif
