/* Goes to every host of a site at once, for verbs that only look or clean. */
#include "campaign/fleet/each_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/array.h"
#include "campaign/fleet/fleet.h"

struct call {
	struct fleet_host *host;
	double timeout_s;
	struct text told;
	bool reached;
	each_host_work *visitor;
	void *context;
};

static void visit(void *context)
{
	struct call *call = context;
	struct host *host = call->host->host;
	struct error e = {""};

	call->reached = host_connect(host, call->timeout_s, &e) == 0;
	call->visitor(
		call->context, call->host->site, host, call->reached ? NULL : e.text, &call->told);
}

int each_host(const struct site *site, const struct image *image, const char *agent_path,
	double timeout_s, each_host_work *visitor, void *context, each_host_print *teller,
	struct error *e)
{
	uint32_t number = 0;
	char id[9];

	if (getrandom(&number, sizeof(number), 0) < 0)
		return error_set(e, "cannot draw a random id");
	snprintf(id, sizeof(id), "%08" PRIx32, number);
	struct fleet_setup setup = {.site = site,
		.image = image,
		.campaign_id = id,
		.agent_path = agent_path,
		.interrupt_fd = -1};
	struct fleet *fleet = fleet_new(&setup, e);
	if (!fleet)
		return -1;
	int missing = 0;
	struct call *calls = mem_new(fleet->count, sizeof(*calls));
	for (size_t h = 0; h < fleet->count; h++) {
		calls[h] = (struct call){.host = &fleet->hosts[h],
			.timeout_s = timeout_s,
			.visitor = visitor,
			.context = context};
		schedule_add(fleet->schedule, h, 1, visit, &calls[h]);
	}
	schedule_wait(fleet->schedule);
	for (size_t h = 0; h < fleet->count; h++) {
		missing += !calls[h].reached;
		teller(calls[h].told.bytes ? calls[h].told.bytes : "");
		text_free(&calls[h].told);
	}
	free(calls);
	fleet_free(fleet);
	return missing;
}
