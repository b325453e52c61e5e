/* The data network of this host: a bridge in a separate network namespace, isolated from all other
 * networks. A Xen host creates its guests' ports in the host's namespace only: there the bridge is
 * in that namespace, without an uplink and without forwarding. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"

/* RFC 2544 reserves 198.18.0.0/15 for benchmarks. A /20 holds 4,000 machines. */
#define NETWORK_BASE UINT32_C(0xc6120000)
#define NETWORK_END UINT32_C(0xc6140000)
#define NETWORK_MASK UINT32_C(0xfffff000)

enum { PREFIX_LENGTH = 20, FIRST_MACHINE = 2 };

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

/* The /20 at base, against every address that this host already has: its own data network may lie
 * in the same range. */
static bool base_is_free(const struct ifaddrs *all, uint32_t base)
{
	for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
		if (!at->ifa_addr || !at->ifa_netmask || at->ifa_addr->sa_family != AF_INET)
			continue;
		uint32_t address =
			ntohl(((const struct sockaddr_in *)at->ifa_addr)->sin_addr.s_addr);
		uint32_t mask =
			ntohl(((const struct sockaddr_in *)at->ifa_netmask)->sin_addr.s_addr);
		if (((address ^ base) & mask & NETWORK_MASK) == 0)
			return false;
	}
	return true;
}

static int find_free_base(uint32_t *base, struct error *e)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return error_errno(e, errno, "list this host's addresses");
	*base = NETWORK_BASE;
	while (*base < NETWORK_END && !base_is_free(all, *base))
		*base += ~NETWORK_MASK + 1;
	freeifaddrs(all);
	return *base < NETWORK_END ? 0
				   : error_set(e,
					     "no free /%d in 198.18.0.0/15: other campaigns "
					     "and this host's own networks use all of it",
					     PREFIX_LENGTH);
}

/* Excludes the bridge from the host's routing between its networks. */
static int forward_nothing(const char *bridge, struct error *e)
{
	static const char *const families[] = {"ipv4", "ipv6"};

	for (size_t i = 0; i < ARRAY_COUNT(families); i++) {
		cleanup_free char *path =
			str_printf("/proc/sys/net/%s/conf/%s/forwarding", families[i], bridge);
		cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 ? errno != ENOENT : write(fd, "0", 1) != 1)
			return error_errno(e, errno, "%s", path);
	}
	return 0;
}

/* In the thread's namespace. */
static int bridge_add(const struct network *network, struct error *e)
{
	cleanup_free char *address = str_printf("%s/%u", network->host_address, network->prefix);
	const char *bridge = network->bridge;

	/* A snooping bridge sends queries; multicast groups are not used here. */
	if (netns_run_ip(e, "link", "add", bridge, "type", "bridge", "stp_state", "0",
		    "forward_delay", "0", "mcast_snooping", "0", NULL) < 0 ||
		forward_nothing(bridge, e) < 0 ||
		netns_run_ip(e, "addr", "add", address, "dev", bridge, NULL) < 0)
		return -1;
	return netns_run_ip(e, "link", "set", bridge, "up", NULL);
}

/* An interface's name has at most 15 characters. */
static char *bridge_name(const char *campaign_id)
{
	return str_printf("tare-%.10s", campaign_id);
}

bool network_bridge_remove(const char *campaign_id)
{
	cleanup_free char *name = bridge_name(campaign_id);
	cleanup_free char *sign = str_printf("/sys/class/net/%s/bridge", name);

	return file_exists(sign) && netns_run_ip(NULL, "link", "del", name, NULL) == 0;
}

static int add_in_host(struct network *network, const char *campaign_id, struct error *e)
{
	uint32_t base;

	network->bridge = bridge_name(campaign_id);
	network_bridge_remove(campaign_id);
	/* Campaigns that begin at once must not find the same addresses free. */
	cleanup_fd int all = own_lock_all(e);
	if (all < 0 || find_free_base(&base, e) < 0)
		return -1;
	network->host_address = address_text(base + 1);
	return bridge_add(network, e);
}

static int add_in_namespace(struct network *network, struct error *e)
{
	int back;

	network->bridge = str_dup("br0");
	network->host_address = address_text(NETWORK_BASE + 1);
	network->namespace_path = str_printf("/run/netns/%s", network->name);
	/* A namespace that exists although we own the id was left by an earlier process of this
	 * campaign. */
	if (file_exists(network->namespace_path))
		netns_remove(network->name);
	if (netns_run_ip(e, "netns", "add", network->name, NULL) < 0 ||
		netns_enter(network->namespace_path, &back, e) < 0)
		return -1;
	int status = bridge_add(network, e);
	if (status == 0)
		status = netns_run_ip(e, "link", "set", "lo", "up", NULL);
	netns_leave(back);
	return status;
}

int network_new(const char *campaign_id, struct network **out, struct error *e)
{
	if (drivers_own(campaign_id, e) < 0)
		return -1;
	struct network *network = mem_new(1, sizeof(*network));
	network->name = str_printf("tare-%s", campaign_id);
	network->prefix = PREFIX_LENGTH;
	network->mtu = ETH_DATA_LEN;
	int status =
		host_is_xen() ? add_in_host(network, campaign_id, e) : add_in_namespace(network, e);
	if (status < 0) {
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
	if (!network->namespace_path)
		network_bridge_remove(network->name + strlen("tare-"));
	else if (file_exists(network->namespace_path))
		netns_remove(network->name);
	free(network->name);
	free(network->namespace_path);
	free(network->bridge);
	free(network->host_address);
	free(network);
}
