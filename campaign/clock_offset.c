#include "campaign/clock_offset.h"

#include <math.h>

enum { PROBES = 3 };
static const double clock_timeout_s = 5;

struct best {
	double offset_s, error_s;
};

/* A far clock was read between two readings of ours: it is that of the middle, or wrong by half. */
static void take(struct best *best, int64_t sent_ns, int64_t far_ns, int64_t received_ns)
{
	double half_s = (double)(received_ns - sent_ns) / 2e9;
	if (half_s < best->error_s)
		*best = (struct best){(double)(far_ns - sent_ns) / 1e9 - half_s, half_s};
}

static struct best ask_machine(struct agent *agent)
{
	struct best best = {NAN, INFINITY};
	for (int i = 0; i < PROBES; i++) {
		struct agent_clock probe;
		if (agent_clock(agent, clock_timeout_s, &probe, NULL) < 0)
			break;
		take(&best, probe.sent_ns, probe.far_realtime_ns, probe.received_ns);
	}
	return best;
}

static struct best ask_host(struct host *host)
{
	struct best best = {NAN, INFINITY};
	for (int i = 0; i < PROBES; i++) {
		int64_t sent_ns, far_ns, received_ns;
		if (host_clock(host, &sent_ns, &far_ns, &received_ns, NULL) < 0)
			break;
		take(&best, sent_ns, far_ns, received_ns);
	}
	return best;
}

double clock_offset_s(struct agent *agent, struct host *host, double *error_s)
{
	struct best machine = ask_machine(agent);
	struct best reference = host ? ask_host(host) : (struct best){0, 0};
	double offset_s = machine.offset_s - reference.offset_s;
	if (isfinite(offset_s))
		*error_s =
			fmax(*error_s, machine.error_s + reference.error_s); /* a NaN is none yet */
	return offset_s;
}
