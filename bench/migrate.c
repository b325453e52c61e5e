/* migrate: a running machine moves to another host while a program in it ticks (kernel tare-tick)
 * and another machine sends it echo requests (kernel tare-peer). The action moves it; this parses
 * what all of them observed. Knows no driver. */
#include "bench/bench.h"

#include <math.h>

#include "bench/lifecycle.h"
#include "bench/timing.h"
#include "bench/tick.h"

struct migrate_options {
	struct tick_options tick;
	bool disk;
};

static const struct option_row migrate_rows[] = {
	TICK_ROWS(struct migrate_options, tick),
	{"disk", OPTION_BOOL, offsetof(struct migrate_options, disk), "false", NULL,
		"the machine has a scratch disk, which moves with it; not on Xen", 0, 0, NULL},
	{0},
};

enum migrate_metric {
	TOTAL,
	GAP_PEER,
	GAP_PEER_BEFORE,
	UNANSWERED,
	CLOCK_BEHIND,
	TICK_METRIC_FIRST,
};

static const struct metric migrate_metrics[] = {
	[TOTAL] = {"total", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"from the request until it runs on the other host only", HEADLINE(1)},
	[GAP_PEER] = {"gap_peer", "ms", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"downtime seen by another machine: largest gap between two echo replies",
		HEADLINE(2)},
	[GAP_PEER_BEFORE] = {"gap_peer_before", "ms", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO,
		NULL, NULL, "largest gap between two echo replies before the migration", DETAIL},
	[UNANSWERED] = {"unanswered", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL,
		NULL, "echo requests without a reply", DETAIL},
	[CLOCK_BEHIND] = {"clock_behind", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE,
		NULL, NULL, "lag of its CLOCK_REALTIME behind the host's, compared with before",
		DETAIL},
	TICK_METRICS,
	{0},
};

/* Job 0 ticks in the machine that moves, job 1 sends echo requests from another one. */
static int migrate_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct migrate_options *o = options;

	if (role->index == 0)
		return tick_command(&o->tick, role, out, e);
	if (!role->peer || !role->scratch_dir)
		return error_set(e, "migrate: the machine that moves has no address");
	argv_add_all(
		&out->argv, BENCH_KERNELS_DIR "/tare-peer", "--to", role->peer, "--period", NULL);
	argv_addf(&out->argv, "%.9g", fmax(o->tick.period_s, 1e-4) * 1e6);
	argv_add(&out->argv, "--before");
	argv_addf(&out->argv, "%.9g", o->tick.before_s);
	argv_add(&out->argv, "--go");
	argv_addf(&out->argv, "%s/" LIFECYCLE_GO, role->scratch_dir);
	out->ready = "tare-peer 1\n";
	out->expected_s = 10 + 2 * o->tick.before_s;
	return 0;
}

static int migrate_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	static const enum migrate_metric always[] = {
		CLOCK_BEHIND, GAP_PEER, GAP_PEER_BEFORE, UNANSWERED};
	struct piece all = {text, length}, ticks, echoes;

	if (lifecycle_parse(migrate_metrics, all, out, e) < 0)
		return -1;
	if (!lifecycle_job(all, 0, &ticks) || !lifecycle_job(all, 1, &echoes))
		return error_set(e, "the output of tare-tick or tare-peer is missing");
	if (timing_parse("tare-peer", migrate_metrics, echoes.bytes, echoes.count, out, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (isnan(lifecycle_value(out, always[i])))
			return error_set(e, "%s is missing", migrate_metrics[always[i]].name);
	return tick_parse(migrate_metrics, TICK_METRIC_FIRST, ticks, out, e);
}

static bool migrate_has_disk(const void *options)
{
	return ((const struct migrate_options *)options)->disk;
}

static const char *migrate_why_not(const void *options, const struct machine_facts *facts)
{
	const struct migrate_options *o = options;
	const char *reason;

	if (!facts->can_migrate)
		return "the driver cannot move machines";
	if (facts->hosts < 2)
		return "needs a second host to move to";
	reason = lifecycle_why_not(facts, 1);
	return reason ? reason : tick_why_not(&o->tick, facts);
}

const struct benchmark bench_migrate = {
	.name = "migrate",
	.summary =
		"a running machine moves to another host: time, downtime from inside and outside",
	.source = "total time and downtime as in Clark et al. 2005",
	.options = migrate_rows,
	.options_size = sizeof(struct migrate_options),
	.metrics = migrate_metrics,
	.topology = TOPOLOGY_LIFECYCLE,
	.action = ACTION_MIGRATE,
	.has_disk = migrate_has_disk,
	.command = migrate_command,
	.parse = migrate_parse,
	.why_not = migrate_why_not,
};
