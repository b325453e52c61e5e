/* The one list of drivers, and cleaning up after all of them. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "drivers/local.h"

static const double able_timeout_s = 60;

#define DRIVER_ADDRESS(name) &driver_##name,

const struct driver *const drivers[] = {DRIVERS(DRIVER_ADDRESS) NULL};

const struct driver *driver_find(const char *name)
{
	const struct driver *const *row = drivers;

	while (*row && strcmp((*row)->name, name) != 0)
		row++;
	return *row;
}

unsigned driver_caps(const struct driver *driver, const void *options)
{
	return driver->caps | (driver->option_caps ? driver->option_caps(options) : 0);
}

struct cleaning {
	void (*report)(void *context, const char *line);
	void *context;
};

static void report_nothing(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static void remove_netns(const char *name, void *context)
{
	const struct cleaning *cleaning = context;
	cleanup_free char *line = str_printf("network namespace %s and what is in it", name);

	netns_remove(name);
	cleaning->report(cleaning->context, line);
}

/* Whether processes can be found and programs be run: what a process without descriptors or memory
 * cannot remove must not be forgotten. */
static int check_able(struct error *e)
{
	cleanup_argv struct argv argv = {0};
	cleanup_dir DIR *processes = opendir("/proc");

	if (!processes)
		return error_errno(e, errno, "cannot clean: /proc");
	argv_add(&argv, "true");
	return process_check(&argv, able_timeout_s, e) < 0 ? error_prefix(e, "cannot clean") : 0;
}

static void count_one(const char *name, void *context)
{
	(void)name;
	++*(size_t *)context;
}

/* Removes what a dead campaign left. Its run directory goes last: as long as it is there, the next
 * cleaning tries again. */
static int clean_id(const char *id, struct cleaning *cleaning, struct error *e)
{
	cleanup_free char *machines = str_printf("tare-%s-", id);
	cleanup_free char *network = str_printf("tare-%s", id);
	cleanup_free char *path = str_printf("/run/netns/%s", network);
	cleanup_free char *line = str_printf("run directory /run/tare/%s", id);
	cleanup_free char *bridge = str_printf("bridge of campaign %s", id);

	size_t left = 0;
	if (check_able(e) < 0)
		return -1;
	for (const struct driver *const *driver = drivers; *driver; driver++) {
		if ((*driver)->clean &&
			(*driver)->clean(id, cleaning->report, cleaning->context, e) < 0)
			return -1;
	}
	netns_each(machines, remove_netns, cleaning);
	size_t taps = netns_remove_taps(id);
	cleanup_free char *tap_line = str_printf("%zu tap devices of campaign %s", taps, id);
	if (taps > 0)
		cleaning->report(cleaning->context, tap_line);
	if (access(path, F_OK) == 0)
		remove_netns(network, cleaning);
	if (network_bridge_remove(id))
		cleaning->report(cleaning->context, bridge);
	netns_each(machines, count_one, &left);
	left += access(path, F_OK) == 0;
	if (left > 0)
		return error_set(e,
			"%zu network namespaces of campaign %s cannot be removed; ip netns lists "
			"them",
			left, id);
	int removed = own_remove(id, e);
	if (removed > 0)
		cleaning->report(cleaning->context, line);
	return removed < 0 ? -1 : 0;
}

int drivers_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	struct cleaning cleaning = {report ? report : report_nothing, context};

	/* Owning the id first fails if its campaign is alive. */
	if (campaign_id[0] && drivers_own(campaign_id, e) < 0)
		return -1;
	cleanup_fd int all = own_lock_all(e);
	if (all < 0)
		return -1;
	char **ids = own_ids_to_clean(campaign_id);
	struct error first = {""};
	for (char **id = ids; *id; id++) {
		struct error next = {""};
		if (clean_id(*id, &cleaning, &next) < 0 && !error_is_set(&first))
			first = next;
	}
	own_ids_free(ids);
	return error_is_set(&first) ? error_set(e, "%s", first.text) : 0;
}
