/* Reads the counters of hosts and guests before and after a run, and puts them together for the
 * store. */
#include "campaign/run/edges.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "counters/counters.h"

struct edge_host {
	struct host *host;
	unsigned seat; /* the first one on it */
	const unsigned *cpus;
	size_t cpu_count;
	struct counter_list before, after;
};

/* A machine with a kernel of its own. */
struct edge_guest {
	struct agent *agent;
	unsigned seat; /* the first one in it */
	struct counter_list before, after;
};

static const double guest_timeout_s = 5;

static void read_hosts(struct edges *edges, bool after)
{
	cleanup_free struct host_counting *countings =
		mem_new(edges->host_count + 1, sizeof(*countings));

	for (size_t i = 0; i < edges->host_count; i++) {
		struct edge_host *at = &edges->hosts[i];
		countings[i] = (struct host_counting){.host = at->host,
			.cpus = at->cpus,
			.cpu_count = at->cpu_count,
			.exit_reasons = edges->exit_reasons,
			.after = after,
			.counters = after ? &at->after : &at->before};
	}
	hosts_count(countings, edges->host_count);
}

static void take_files(const struct kernel_file *files, size_t count, struct counter_list *counters)
{
	cleanup_free struct captured_file *captured = mem_new(count + 1, sizeof(*captured));

	for (size_t i = 0; i < count; i++)
		captured[i] = (struct captured_file){files[i].path, files[i].text, files[i].found};
	counters_read_captured(captured, count, counters);
}

/* All are asked before the first answer is waited for. */
static void read_guests(struct edges *edges, bool after)
{
	double deadline_s = clock_monotonic_s() + guest_timeout_s;

	for (size_t i = 0; i < edges->guest_count; i++)
		agent_kernel_files_begin(edges->guests[i].agent);
	for (size_t i = 0; i < edges->guest_count; i++) {
		struct edge_guest *guest = &edges->guests[i];
		struct counter_list *counters = after ? &guest->after : &guest->before;
		/* An answer that arrived while another was awaited still counts. */
		double left_s = fmax(deadline_s - clock_monotonic_s(), 0.01);
		struct kernel_file *files;
		struct error why = {""};
		size_t count;
		if (agent_kernel_files_end(guest->agent, left_s, &files, &count, &why) < 0)
			counters_add_silent(counters, why.text);
		else
			take_files(files, count, counters);
		kernel_files_free(files, count);
	}
}

/* Machines that share the host's kernel have its counters. */
static void find_guests(struct edges *edges, const struct team *team, size_t seats)
{
	edges->guests = mem_new(seats + 1, sizeof(*edges->guests));
	if (campaign_target_caps(team->target) & CAP_SHARES_KERNEL)
		return;
	for (size_t i = 0; i < seats; i++) {
		struct agent *agent = team->seats[i].machine->agent;
		/* Seats of one machine follow each other. */
		if (edges->guest_count && edges->guests[edges->guest_count - 1].agent == agent)
			continue;
		struct edge_guest *at = &edges->guests[edges->guest_count++];
		at->agent = agent;
		at->seat = (unsigned)i;
	}
}

void edges_read_before(struct edges *edges, const struct team_context *context,
	const struct team *team, size_t seats)
{
	*edges = (struct edges){.hosts = mem_new(team->host_count + 1, sizeof(*edges->hosts))};
	edges->exit_reasons = context->plan->campaign->exit_reasons;
	for (size_t i = 0; i < seats; i++) {
		/* Seats of one host follow each other. */
		struct host *host = team->seats[i].machine->host;
		if (edges->host_count && edges->hosts[edges->host_count - 1].host == host)
			continue;
		struct edge_host *at = &edges->hosts[edges->host_count++];
		at->host = host;
		at->seat = (unsigned)i;
		at->cpu_count = team_cpus(context, team, host, &at->cpus);
	}
	find_guests(edges, team, seats);
	read_guests(edges, false);
	read_hosts(edges, false);
}

static void add_rows(struct edges *edges, size_t *capacity, unsigned seat,
	const struct counter_list *before, const struct counter_list *after)
{
	cleanup_free struct counter_pair *pairs = NULL;
	size_t count = counters_pair(before, after, &pairs);

	array_reserve(&edges->rows, capacity, edges->row_count + count);
	for (size_t i = 0; i < count; i++)
		edges->rows[edges->row_count++] = (struct store_counter){.machine = seat,
			.source = pairs[i].source,
			.name = pairs[i].name ? pairs[i].name : "",
			.unit = pairs[i].unit ? pairs[i].unit : "",
			.kind = counter_kind_text(pairs[i].kind),
			.at_start = pairs[i].before,
			.at_end = pairs[i].after,
			.note = pairs[i].note};
}

void edges_read_after(struct edges *edges)
{
	size_t capacity = 0;

	read_hosts(edges, true);
	read_guests(edges, true);
	for (size_t i = 0; i < edges->host_count; i++) {
		const struct edge_host *at = &edges->hosts[i];
		add_rows(edges, &capacity, at->seat, &at->before, &at->after);
	}
	for (size_t i = 0; i < edges->guest_count; i++) {
		const struct edge_guest *at = &edges->guests[i];
		add_rows(edges, &capacity, at->seat, &at->before, &at->after);
	}
}

void edges_free(struct edges *edges)
{
	for (size_t i = 0; i < edges->host_count; i++) {
		counter_list_free(&edges->hosts[i].before);
		counter_list_free(&edges->hosts[i].after);
	}
	for (size_t i = 0; i < edges->guest_count; i++) {
		counter_list_free(&edges->guests[i].before);
		counter_list_free(&edges->guests[i].after);
	}
	free(edges->guests);
	free(edges->hosts);
	free(edges->rows);
	*edges = (struct edges){0};
}
