/* The machine's data network interface. */
#ifndef TARE_AGENT_NETDEV_H
#define TARE_AGENT_NETDEV_H

#include "base/error.h"

/* Gives interface (NULL or "": the first Ethernet one, waiting a little for it to appear) the
 * IPv4 address "198.18.0.2/24" and the MTU (bytes; 0: as it is; a card that cannot have it gets the
 * largest usual one below that it takes), brings it up and waits a little for its carrier. Calling
 * it again with the same arguments changes nothing. By the classic ioctls, see netdevice(7). */
int netdev_configure(
	const char *interface, const char *address_prefix, unsigned mtu, struct error *e);

#endif
