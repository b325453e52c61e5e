/* What a host finds out about itself; the same for this machine and, by tare-host, for others. */
#ifndef TARE_HOSTS_HERE_H
#define TARE_HOSTS_HERE_H

#include "counters/counters.h"
#include "hosts/host.h"

/* with_qemu: asks QEMU for its version, see host_spec. Caller frees with wire_facts_free. */
void here_facts(struct host_facts *facts, bool with_qemu);
/* The host's data network. address: of the host on it, NULL: none is given. Its own, and a bridge,
 * must exist and have the address; the caller frees the object with wire_network_free. A private
 * one is made, and removed by network_free. */
int here_network(const char *campaign_id, const struct host_data *data, const char *address,
	struct network **out, struct error *e);
/* Reads this host's counters; id: of the campaign as this host knows it. *counters is made where it
 * is NULL. */
void here_count(struct counters **counters, const struct host_counting *counting, const char *id);
/* The last 64 KiB of a file; NULL: there is none. Caller frees. */
char *here_file_tail(const char *path, size_t *count);

#endif
