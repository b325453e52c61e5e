/* A remote host: every operation is a request to tare-host there. */
#include <stdlib.h>

#include "base/array.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* Longer than an outage of 30 s and TCP's wait for its next retransmission. */
static const double clock_timeout_s = 10, ping_timeout_s = 120, network_timeout_s = 120,
		    probe_timeout_s = 600;

static void remote_ping(struct host *host)
{
	struct error e = {""};

	if (call_do(host, "ping", NULL, ping_timeout_s, NULL, &e) < 0 && !host->interrupted)
		host_lose(host, "%s", e.text);
}

static int remote_network(struct host *host, const struct host_data *data, struct error *e)
{
	json_t *result, *arguments = json_pack("{s:b, s:s*, s:s*, s:s*, s:i}", "own", data->own,
				"interface", data->interface, "bridge", data->bridge, "address",
				host->spec.address, "prefix", (int)data->prefix);

	if (call_do(host, "network", arguments, network_timeout_s, &result, e) < 0)
		return -1;
	int status = wire_network_read(result, &host->network, e);
	json_decref(result);
	return status;
}

static void remote_network_end(struct host *host)
{
	wire_network_free(host->network);
}

static int remote_clock(struct host *host, int64_t *far_ns, struct error *e)
{
	json_t *result;

	if (call_do(host, "clock", NULL, clock_timeout_s, &result, e) < 0)
		return -1;
	*far_ns = json_integer_value(json_object_get(result, "realtime_ns"));
	json_decref(result);
	return *far_ns > 0 ? 0 : error_set(e, "%s: invalid time", host->spec.name);
}

static int remote_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not)
{
	json_t *result, *arguments = json_pack("{s:s, s:o}", "driver", driver->name, "options",
				wire_options(driver, options));

	if (call_do(host, "probe", arguments, probe_timeout_s, &result, why_not) < 0)
		return -1;
	const char *remark = json_string_value(json_object_get(result, "remark"));
	if (remark && remark[0])
		error_set(why_not, "%s", remark);
	json_decref(result);
	return 0;
}

const struct host_operations remote_operations = {
	.connect = remote_connect,
	.disconnect = remote_disconnect,
	.ping = remote_ping,
	.stage = remote_stage,
	.network = remote_network,
	.network_end = remote_network_end,
	.clock = remote_clock,
	.count = remote_count,
	.probe = remote_probe,
	.start = remote_start,
	.stop = remote_stop,
	.log_tail = remote_log_tail,
	.save = remote_save,
	.restore = remote_restore,
	.migrate = remote_migrate,
	.storage_counters = remote_counters,
};
