/* A host as the campaign sees it: every call is dispatched through the host's operations. */
#include "hosts/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "hosts/digest.h"
#include "hosts/here.h"
#include "hosts/private.h"
#include "hosts/wire.h"

static const struct host_operations *const rows[] = {&local_operations, &remote_operations};

struct host *host_new(const struct host_spec *spec)
{
	struct host *host = mem_new(1, sizeof(*host));
	bool here = !spec->reach || spec->reach->count == 0;
	char mark[DIGEST_TEXT_BYTES];

	host->spec = *spec;
	host->is_remote = !here;
	host->operations = rows[host->is_remote];
	pthread_mutex_init(&host->heartbeat.mutex, NULL);
	host->reach.name = spec->name;
	host->reach.log_path = spec->log_path;
	host->reach.interrupt_fd = spec->interrupt_fd;
	digest_bytes(spec->name, strlen(spec->name), mark);
	host->id =
		here ? str_dup(spec->campaign_id) : str_printf("%s%.4s", spec->campaign_id, mark);
	return host;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	host_disconnect(host);
	wire_facts_free(&host->facts);
	reach_free(&host->reach);
	pthread_mutex_destroy(&host->heartbeat.mutex);
	free(host->programs_dir);
	free(host->program);
	free(host->attach_program);
	free(host->id);
	free(host);
}

int host_connect(struct host *host, double timeout_s, struct error *e)
{
	return host->connected ? 0 : host->operations->connect(host, timeout_s, e);
}

static void network_end(struct host *host)
{
	host->operations->network_end(host);
	host->network = NULL;
}

void host_disconnect(struct host *host)
{
	network_end(host);
	if (host->connected)
		host->operations->disconnect(host);
}

bool host_connected(const struct host *host)
{
	return host->connected;
}

bool host_seems_down(const struct host *host)
{
	return host->seems_down;
}

/* The stream may have ended since it was last read, or the network may have failed without ending
 * it. */
bool host_answers(struct host *host)
{
	if (host->connected)
		host->operations->ping(host);
	return host->connected;
}

const struct host_facts *host_facts(const struct host *host)
{
	return &host->facts;
}

int host_stage_image(struct host *host, struct error *e)
{
	return host->spec.image ? host->operations->stage(host, e) : 0;
}

int host_network(struct host *host, const struct host_data *data, const struct network **network,
	struct error *e)
{
	network_end(host);
	host->network_given = data->own || data->bridge;
	if (host->operations->network(host, data, e) < 0)
		return -1;
	*network = host->network;
	return 0;
}

int host_clock(
	struct host *host, int64_t *sent_ns, int64_t *far_ns, int64_t *received_ns, struct error *e)
{
	*sent_ns = clock_realtime_ns();
	int status = host->operations->clock(host, far_ns, e);
	*received_ns = clock_realtime_ns();
	return status;
}

void hosts_count(struct host_counting *countings, size_t count)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		rows[i]->count(countings, count);
}

int host_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not)
{
	*why_not = (struct error){""};
	return host->operations->probe(host, driver, options, why_not);
}

/* --- machines --------------------------------------------------------------------------------- */

void hosts_start(struct host_start *starts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		starts[i].machine = NULL;
		starts[i].error = (struct error){""};
	}
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		rows[i]->start(starts, count);
}

void hosts_stop(struct host_machine **machines, size_t count)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		rows[i]->stop(machines, count);
}

static int unable(const struct host_machine *machine, const char *what, struct error *e)
{
	return error_set(
		e, "%s: driver %s cannot %s a machine", machine->name, machine->driver->name, what);
}

char *host_machine_log_tail(struct host_machine *machine)
{
	return machine->host->operations->log_tail(machine);
}

int host_machine_save(struct host_machine *machine, struct error *e)
{
	if (!machine->driver->save)
		return unable(machine, "save", e);
	return machine->host->operations->save(machine, e);
}

int host_machine_restore(struct host_machine *machine, struct error *e)
{
	if (!machine->driver->restore)
		return unable(machine, "restore", e);
	return machine->host->operations->restore(machine, e);
}

int host_machine_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e)
{
	if (!machine->driver->migrate)
		return unable(machine, "migrate", e);
	return machine->host->operations->migrate(machine, destination, took_s, e);
}

int host_machine_storage_counters(
	struct host_machine *machine, struct storage_counters *out, struct error *e)
{
	if (!machine->driver->storage_counters)
		return error_set(e, "%s: driver %s has no storage counters", machine->name,
			machine->driver->name);
	return machine->host->operations->storage_counters(machine, out, e);
}
