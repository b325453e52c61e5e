/* The host's end of a guest's control channel. */
#ifndef TARE_DRIVERS_CHANNEL_H
#define TARE_DRIVERS_CHANNEL_H

#include "base/error.h"

/* Connects to the UNIX socket that a hypervisor listens on. Returns the descriptor or -1. */
int channel_connect(const char *socket_path, struct error *e);
/* Opens the pseudo-terminal of a <channel> or <console> in a running domain's XML, raw. Returns
 * the descriptor or -1. */
int channel_open_pty(const char *live_xml, const char *element, struct error *e);

#endif
