/* Configures the machine's data network interface by ioctls. */
#include "agent/netdev.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* A driver may just have been loaded; a bridge port may take a moment to forward. */
enum { WAIT_MS = 5000, STEP_MS = 10, NAME_SIZE = IFNAMSIZ };

struct address {
	struct in_addr host, mask;
};

static int address_parse(const char *text, struct address *out, struct error *e)
{
	char host[32];
	const char *slash = strchr(text, '/');
	char *end = NULL;
	long prefix = slash ? strtol(slash + 1, &end, 10) : -1;

	if (!slash || (size_t)(slash - text) >= sizeof(host) || end == slash + 1 || *end ||
		prefix < 1 || prefix > 32)
		return error_set(e, "%s: expected an address like 198.18.0.2/24", text);
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (inet_pton(AF_INET, host, &out->host) != 1)
		return error_set(e, "%s: expected an address like 198.18.0.2/24", text);
	out->mask.s_addr = htonl(~UINT32_C(0) << (32 - prefix));
	return 0;
}

static bool is_ethernet(int fd, const char *name)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, name, strnlen(name, NAME_SIZE - 1));
	return ioctl(fd, SIOCGIFHWADDR, &request) == 0 &&
	       request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

static bool first_ethernet(int fd, char name[NAME_SIZE])
{
	struct if_nameindex *all = if_nameindex();
	bool found = false;

	for (size_t i = 0; all && all[i].if_index && !found; i++) {
		if (!is_ethernet(fd, all[i].if_name))
			continue;
		strncpy(name, all[i].if_name, NAME_SIZE - 1);
		name[NAME_SIZE - 1] = '\0';
		found = true;
	}
	if (all)
		if_freenameindex(all);
	return found;
}

static bool exists(int fd, const char *wanted, char name[NAME_SIZE])
{
	struct ifreq request = {0};

	if (!wanted || !*wanted)
		return first_ethernet(fd, name);
	if (strlen(wanted) >= NAME_SIZE)
		return false;
	strcpy(name, wanted);
	strcpy(request.ifr_name, wanted);
	return ioctl(fd, SIOCGIFINDEX, &request) == 0;
}

static int set_address(int fd, const char *name, unsigned long what, struct in_addr value)
{
	struct ifreq request = {0};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = value};

	memcpy(request.ifr_name, name, NAME_SIZE);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	return ioctl(fd, what, &request);
}

static int flags_get(int fd, const char *name, struct ifreq *request)
{
	*request = (struct ifreq){0};
	memcpy(request->ifr_name, name, NAME_SIZE);
	return ioctl(fd, SIOCGIFFLAGS, request);
}

static int mtu_set(int fd, const char *name, unsigned mtu)
{
	struct ifreq request = {.ifr_mtu = (int)mtu};

	memcpy(request.ifr_name, name, NAME_SIZE);
	return ioctl(fd, SIOCSIFMTU, &request);
}

/* Cards have limits, most Gigabit cards about 9000. If none of these is possible the card keeps its
 * MTU, and every protocol that negotiates segment sizes still works. Not 4096, which an RTL8139C+
 * supports: QEMU's stops receiving then. */
static void mtu_raise(int fd, const char *name, unsigned wanted)
{
	static const unsigned usual[] = {16000, 9000};

	if (wanted == 0 || mtu_set(fd, name, wanted) == 0)
		return;
	for (size_t i = 0; i < ARRAY_COUNT(usual); i++)
		if (usual[i] < wanted && mtu_set(fd, name, usual[i]) == 0)
			return;
}

int netdev_configure(
	const char *interface, const char *address_prefix, unsigned mtu, struct error *e)
{
	struct address address;
	struct ifreq request;
	char name[NAME_SIZE] = "";
	int waited_ms = 0;

	if (address_parse(address_prefix, &address, e) < 0)
		return -1;
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(e, errno, "socket");
	for (; !exists(fd, interface, name) && waited_ms < WAIT_MS; waited_ms += STEP_MS)
		clock_sleep_s(STEP_MS / 1000.0);
	if (waited_ms >= WAIT_MS)
		return error_set(e, "the machine has no network interface %s",
			interface && *interface ? interface : "(only loopback)");
	mtu_raise(fd, name, mtu);
	if (set_address(fd, name, SIOCSIFADDR, address.host) < 0 ||
		set_address(fd, name, SIOCSIFNETMASK, address.mask) < 0)
		return error_errno(e, errno, "cannot set the address of %s", name);
	if (flags_get(fd, name, &request) < 0)
		return error_errno(e, errno, "%s", name);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_errno(e, errno, "cannot bring up %s", name);
	for (; waited_ms < WAIT_MS; waited_ms += STEP_MS) {
		if (flags_get(fd, name, &request) == 0 && (request.ifr_flags & IFF_RUNNING))
			return 0;
		clock_sleep_s(STEP_MS / 1000.0);
	}
	return error_set(e, "%s has no carrier", name);
}
