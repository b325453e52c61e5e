/* saverestore: a machine is saved and restored while a program in it ticks (kernel tare-tick). The
 * action does that; this parses what both observed. Knows no driver. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "bench/lifecycle.h"
#include "bench/tick.h"

struct saverestore_options {
	struct tick_options tick;
};

static const struct option_row saverestore_rows[] = {
	TICK_ROWS(struct saverestore_options, tick),
	{0},
};

enum saverestore_metric { DOWNTIME, SAVE, RESTORE, CLOCK_BEHIND, TICK_METRIC_FIRST };

static const struct metric saverestore_metrics[] = {
	[DOWNTIME] = {"downtime", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"from the request to save until its agent answers again, by the host's clock",
		HEADLINE(1)},
	[SAVE] = {"save", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"until memory and state are written and it has stopped", DETAIL},
	[RESTORE] = {"restore", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"until it runs again", DETAIL},
	[CLOCK_BEHIND] = {"clock_behind", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE,
		NULL, NULL, "lag of its CLOCK_REALTIME behind the host's, compared with before",
		HEADLINE(2)},
	TICK_METRICS,
	{0},
};

static int saverestore_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct saverestore_options *o = options;

	return tick_command(&o->tick, role, out, e);
}

static int saverestore_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	static const enum saverestore_metric always[] = {SAVE, RESTORE, CLOCK_BEHIND};
	struct piece all = {text, length}, ticks;

	if (lifecycle_parse(saverestore_metrics, all, out, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_COUNT(always); i++)
		if (isnan(lifecycle_value(out, always[i])))
			return error_set(
				e, "%s was not observed", saverestore_metrics[always[i]].name);
	if (!lifecycle_job(all, 0, &ticks))
		return error_set(e, "the output of tare-tick is missing");
	return tick_parse(saverestore_metrics, TICK_METRIC_FIRST, ticks, out, e);
}

static const char *saverestore_why_not(const void *options, const struct machine_facts *facts)
{
	const struct saverestore_options *o = options;
	const char *reason;

	if (!facts->can_save)
		return "the driver cannot save machines";
	reason = lifecycle_why_not(facts, 1);
	return reason ? reason : tick_why_not(&o->tick, facts);
}

const struct benchmark bench_saverestore = {
	.name = "saverestore",
	.summary = "a machine is saved to disk and restored: times, downtime seen from inside",
	.source =
		"downtime as defined for migration by Clark et al. 2005; ticks: tare's definition",
	.options = saverestore_rows,
	.options_size = sizeof(struct saverestore_options),
	.metrics = saverestore_metrics,
	.topology = TOPOLOGY_LIFECYCLE,
	.action = ACTION_SAVE_RESTORE,
	.command = saverestore_command,
	.parse = saverestore_parse,
	.why_not = saverestore_why_not,
};
