/* Creates, keeps and ends one domain. */
#include "drivers/guest.h"

#include <string.h>

#include <libvirt/virterror.h>

#include "base/array.h"
#include "base/clock.h"
#include "drivers/channel.h"
#include "drivers/connection.h"
#include "drivers/container_root.h"
#include "drivers/counters.h"
#include "drivers/host_setting.h"
#include "drivers/local.h"
#include "drivers/pass_through.h"
#include "drivers/qemu_end.h"

/* Polling a socket is cheap; looking up a Xen domain takes time of libvirtd and Xen, on the CPUs
 * where the migration is being measured. */
static const double arrive_limit_s = 1, arrive_socket_poll_s = 0.005, arrive_xen_poll_s = 0.05;
/* How long and how often destroying is tried: a daemon that has just been restarted may not yet
 * list the domain as running. */
static const double destroy_limit_s = 10, destroy_poll_s = 0.25, end_limit_s = 30;

/* --- connections that die ------------------------------------------------------------------ */

/* The domain over a live connection: its present one, or a new one over which it is looked up by
 * name. NULL with e set if there is no connection; NULL without e if libvirt has no such domain. */
static virDomainPtr domain_now(struct guest *guest, struct error *e)
{
	virConnectPtr connection;

	if (guest->domain && virConnectIsAlive(virDomainGetConnect(guest->domain)) == 1)
		return guest->domain;
	if (connection_get(guest->uri, &connection, e) < 0)
		return NULL;
	virDomainPtr found = virDomainLookupByName(connection, guest->name);
	if (!found)
		return NULL;
	if (guest->domain)
		virDomainFree(guest->domain);
	return guest->domain = found;
}

/* domain_now, where no domain is an error. */
static virDomainPtr domain_get(struct guest *guest, struct error *e)
{
	struct error why = {""};
	virDomainPtr domain = domain_now(guest, &why);

	if (!domain && error_is_set(&why))
		error_set(e, "%s", why.text);
	else if (!domain)
		error_set(e, "%s is gone: it was destroyed from outside, or powered off",
			guest->name);
	return domain;
}

/* One try. True when there is no such domain any more. */
static bool destroyed(struct guest *guest)
{
	struct error why = {""};
	virDomainPtr domain = domain_now(guest, &why);

	if (!domain)
		return !error_is_set(&why);
	if (virDomainDestroy(domain) == 0)
		return true;
	int code = virGetLastErrorCode();
	return code == VIR_ERR_NO_DOMAIN || code == VIR_ERR_OPERATION_INVALID;
}

/* Drivers that are shut down leave their devices idle. A device of a guest that is destroyed while
 * the device works raises its interrupt line, which no handler of the host lowers: the host is busy
 * with it until the kernel switches the line off. */
static void await_end(struct guest *guest)
{
	double deadline_s = clock_monotonic_s() + end_limit_s;
	struct error why = {""};
	virDomainPtr domain;

	while (guest->ends_itself && (domain = domain_now(guest, &why)) &&
		virDomainIsActive(domain) == 1 && clock_monotonic_s() < deadline_s)
		clock_sleep_s(destroy_poll_s);
}

/* Nothing of a guest that is destroyed is kept. What has devices of the host is left to libvirt,
 * which knows how long they take. */
static int end_process(const struct guest *guest, const char *word)
{
	bool is_qemu = guest->channel == CHANNEL_VIRTIO || guest->channel == CHANNEL_SERIAL;

	return is_qemu && guest->hostdevs.count == 0 ? qemu_end(word, destroy_limit_s) : -1;
}

static void destroy(struct guest *guest)
{
	double deadline_s = clock_monotonic_s() + destroy_limit_s;

	while (!destroyed(guest) && clock_monotonic_s() < deadline_s)
		clock_sleep_s(destroy_poll_s);
}

/* --- creation ------------------------------------------------------------------------------ */

/* With the embedded driver this thread makes QEMU and its tap device: so it has to be in the data
 * network's namespace meanwhile. */
static virDomainPtr create(
	struct guest *guest, virConnectPtr connection, const char *xml, struct error *e)
{
	int back;

	if (netns_enter(guest->namespace_path, &back, e) < 0)
		return NULL;
	virDomainPtr domain = virDomainCreateXML(connection, xml, VIR_DOMAIN_START_VALIDATE);
	netns_leave(back);
	if (!domain)
		connection_error(e, guest->name);
	return domain;
}

int guest_create(struct guest *guest, const char *xml, struct error *e)
{
	virConnectPtr connection;

	if (connection_get(guest->uri, &connection, e) < 0)
		return -1;
	guest->domain = create(guest, connection, xml, e);
	if (guest->domain || virConnectIsAlive(connection) == 1)
		return guest->domain ? 0 : -1;
	destroy(guest);
	if (connection_get(guest->uri, &connection, e) < 0)
		return -1;
	guest->domain = create(guest, connection, xml, e);
	return guest->domain ? 0 : -1;
}

int guest_channel(struct guest *guest, struct error *e)
{
	if (guest->channel == CHANNEL_VIRTIO || guest->channel == CHANNEL_SERIAL)
		return channel_connect(guest->socket, e);
	cleanup_free char *xml = virDomainGetXMLDesc(guest->domain, 0);
	if (!xml)
		return connection_error(e, guest->name);
	return channel_open_pty(xml, guest->channel == CHANNEL_XEN ? "channel" : "console", e);
}

/* --- save and restore ---------------------------------------------------------------------- */

int guest_save(struct guest *guest, struct error *e)
{
	struct storage_counters counters;
	virDomainPtr domain = domain_get(guest, e);

	if (!domain)
		return -1;
	/* The hypervisor's counts end with the process that made them. */
	if (guest->disk && guest_counters(guest, &counters, NULL) == 0)
		guest->before = counters.machine;
	if (virDomainSaveFlags(domain, guest->save_path, NULL, 0) < 0)
		return connection_error(e, "save");
	virDomainFree(guest->domain);
	guest->domain = NULL;
	return 0;
}

static int restore(struct guest *guest, virConnectPtr connection, struct error *e)
{
	int back;

	if (netns_enter(guest->namespace_path, &back, e) < 0)
		return -1;
	/* Paused until the channel is open here: otherwise the guest sees end-of-file. */
	int status =
		virDomainRestoreFlags(connection, guest->save_path, NULL, VIR_DOMAIN_SAVE_PAUSED);
	netns_leave(back);
	return status < 0 ? connection_error(e, "restore") : 0;
}

int guest_restore(struct guest *guest, struct error *e)
{
	virConnectPtr connection;

	if (guest->domain)
		return error_set(
			e, "%s is running: only a saved machine can be restored", guest->name);
	if (connection_get(guest->uri, &connection, e) < 0 || restore(guest, connection, e) < 0)
		return -1;
	unlink(guest->save_path);
	guest->domain = virDomainLookupByName(connection, guest->name);
	if (!guest->domain)
		return connection_error(e, guest->name);
	cleanup_fd int fd = guest_channel(guest, e);
	if (fd < 0)
		return -1;
	if (virDomainResume(guest->domain) < 0)
		return connection_error(e, "resume");
	return take_fd(&fd);
}

/* --- migration ----------------------------------------------------------------------------- */

/* Only QEMU copies disks; other guests must have none. */
static int migration_flags(const struct guest *guest, unsigned long *flags, struct error *e)
{
	*flags = VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER;
	if (strncmp(guest->uri, EMBED_URI, strlen(EMBED_URI)) == 0)
		return error_set(e, "a guest of the embedded driver cannot migrate: start a "
				    "libvirtd, and name a bridge in the site file");
	if (guest->channel != CHANNEL_XEN)
		*flags |= VIR_MIGRATE_NON_SHARED_DISK;
	else if (guest->disk)
		return error_set(e, "Xen migrates no disks: use a machine without scratch disk");
	return 0;
}

/* A copy of given, or else the template with the address filled in. Caller frees. */
static char *uri_to(const char *given, const char *template, const char *address)
{
	static const char mark[] = "{address}";
	const char *at = strstr(template, mark);

	if (given || !address)
		return str_dup(given);
	if (!at)
		return str_dup(template);
	return str_printf("%.*s%s%s", (int)(at - template), template, address, at + strlen(mark));
}

int guest_migrate(struct guest *guest, const struct migration *migration, struct error *e)
{
	const char *address = migration->address;
	cleanup_free char *uri = uri_to(migration->uri, guest->migrate_uri, address);
	cleanup_free char *memory_uri = uri_to(migration->memory_uri, "tcp://{address}", address);
	cleanup_free char *disks_uri = uri_to(migration->disks_uri, "tcp://{address}", address);
	const struct {
		const char *name, *value;
	} rows[] = {
		{VIR_MIGRATE_PARAM_URI, memory_uri},
		/* libvirt's Xen driver refuses this parameter. */
		{VIR_MIGRATE_PARAM_DISKS_URI, guest->channel == CHANNEL_XEN ? NULL : disks_uri},
	};
	virTypedParameterPtr values = NULL;
	int count = 0, capacity = 0;
	unsigned long flags;
	virDomainPtr domain = domain_get(guest, e);

	if (!domain || migration_flags(guest, &flags, e) < 0)
		return -1;
	if (!uri)
		return error_set(e, "no migration destination was given");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].value)
			virTypedParamsAddString(
				&values, &count, &capacity, rows[i].name, rows[i].value);
	}
	int status = virDomainMigrateToURI3(domain, uri, values, (unsigned)count, (unsigned)flags);
	virTypedParamsFree(values, count);
	if (status < 0)
		return connection_error(e, uri);
	guest->has_moved = true;
	virDomainFree(guest->domain);
	guest->domain = NULL;
	return 0;
}

/* A socket exists as soon as the destination waits for the guest: connecting before the guest runs
 * there keeps it from seeing its channel closed, which would end its jobs. A Xen guest does not see
 * that, and its pseudo-terminal is known once it has arrived. */
int guest_arrive(struct guest *guest, struct error *e)
{
	double deadline_s = clock_monotonic_s() + arrive_limit_s;
	bool is_socket = guest->channel == CHANNEL_VIRTIO || guest->channel == CHANNEL_SERIAL;
	double poll_s = is_socket ? arrive_socket_poll_s : arrive_xen_poll_s;
	int fd;

	do {
		fd = is_socket || domain_get(guest, e) ? guest_channel(guest, e) : -1;
	} while (fd < 0 && clock_monotonic_s() < deadline_s && (clock_sleep_s(poll_s), true));
	return fd;
}

/* --- counters ------------------------------------------------------------------------------ */

/* *known becomes false where libvirt has no counts: of disks that QEMU serves to a Xen guest. */
static int machine_counts(
	struct guest *guest, struct storage_counts *out, bool *known, struct error *e)
{
	virTypedParameter values[16];
	int count = ARRAY_COUNT(values);
	const struct {
		const char *name;
		uint64_t *value;
	} rows[] = {
		{VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, &out->writes},
		{VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, &out->written_bytes},
		{VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ, &out->flushes},
	};
	virDomainPtr domain = domain_get(guest, e);

	if (!domain)
		return -1;
	*known = virDomainBlockStatsFlags(domain, guest->disk, values, &count, 0) == 0;
	if (!*known)
		return virGetLastErrorCode() == VIR_ERR_OPERATION_UNSUPPORTED
			       ? 0
			       : connection_error(e, "storage counters");
	*out = guest->before;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		long long value = 0;
		if (virTypedParamsGetLLong(values, count, rows[i].name, &value) == 1 && value > 0)
			*rows[i].value += (uint64_t)value;
	}
	return 0;
}

int guest_counters(struct guest *guest, struct storage_counters *out, struct error *e)
{
	struct storage_counters counters = {0};

	if (!guest->storage)
		return error_set(e, "the machine has no scratch disk");
	/* libvirt counts the disks that it knows. */
	if (guest->disk && machine_counts(guest, &counters.machine, &counters.machine_known, e) < 0)
		return -1;
	counters.host_known = counters_of_host(guest->storage->path, &counters.host);
	*out = counters;
	return 0;
}

void guest_free(struct guest *guest)
{
	if (!guest)
		return;
	cleanup_free char *word = str_printf("guest=%s,", guest->name);
	if (!guest->has_moved) {
		await_end(guest);
		cleanup_fd int monitor = end_process(guest, word);
		(void)monitor; /* open until libvirt knows that the guest has ended */
		destroy(guest);
		program_kill(program_has_word, word);
		unlink(guest->socket);
	}
	if (guest->xen_log)
		unlink(guest->xen_log);
	if (guest->domain)
		virDomainFree(guest->domain);
	if (guest->overlay)
		container_root_remove(guest->overlay);
	if (guest->netns)
		netns_remove(guest->netns);
	storage_free(guest->storage);
	if (guest->hostdevs.count > 0)
		pass_through_give_back(guest->campaign_id, &guest->hostdevs);
	if (guest->settings_of)
		host_settings_release(guest->settings_of);
	char *const owned[] = {guest->migrate_uri, guest->uri, guest->name, guest->socket,
		guest->namespace_path, guest->disk, guest->save_path, guest->xen_log,
		guest->overlay, guest->netns, guest->settings_of, guest->campaign_id};
	for (size_t i = 0; i < ARRAY_COUNT(owned); i++)
		free(owned[i]);
	free(guest);
}
