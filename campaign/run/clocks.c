/* Probes the clocks of the machines of a run before and after it. */
#include "campaign/run/clocks.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

enum { PROBES = 3 };
static const double clock_timeout_s = 5;

struct best {
	double offset_s, error_s;
};

static const struct best unasked = {NAN, INFINITY};

/* A far clock was read between two readings of ours: it is that of the middle, or wrong by half. */
static void take(struct best *best, int64_t sent_ns, int64_t far_ns, int64_t received_ns)
{
	double half_s = (double)(received_ns - sent_ns) / 2e9;

	if (half_s < best->error_s)
		*best = (struct best){(double)(far_ns - sent_ns) / 1e9 - half_s, half_s};
}

/* All machines are asked before the first answer is waited for: a round takes as long as the
 * slowest. */
static void ask_machines(const struct clocks *clocks, struct best *bests)
{
	cleanup_free struct agent_clock *probes = mem_new(clocks->count, sizeof(*probes));
	cleanup_free bool *silent = mem_new(clocks->count, sizeof(*silent));
	double deadline_s = clock_monotonic_s() + clock_timeout_s;

	for (int round = 0; round < PROBES; round++) {
		for (size_t i = 0; i < clocks->count; i++)
			if (!silent[i])
				agent_clock_begin(clocks->agents[i], &probes[i]);
		for (size_t i = 0; i < clocks->count; i++) {
			/* An answer that arrived while another was awaited still counts. */
			double left_s = fmax(deadline_s - clock_monotonic_s(), 0.01);
			if (silent[i])
				continue;
			silent[i] =
				agent_clock_end(clocks->agents[i], left_s, &probes[i], NULL) < 0;
			if (!silent[i])
				take(&bests[i], probes[i].sent_ns, probes[i].far_realtime_ns,
					probes[i].received_ns);
		}
	}
}

static struct best ask_host(struct host *host)
{
	struct best best = host ? unasked : (struct best){0, 0}; /* NULL: this machine */

	for (int i = 0; host && i < PROBES; i++) {
		int64_t sent_ns, far_ns, received_ns;
		if (host_clock(host, &sent_ns, &far_ns, &received_ns, NULL) < 0)
			break;
		take(&best, sent_ns, far_ns, received_ns);
	}
	return best;
}

static void offsets_read(struct clocks *clocks, double *offsets_s)
{
	cleanup_free struct best *bests = mem_new(clocks->count, sizeof(*bests));
	struct best reference = unasked;

	for (size_t i = 0; i < clocks->count; i++)
		bests[i] = unasked;
	ask_machines(clocks, bests);
	for (size_t i = 0; i < clocks->count; i++) {
		struct clock_reading *reading = &clocks->readings[i];
		if (i == 0 || clocks->hosts[i] != clocks->hosts[i - 1])
			reference = ask_host(clocks->hosts[i]);
		offsets_s[i] = bests[i].offset_s - reference.offset_s;
		if (isfinite(offsets_s[i])) /* a NaN is none yet */
			reading->error_s =
				fmax(reading->error_s, bests[i].error_s + reference.error_s);
	}
}

void clocks_read_before(struct clocks *clocks, const struct team *team, size_t seats)
{
	*clocks = (struct clocks){
		.readings = mem_new(seats, sizeof(*clocks->readings)),
		.agents = mem_new(seats, sizeof(struct agent *)),
		.hosts = mem_new(seats, sizeof(struct host *)),
	};
	for (size_t i = 0; i < seats; i++) {
		struct host_machine *machine = team->seats[i].machine;
		/* Seats of one machine follow each other. */
		if (i > 0 && machine == team->seats[i - 1].machine)
			continue;
		clocks->readings[clocks->count] = (struct clock_reading){
			.seat = (unsigned)i, .before_s = NAN, .after_s = NAN, .error_s = NAN};
		clocks->agents[clocks->count] = machine->agent;
		clocks->hosts[clocks->count++] = machine->host;
	}
	cleanup_free double *offsets_s = mem_new(seats, sizeof(*offsets_s));
	offsets_read(clocks, offsets_s);
	for (size_t i = 0; i < clocks->count; i++)
		clocks->readings[i].before_s = offsets_s[i];
}

void clocks_read_after(struct clocks *clocks, bool lost)
{
	cleanup_free double *offsets_s = mem_new(clocks->count, sizeof(*offsets_s));

	if (lost)
		return;
	offsets_read(clocks, offsets_s);
	for (size_t i = 0; i < clocks->count; i++)
		clocks->readings[i].after_s = offsets_s[i];
}

void clocks_free(struct clocks *clocks)
{
	free(clocks->readings);
	free(clocks->agents);
	free(clocks->hosts);
	*clocks = (struct clocks){0};
}
