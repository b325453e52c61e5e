/* Network namespaces: entering one for a while, making one for a machine, and ports on the
 * data network's bridge. All changes are made by ip(8). */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "drivers/local.h"

#define NETNS_DIR "/run/netns"

static const double ip_timeout_s = 20;

int netns_enter(const char *path, int *back, struct error *e)
{
	*back = -1;
	if (!path)
		return 0;
	cleanup_fd int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	cleanup_fd int there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0)
		return error_errno(e, errno, "network namespace %s", path);
	if (setns(there, CLONE_NEWNET) < 0)
		return error_errno(e, errno, "enter the network namespace %s", path);
	*back = take_fd(&here);
	return 0;
}

void netns_leave(int back)
{
	if (back < 0)
		return;
	if (setns(back, CLONE_NEWNET) < 0)
		abort();
	close(back);
}

int netns_run_ip(struct error *e, ...)
{
	cleanup_argv struct argv argv = {0};
	va_list words;

	argv_add(&argv, "ip");
	va_start(words, e);
	for (const char *word; (word = va_arg(words, const char *));)
		argv_add(&argv, word);
	va_end(words);
	return process_check(&argv, ip_timeout_s, e);
}

/* A port is named by what is unique on the bridge, the address's last two bytes, and by the
 * campaign, because the host's own namespace may hold several. At most 15 characters are allowed.
 */
static char *port_name(char kind, const char *campaign_id, const char *address)
{
	unsigned bytes[4] = {0};

	sscanf(address, "%u.%u.%u.%u", &bytes[0], &bytes[1], &bytes[2], &bytes[3]);
	return str_printf("%c%.8s-%02x%02x", kind, campaign_id, bytes[2] & 255, bytes[3] & 255);
}

char *netns_tap_name(const char *campaign_id, const char *address)
{
	return port_name('t', campaign_id, address);
}

char *netns_mac(const char *address)
{
	unsigned bytes[4] = {0};

	sscanf(address, "%u.%u.%u.%u", &bytes[0], &bytes[1], &bytes[2], &bytes[3]);
	return str_printf("52:54:%02x:%02x:%02x:%02x", bytes[0] & 255, bytes[1] & 255,
		bytes[2] & 255, bytes[3] & 255);
}

int netns_add_tap(const char *name, const struct network *network, struct error *e)
{
	cleanup_free char *mtu = str_printf("%u", network->mtu);
	int back;

	if (netns_enter(network->namespace_path, &back, e) < 0)
		return -1;
	int status = netns_run_ip(e, "tuntap", "add", "dev", name, "mode", "tap", NULL);
	if (status == 0 && netns_run_ip(e, "link", "set", name, "mtu", mtu, "master",
				   network->bridge, "up", NULL) < 0) {
		netns_run_ip(NULL, "link", "del", name, NULL);
		status = -1;
	}
	netns_leave(back);
	return status;
}

void netns_remove_tap(const char *name, const char *namespace_path)
{
	int back;

	/* The campaign's network, and the tap with it, may have been removed first. */
	if (netns_enter(namespace_path, &back, NULL) < 0)
		return;
	netns_run_ip(NULL, "link", "del", name, NULL);
	netns_leave(back);
}

size_t netns_remove_taps(const char *campaign_id)
{
	cleanup_free char *prefix = str_printf("t%.8s-", campaign_id);
	struct if_nameindex *all = if_nameindex();
	size_t removed = 0;

	for (struct if_nameindex *at = all; at && at->if_name; at++) {
		if (strncmp(at->if_name, prefix, strlen(prefix)) == 0 &&
			netns_run_ip(NULL, "link", "del", at->if_name, NULL) == 0)
			removed++;
	}
	if_freenameindex(all);
	return removed;
}

static int eth0_add(
	const char *name, const struct network *network, const char *address, struct error *e)
{
	cleanup_free char *port = port_name('c', network->name + strlen("tare-"), address);
	cleanup_free char *with_prefix = str_printf("%s/%u", address, network->prefix);
	cleanup_free char *mtu = str_printf("%u", network->mtu);
	int back;

	if (netns_enter(network->namespace_path, &back, e) < 0)
		return -1;
	int status = netns_run_ip(e, "link", "add", port, "mtu", mtu, "type", "veth", "peer",
		"name", "eth0", "mtu", mtu, "netns", name, NULL);
	if (status == 0)
		status =
			netns_run_ip(e, "link", "set", port, "master", network->bridge, "up", NULL);
	netns_leave(back);
	if (status < 0 ||
		netns_run_ip(e, "-n", name, "addr", "add", with_prefix, "dev", "eth0", NULL) < 0)
		return -1;
	return netns_run_ip(e, "-n", name, "link", "set", "eth0", "up", NULL);
}

int netns_add(const char *name, const struct network *network, const char *address, struct error *e)
{
	if (netns_run_ip(e, "netns", "add", name, NULL) < 0)
		return -1;
	if (netns_run_ip(e, "-n", name, "link", "set", "lo", "up", NULL) < 0 ||
		(network && address && eth0_add(name, network, address, e) < 0)) {
		netns_remove(name);
		return -1;
	}
	return 0;
}

void netns_remove(const char *name)
{
	/* Removing only the namespace would remove the pair a moment later, and its name would be
	 * in use until then. */
	netns_run_ip(NULL, "-n", name, "link", "del", "eth0", NULL);
	netns_run_ip(NULL, "netns", "del", name, NULL);
}

void netns_each(const char *prefix, void (*use)(const char *name, void *context), void *context)
{
	cleanup_dir DIR *dir = opendir(NETNS_DIR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			use(entry->d_name, context);
	}
}
