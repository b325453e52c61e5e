/* Reads the counters of remote hosts at an edge of a run, of all at once. */
#include <math.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* Longer than an outage of 30 s and TCP's wait for its next retransmission. */
static const double count_timeout_s = 60;

static json_t *arguments_of(const struct host_counting *counting)
{
	json_t *cpus = json_array();

	for (size_t i = 0; i < counting->cpu_count; i++)
		json_array_append_new(cpus, json_integer(counting->cpus[i]));
	return json_pack("{s:o, s:b, s:b}", "cpus", cpus, "after", counting->after, "exit_reasons",
		counting->exit_reasons);
}

/* Of a host that does not answer, nothing is available, and that is why. */
static void add_gap(struct counter_list *list, const char *why)
{
	const struct counter gap = {
		.source = "host", .kind = COUNTER_TOTAL, .value = NAN, .note = why};

	counter_list_add(list, &gap);
}

void remote_count(struct host_counting *countings, size_t count)
{
	cleanup_free struct call *calls = mem_new(count + 1, sizeof(*calls));
	cleanup_free struct call **waited = mem_new(count + 1, sizeof(*waited));

	for (size_t i = 0; i < count; i++) {
		if (!countings[i].host->is_remote)
			continue;
		call_begin(&calls[i], countings[i].host, "count", arguments_of(&countings[i]),
			count_timeout_s);
		waited[i] = &calls[i];
	}
	calls_wait(waited, count, false);
	for (size_t i = 0; i < count; i++) {
		struct counter_list *list = countings[i].counters;
		struct error *e = &calls[i].error;
		if (waited[i] &&
			(!calls[i].result ||
				wire_counters_list_read(
					json_object_get(calls[i].result, "counters"), list, e) < 0))
			add_gap(list, e->text);
		call_end(&calls[i]);
	}
}
