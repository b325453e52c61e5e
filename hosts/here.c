/* What a host finds out about itself. */
#include "hosts/here.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libvirt/libvirt.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/connection.h"

#define XEN_URI "xen:///system"
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define CPUS_PATH "/sys/devices/system/cpu/online"

enum { TAIL_BYTES = 64 * 1024 };

/* Xen shows its first domain fewer CPUs and less memory than the machine has; libvirt asks Xen. */
static void ask_xen(struct host_facts *facts)
{
	virConnectPtr connection;
	virNodeInfo info;

	facts->capacity_known = connection_daemon_listens("xen") &&
				connection_get(XEN_URI, &connection, NULL) == 0 &&
				virNodeGetInfo(connection, &info) == 0 && info.cpus > 0;
	if (!facts->capacity_known)
		return;
	facts->cpus = facts->cpu_end = info.cpus;
	facts->memory_bytes = (uint64_t)info.memory << 10;
}

/* One more than the last number in a list such as "0-3,8-11"; numbers may have gaps where some are
 * off. */
static unsigned online_cpu_end(unsigned cpus)
{
	cleanup_free char *line = file_read_line(CPUS_PATH);
	const char *at = line ? line + strlen(line) : NULL;

	while (at && at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	unsigned long last = at ? strtoul(at, NULL, 10) : 0;
	return last + 1 > cpus ? (unsigned)last + 1 : cpus;
}

void here_facts(struct host_facts *facts, bool with_qemu)
{
	struct utsname name = {0};
	long online = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
	unsigned cpus = online > 0 ? (unsigned)online : 1;
	bool is_xen = host_is_xen();

	uname(&name);
	*facts = (struct host_facts){.kernel = str_dup(name.release),
		.hypervisor = str_dup(is_xen ? "xen" : "none"),
		.hypervisor_version = is_xen      ? host_xen_version()
				      : with_qemu ? host_qemu_version()
						  : NULL,
		.boot_id = file_read_line(BOOT_ID_PATH),
		.cpus = cpus,
		.cpu_end = online_cpu_end(cpus),
		.memory_bytes = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0,
		.capacity_known = true,
		.emulated = host_is_emulated()};
	if (is_xen)
		ask_xen(facts);
}

/* The address of an interface, or the interface of an address, whichever is NULL: the first of this
 * host that fits both. Caller frees both. */
static bool find_address(const char *interface, const char *address, char **found_interface,
	char **found_address, unsigned *prefix)
{
	struct ifaddrs *all;
	char text[INET_ADDRSTRLEN];
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *at = all; at && !found; at = at->ifa_next) {
		if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || !at->ifa_netmask)
			continue;
		const struct sockaddr_in *own = (const struct sockaddr_in *)at->ifa_addr;
		const struct sockaddr_in *mask = (const struct sockaddr_in *)at->ifa_netmask;
		inet_ntop(AF_INET, &own->sin_addr, text, sizeof(text));
		found = (!interface || strcmp(at->ifa_name, interface) == 0) &&
			(!address || strcmp(text, address) == 0);
		if (!found)
			continue;
		*found_interface = str_dup(at->ifa_name);
		*found_address = str_dup(text);
		*prefix = (unsigned)__builtin_popcount(mask->sin_addr.s_addr);
	}
	freeifaddrs(all);
	return found;
}

static bool has_address(const char *address)
{
	cleanup_free char *interface = NULL, *same = NULL;
	unsigned prefix;

	return find_address(NULL, address, &interface, &same, &prefix);
}

static unsigned interface_mtu(const char *interface)
{
	cleanup_free char *path = str_printf("/sys/class/net/%s/mtu", interface);
	cleanup_free char *text = file_read_line(path);
	long mtu = text ? strtol(text, NULL, 10) : 0;

	return mtu > 0 && mtu <= UINT16_MAX ? (unsigned)mtu : ETH_DATA_LEN;
}

static int site_bridge(const char *campaign_id, const char *bridge, const char *address,
	unsigned prefix, struct network **out, struct error *e)
{
	cleanup_free char *sign = str_printf("/sys/class/net/%s/bridge", bridge);

	if (!address)
		return error_set(e,
			"the host has no address for its bridge %s; add address: to the host in "
			"the site file",
			bridge);
	if (strchr(bridge, '/') || !file_exists(sign))
		return error_set(e, "no bridge %s; create it with: ip link add %s type bridge",
			bridge, bridge);
	if (!has_address(address))
		return error_set(e,
			"the host does not have the address %s; add it with: ip address add %s/%u "
			"dev %s, or correct address: in the site file",
			address, address, prefix, bridge);
	struct network *network = mem_new(1, sizeof(*network));
	network->name = str_printf("tare-%s", campaign_id);
	network->bridge = str_dup(bridge);
	network->host_address = str_dup(address);
	network->prefix = prefix;
	network->mtu = interface_mtu(bridge);
	*out = network;
	return 0;
}

/* What only its machines without a network of their own use: there is no bridge. */
static int own_network(const char *campaign_id, const char *interface, const char *address,
	struct network **out, struct error *e)
{
	cleanup_free char *name = NULL, *own = NULL;
	unsigned prefix;

	if (!find_address(interface, address, &name, &own, &prefix))
		return error_set(e,
			"the host has no IPv4 address%s%s%s%s; correct data.interface or the "
			"host's address in the site file (ip -4 address shows them)",
			address ? " " : "", address ? address : "", interface ? " on " : "",
			interface ? interface : "");
	struct network *network = mem_new(1, sizeof(*network));
	network->name = str_printf("tare-%s", campaign_id);
	network->host_address = take_ptr(own);
	network->prefix = prefix;
	network->mtu = interface_mtu(name);
	*out = network;
	return 0;
}

int here_network(const char *campaign_id, const struct host_data *data, const char *address,
	struct network **out, struct error *e)
{
	if (data->own)
		return own_network(campaign_id, data->interface, address, out, e);
	if (data->bridge)
		return site_bridge(campaign_id, data->bridge, address, data->prefix, out, e);
	return network_new(campaign_id, out, e);
}

char *here_file_tail(const char *path, size_t *count)
{
	cleanup_fd int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	cleanup_free char *bytes = mem_new(1, TAIL_BYTES + 1);
	size_t used = 0;

	if (fd < 0)
		return NULL;
	off_t size = lseek(fd, 0, SEEK_END);
	lseek(fd, size > TAIL_BYTES ? size - TAIL_BYTES : 0, SEEK_SET);
	while (used < TAIL_BYTES) {
		ssize_t got = read(fd, bytes + used, TAIL_BYTES - used);
		if (got <= 0 && errno != EINTR)
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	*count = used;
	return take_ptr(bytes);
}

void here_count(struct counters **counters, const struct host_counting *counting, const char *id)
{
	const struct counters_scope scope = {
		counting->cpus, counting->cpu_count, id, counting->exit_reasons};

	if (!*counters)
		*counters = counters_new("", getpid());
	if (counting->after)
		counters_end(*counters, counting->counters);
	else
		counters_begin(*counters, &scope, counting->counters);
}
