/* The data network of this machine: a bridge in a network namespace of its own, so that nothing
 * of it is seen outside and nothing outside can be reached from it. */
#include <arpa/inet.h>
#include <string.h>

#include "base/array.h"
#include "drivers/local.h"

/* RFC 2544 sets 198.18.0.0/15 aside for benchmarks. A /20 holds 4,000 machines. */
enum { NETWORK_BASE = 0xc6120000, PREFIX_LENGTH = 20, FIRST_MACHINE = 2 };

static char *address_text(uint32_t address)
{
	struct in_addr in = {.s_addr = htonl(address)};
	char text[INET_ADDRSTRLEN];

	return str_dup(inet_ntop(AF_INET, &in, text, sizeof(text)));
}

char *network_address(const struct network *network, unsigned index)
{
	struct in_addr host;

	inet_pton(AF_INET, network->host_address, &host);
	return address_text(ntohl(host.s_addr) + FIRST_MACHINE - 1 + index);
}

static int bridge_add(const struct network *network, struct error *e)
{
	cleanup_free char *address = str_printf("%s/%u", network->host_address, network->prefix);
	const char *name = network->name, *bridge = network->bridge;

	/* A snooping bridge sends queries of its own; nobody joins groups here. */
	if (ip_run(e, "-n", name, "link", "add", bridge, "type", "bridge", "stp_state", "0",
		    "mcast_snooping", "0", NULL) < 0 ||
		ip_run(e, "-n", name, "addr", "add", address, "dev", bridge, NULL) < 0 ||
		ip_run(e, "-n", name, "link", "set", bridge, "up", NULL) < 0)
		return -1;
	return ip_run(e, "-n", name, "link", "set", "lo", "up", NULL);
}

int network_new(const char *campaign_id, struct network **out, struct error *e)
{
	if (drivers_own(campaign_id, e) < 0)
		return -1;
	struct network *network = mem_new(1, sizeof(*network));
	network->name = str_printf("tare-%s", campaign_id);
	network->namespace_path = str_printf("/run/netns/%s", network->name);
	network->bridge = str_dup("br0");
	network->host_address = address_text(NETWORK_BASE + 1);
	network->prefix = PREFIX_LENGTH;
	/* Owned and yet there: left by an earlier process of this campaign. */
	if (access(network->namespace_path, F_OK) == 0)
		netns_remove(network->name);
	if (ip_run(e, "netns", "add", network->name, NULL) < 0 || bridge_add(network, e) < 0) {
		network_free(network);
		return error_prefix(e, "cannot make the data network");
	}
	*out = network;
	return 0;
}

void network_free(struct network *network)
{
	if (!network)
		return;
	if (network->namespace_path && access(network->namespace_path, F_OK) == 0)
		netns_remove(network->name);
	free(network->name);
	free(network->namespace_path);
	free(network->bridge);
	free(network->host_address);
	free(network);
}
