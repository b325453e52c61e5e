/* See timing.h. What the campaign recorded when it had ended (events with "seconds" in their text)
 * is put back to where it began; a sweep over all beginnings and ends adds up the parts. */
#include "report/model/timing.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

/* Beside the parts: the wall time itself. */
enum { WALL = TIMING_PARTS, KINDS };

static const double ns_per_s = 1e9;

/* A thing begins (+1) or ends (-1). */
struct edge {
	int64_t time_ns;
	int kind, step;
	size_t host; /* SIZE_MAX: all */
};

struct edges {
	struct edge *items;
	size_t count, capacity;
};

static void add_edges(struct edges *edges, int kind, size_t host, int64_t from_ns, int64_t to_ns)
{
	array_reserve(&edges->items, &edges->capacity, edges->count + 2);
	edges->items[edges->count++] = (struct edge){from_ns, kind, 1, host};
	edges->items[edges->count++] = (struct edge){to_ns, kind, -1, host};
}

static int compare_edges(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return a->time_ns < b->time_ns ? -1 : a->time_ns > b->time_ns;
}

static size_t host_of(struct timing *timing, const char *name)
{
	struct text clean = {0};

	text_add_clean(&clean, name);
	char *own = text_take(&clean);
	for (size_t i = 0; i < timing->count; i++)
		if (strcmp(timing->hosts[i].name, own) == 0) {
			free(own);
			return i;
		}
	array_reserve(&timing->pool, &timing->pool_capacity, timing->pool_count + 1);
	timing->pool[timing->pool_count++] = own;
	array_reserve(&timing->hosts, &timing->capacity, timing->count + 1);
	timing->hosts[timing->count] = (struct timing_host){.name = own};
	return timing->count++;
}

/* --- what is in the store ------------------------------------------------------------------------
 */

/* Nothing that a campaign does takes longer; more is damage, and counts as nothing. */
static const double longest_s = 1e9;

static int64_t ns_of(double seconds)
{
	return seconds >= 0 && seconds <= longest_s ? (int64_t)(seconds * ns_per_s) : 0;
}

static bool begins(const struct data_event *event)
{
	return strcmp(event->kind, "started") == 0 || strcmp(event->kind, "continued") == 0;
}

/* The time before the first block, which is recorded just after the start is recorded. */
static int64_t begun_ns(const struct data_event *event)
{
	json_t *facts =
		strcmp(event->kind, "prepared") == 0 ? json_loads(event->text, 0, NULL) : NULL;
	double seconds = json_number_value(json_object_get(facts, "seconds"));
	bool of_host = json_object_get(facts, "host");

	json_decref(facts);
	return of_host ? 0 : ns_of(seconds);
}

static int add_wall(const struct store_data *data, struct edges *edges, struct error *e)
{
	bool any = false;

	for (size_t i = 0; i < data->event_count; i++) {
		int64_t from_ns = data->events[i].time_ns, next_ns = INT64_MAX, last_ns = from_ns;
		if (!begins(&data->events[i]))
			continue;
		any = true;
		for (size_t k = i + 1; k < data->event_count && next_ns == INT64_MAX; k++)
			if (begins(&data->events[k]))
				next_ns = data->events[k].time_ns;
			else if (data->events[k].time_ns > last_ns)
				last_ns = data->events[k].time_ns;
		for (size_t r = 0; r < data->run_count; r++)
			if (data->runs[r].ended_ns > last_ns && data->runs[r].ended_ns <= next_ns)
				last_ns = data->runs[r].ended_ns;
		if (i + 1 < data->event_count)
			from_ns -= begun_ns(&data->events[i + 1]);
		add_edges(edges, WALL, SIZE_MAX, from_ns, last_ns);
	}
	return any ? 0 : error_set(e, "there is no record of when this campaign was started");
}

/* A run occupies the hosts of its target's machines in its block. */
static void add_run(const struct store_data *data, const struct data_run *run,
	struct timing *timing, struct edges *edges)
{
	size_t target = data->cells[run->cell_index].target_index, first = edges->count;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		bool known = false;
		if (machine->block_index != run->block_index || machine->target_index != target)
			continue;
		size_t host = host_of(timing, machine->host ? machine->host : "localhost");
		for (size_t k = first; k < edges->count; k++)
			known = known || edges->items[k].host == host;
		if (known)
			continue;
		/* What of the run the benchmark itself took; all of it if that is not known. */
		if (run->host_s >= 0)
			add_edges(edges, TIMING_MEASURING, host, run->ended_ns - ns_of(run->host_s),
				run->ended_ns);
		else
			add_edges(edges, TIMING_MEASURING, host, run->started_ns, run->ended_ns);
		add_edges(edges, TIMING_AROUND, host, run->started_ns, run->ended_ns);
	}
}

static void add_event(const struct data_event *event, struct timing *timing, struct edges *edges)
{
	static const struct {
		const char *kind;
		enum timing_part part;
	} kinds[] = {
		{"environment", TIMING_ENVIRONMENTS},
		{"prepared", TIMING_PREPARING},
		{"machines", TIMING_STARTING},
		{"stopped", TIMING_STOPPING},
		{"interrupted run", TIMING_MEASURING},
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (strcmp(event->kind, kinds[i].kind) != 0)
			continue;
		json_t *facts = json_loads(event->text, 0, NULL);
		const char *host = json_string_value(json_object_get(facts, "host"));
		double seconds = json_number_value(json_object_get(facts, "seconds"));
		if (host && seconds >= 0) {
			add_edges(edges, (int)kinds[i].part, host_of(timing, host),
				event->time_ns - ns_of(seconds), event->time_ns);
			timing->recorded[kinds[i].part] = true;
		}
		json_decref(facts);
	}
}

/* --- adding up -----------------------------------------------------------------------------------
 */

static enum timing_part part_of(const long active[KINDS])
{
	int part = 0;

	while (part < TIMING_REST && active[part] <= 0)
		part++;
	return (enum timing_part)part;
}

static void sweep(const struct edges *edges, size_t host, struct timing_host *out)
{
	long active[KINDS] = {0};
	int64_t before_ns = 0;

	for (size_t i = 0; i < edges->count; i++) {
		const struct edge *edge = &edges->items[i];
		double seconds = (double)(edge->time_ns - before_ns) / ns_per_s;
		if (edge->host != SIZE_MAX && edge->host != host)
			continue;
		if (active[WALL] > 0) {
			out->parts_s[part_of(active)] += seconds;
			out->wall_s += seconds;
		}
		active[edge->kind] += edge->step;
		before_ns = edge->time_ns;
	}
}

int timing_read(const struct store_data *data, struct timing *out, struct error *e)
{
	struct edges edges = {0};

	*out = (struct timing){.total = {.name = "all"}};
	out->recorded[TIMING_MEASURING] = out->recorded[TIMING_AROUND] = true;
	out->recorded[TIMING_REST] = true;
	if (add_wall(data, &edges, e) < 0)
		return -1;
	for (size_t i = 0; i < data->run_count; i++)
		add_run(data, &data->runs[i], out, &edges);
	for (size_t i = 0; i < data->event_count; i++)
		add_event(&data->events[i], out, &edges);
	if (!out->count)
		host_of(out, "localhost");
	qsort(edges.items, edges.count, sizeof(*edges.items), compare_edges);
	for (size_t h = 0; h < out->count; h++) {
		struct timing_host *host = &out->hosts[h];
		sweep(&edges, h, host);
		out->total.wall_s += host->wall_s;
		for (size_t p = 0; p < TIMING_PARTS; p++)
			out->total.parts_s[p] += host->parts_s[p];
	}
	free(edges.items);
	return 0;
}

void timing_free(struct timing *timing)
{
	for (size_t i = 0; i < timing->pool_count; i++)
		free(timing->pool[i]);
	free(timing->pool);
	free(timing->hosts);
	*timing = (struct timing){0};
}

/* Of nothing, nothing. */
double timing_share(double part_s, const struct timing_host *host)
{
	return host->wall_s > 0 ? part_s / host->wall_s : 0;
}

double timing_idle(const struct timing *timing)
{
	const struct timing_host *total = &timing->total;

	double idle_s = 0;

	for (size_t p = TIMING_ENVIRONMENTS + 1; p < TIMING_PARTS; p++)
		idle_s += total->parts_s[p];
	return timing_share(idle_s, total);
}
