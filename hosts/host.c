/* A host as the campaign sees it: this machine, whose drivers are called here, or one that is
 * reached. */
#include "hosts/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "hosts/digest.h"
#include "hosts/here.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* Longer than an outage of 30 s and TCP's wait for its next try. */
static const double clock_timeout_s = 10, ping_timeout_s = 120, network_timeout_s = 120,
		    probe_timeout_s = 600;

bool host_is_local(const struct host *host)
{
	return !host->spec.reach || host->spec.reach->count == 0;
}

struct host *host_new(const struct host_spec *spec)
{
	struct host *host = mem_new(1, sizeof(*host));
	char mark[DIGEST_TEXT_BYTES];

	host->spec = *spec;
	pthread_mutex_init(&host->pulse.mutex, NULL);
	host->reach.name = spec->name;
	host->reach.log_path = spec->log_path;
	host->reach.interrupt_fd = spec->interrupt_fd;
	digest_bytes(spec->name, strlen(spec->name), mark);
	if (host_is_local(host))
		host->id = str_dup(spec->campaign_id);
	else
		host->id = str_printf("%s%.4s", spec->campaign_id, mark);
	return host;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	host_disconnect(host);
	facts_free(&host->facts);
	reach_free(&host->reach);
	pthread_mutex_destroy(&host->pulse.mutex);
	free(host->program);
	free(host->id);
	free(host);
}

const char *host_name(const struct host *host)
{
	return host->spec.name;
}

static char *scratch(const struct host *host)
{
	return str_printf("%s/%s", host->spec.work_dir, host->id);
}

static int local_connect(struct host *host, struct error *e)
{
	cleanup_free char *left = scratch(host);

	if (drivers_clean("", NULL, NULL, e) < 0 || drivers_own(host->id, e) < 0 ||
		dir_remove(left, e) < 0)
		return -1;
	here_facts(&host->facts, host->spec.wants_qemu_version);
	host->connected = true;
	return 0;
}

static void local_disconnect(struct host *host)
{
	cleanup_free char *left = scratch(host);

	host->connected = false;
	drivers_clean(host->id, NULL, NULL, NULL);
	dir_remove(left, NULL);
	facts_free(&host->facts);
}

int host_connect(struct host *host, double timeout_s, struct error *e)
{
	if (host->connected)
		return 0;
	return host_is_local(host) ? local_connect(host, e) : remote_connect(host, timeout_s, e);
}

static void network_end(struct host *host)
{
	if (host_is_local(host) && !host->network_given)
		network_free(host->network);
	else
		network_forget(host->network);
	host->network = NULL;
}

void host_disconnect(struct host *host)
{
	network_end(host);
	if (!host->connected)
		return;
	if (host_is_local(host))
		local_disconnect(host);
	else
		remote_disconnect(host);
}

bool host_connected(const struct host *host)
{
	return host->connected;
}

bool host_seems_down(const struct host *host)
{
	return host->seems_down;
}

/* The end of the stream may have come while nobody listened, or a cut that ended no stream. */
bool host_answers(struct host *host)
{
	struct error e = {""};

	if (!host->connected || host_is_local(host))
		return host->connected;
	if (call_do(host, "ping", NULL, ping_timeout_s, NULL, &e) < 0 && !host->interrupted)
		host_lose(host, "%s", e.text);
	return host->connected;
}

const struct host_facts *host_facts(const struct host *host)
{
	return &host->facts;
}

int host_stage_image(struct host *host, struct error *e)
{
	if (!host->spec.image || host_is_local(host))
		return 0;
	return remote_stage(host, e);
}

static int remote_network(struct host *host, const char *bridge, unsigned prefix, struct error *e)
{
	json_t *result, *arguments = json_pack("{s:s*, s:s*, s:i}", "bridge", bridge, "address",
				host->spec.address, "prefix", (int)prefix);

	if (call_do(host, "network", arguments, network_timeout_s, &result, e) < 0)
		return -1;
	int status = wire_network_read(result, &host->network, e);
	json_decref(result);
	return status;
}

int host_network(struct host *host, const char *bridge, unsigned prefix,
	const struct network **network, struct error *e)
{
	int status;

	network_end(host);
	host->network_given = bridge != NULL;
	if (!host_is_local(host))
		status = remote_network(host, bridge, prefix, e);
	else if (bridge)
		status = here_bridge(
			host->id, bridge, host->spec.address, prefix, &host->network, e);
	else
		status = network_new(host->id, &host->network, e);
	if (status < 0)
		return -1;
	*network = host->network;
	return 0;
}

int host_clock(
	struct host *host, int64_t *sent_ns, int64_t *far_ns, int64_t *received_ns, struct error *e)
{
	json_t *result;

	*sent_ns = *far_ns = *received_ns = clock_realtime_ns();
	if (host_is_local(host))
		return 0;
	if (call_do(host, "clock", NULL, clock_timeout_s, &result, e) < 0)
		return -1;
	*received_ns = clock_realtime_ns();
	*far_ns = json_integer_value(json_object_get(result, "realtime_ns"));
	json_decref(result);
	return 0;
}

int host_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not)
{
	json_t *result;

	why_not->text[0] = '\0';
	if (host_is_local(host))
		return driver->probe(options, host->spec.image, why_not);
	json_t *arguments = json_pack("{s:s, s:o, s:s*}", "driver", driver->name, "options",
		wire_options(driver, options), "image",
		host->spec.image ? host->spec.image->digest : NULL);
	if (call_do(host, "probe", arguments, probe_timeout_s, &result, why_not) < 0)
		return -1;
	const char *remark = json_string_value(json_object_get(result, "remark"));
	if (remark && remark[0])
		error_set(why_not, "%s", remark);
	json_decref(result);
	return 0;
}
