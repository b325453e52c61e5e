/* What libvirt says that QEMU can be on this host. */
#ifndef TARE_DRIVERS_CAPABILITIES_H
#define TARE_DRIVERS_CAPABILITIES_H

#include <stdbool.h>

#include <libvirt/libvirt.h>

#include "base/error.h"
#include "drivers/libvirt_options.h"

/* Whether the emulator works, and has the machine type and the CPU model that the options name,
 * and libvirt the CPU features. The error begins with the option's name where an option is the
 * reason. libvirt asks an emulator that it does not know: that takes seconds, once per version. */
int capabilities_check(virConnectPtr connection, const struct libvirt_options *options,
	const char *emulator, bool emulated, struct error *why_not);

#endif
