/* Reads the hosts' counters before and after a run, and puts them together for the store. */
#include "campaign/run/edges.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/counters.h"

struct edge_host {
	struct host *host;
	unsigned seat; /* the first one on it */
	const unsigned *cpus;
	size_t cpu_count;
	struct counter_list before, after;
};

static void read_edge(struct edges *edges, bool after)
{
	cleanup_free struct host_counting *countings =
		mem_new(edges->host_count + 1, sizeof(*countings));

	for (size_t i = 0; i < edges->host_count; i++) {
		struct edge_host *at = &edges->hosts[i];
		countings[i] = (struct host_counting){.host = at->host,
			.cpus = at->cpus,
			.cpu_count = at->cpu_count,
			.after = after,
			.counters = after ? &at->after : &at->before};
	}
	hosts_count(countings, edges->host_count);
}

void edges_read_before(struct edges *edges, const struct team_context *context,
	const struct team *team, size_t seats)
{
	*edges = (struct edges){.hosts = mem_new(team->host_count + 1, sizeof(*edges->hosts))};
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
	read_edge(edges, false);
}

static void add_rows(struct edges *edges, size_t *capacity, const struct edge_host *at)
{
	cleanup_free struct counter_pair *pairs = NULL;
	size_t count = counters_pair(&at->before, &at->after, &pairs);

	array_reserve(&edges->rows, capacity, edges->row_count + count);
	for (size_t i = 0; i < count; i++)
		edges->rows[edges->row_count++] = (struct store_counter){.machine = at->seat,
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

	read_edge(edges, true);
	for (size_t i = 0; i < edges->host_count; i++)
		add_rows(edges, &capacity, &edges->hosts[i]);
}

void edges_free(struct edges *edges)
{
	for (size_t i = 0; i < edges->host_count; i++) {
		counter_list_free(&edges->hosts[i].before);
		counter_list_free(&edges->hosts[i].after);
	}
	free(edges->hosts);
	free(edges->rows);
	*edges = (struct edges){0};
}
