/* Where the wall time of a campaign went, as text and as JSON (model/timing.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/timing_write.h"
#include "report/write/json.h"

static const struct {
	const char *words, *key;
} parts[TIMING_PARTS] = {
	[TIMING_MEASURING] = {"measuring", "measuring_s"},
	[TIMING_STARTING] = {"starting machines", "starting_machines_s"},
	[TIMING_ENVIRONMENTS] = {"entering environments", "entering_environments_s"},
	[TIMING_PREPARING] = {"preparing hosts", "preparing_hosts_s"},
	[TIMING_AROUND] = {"around the runs", "around_runs_s"},
	[TIMING_STOPPING] = {"stopping machines", "stopping_machines_s"},
	[TIMING_REST] = {"the rest", "rest_s"},
};

static void add_lines(const struct timing *timing, const struct timing_host *host, struct text *out)
{
	text_addf(out, "%s: %.1f s\n", host->name, host->wall_s);
	for (size_t p = 0; p < TIMING_PARTS; p++) {
		if (!timing->recorded[p] && p != TIMING_ENVIRONMENTS && p != TIMING_PREPARING)
			text_addf(out, "  %-22s  not recorded\n", parts[p].words);
		else if (timing->recorded[p])
			text_addf(out, "  %-22s %9.1f s %6.2f %%\n", parts[p].words,
				host->parts_s[p], 100 * timing_share(host->parts_s[p], host));
	}
}

void timing_write_text(const struct timing *timing, struct text *out)
{
	bool several = timing->count > 1;

	for (size_t i = 0; i < timing->count; i++)
		add_lines(timing, &timing->hosts[i], out);
	if (several)
		add_lines(timing, &timing->total, out);
	text_addf(out, "\n%.2f %% of the wall time%s is neither booting nor measuring.\n",
		100 * timing_idle(timing), several ? " of all hosts" : "");
	if (!timing->recorded[TIMING_STARTING])
		text_add(out, "Starts of machines were not recorded: they are in the rest.\n");
}

static json_t *host_object(const struct timing *timing, const struct timing_host *host)
{
	json_t *object = json_pack("{s:s, s:f}", "host", host->name, "wall_s", host->wall_s);

	for (size_t p = 0; p < TIMING_PARTS; p++)
		json_object_set_new(object, parts[p].key,
			timing->recorded[p] ? json_real(host->parts_s[p]) : json_null());
	return object;
}

void timing_write_json(const struct timing *timing, struct text *out)
{
	json_t *hosts = json_array();

	for (size_t i = 0; i < timing->count; i++)
		json_array_append_new(hosts, host_object(timing, &timing->hosts[i]));
	json_t *root = json_pack("{s:s, s:i, s:o, s:o, s:f}", "schema", "tare-timing",
		"schema_version", 1, "hosts", hosts, "total", host_object(timing, &timing->total),
		"neither_booting_nor_measuring", timing_idle(timing));
	json_add(out, root);
}

int report_timing(const struct store_data *data, bool json, struct text *out, struct error *e)
{
	struct timing timing;
	int status = timing_read(data, &timing, e);

	if (status == 0)
		(json ? timing_write_json : timing_write_text)(&timing, out);
	timing_free(&timing);
	return status;
}
