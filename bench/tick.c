/* A ticking program in a machine during an operation on it: see tick.h. */
#include "bench/tick.h"

#include <math.h>

#include "bench/timing.h"

enum { TICK_METRIC_COUNT = 6 };

int tick_command(const struct tick_options *options, const struct role *role, struct command *out,
	struct error *e)
{
	if (!role->scratch_dir)
		return error_set(e, "tare-tick: no scratch directory");
	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-tick", "--memory", NULL);
	argv_addf(&out->argv, "%lld", (long long)options->memory_bytes);
	argv_add(&out->argv, "--period");
	argv_addf(&out->argv, "%.9g", options->period_s * 1e6);
	argv_add(&out->argv, "--before");
	argv_addf(&out->argv, "%.9g", options->before_s);
	argv_add(&out->argv, "--go");
	argv_addf(&out->argv, "%s/" LIFECYCLE_GO, role->scratch_dir);
	out->ready = "tare-tick 1\n";
	/* A start, a restart, and half a gigabyte per second to fill and to write memory. */
	out->expected_s = 10 + 2 * options->before_s + (double)options->memory_bytes / 0.5e9;
	return 0;
}

int tick_parse(const struct metric *metrics, unsigned first, struct piece text, struct samples *out,
	struct error *e)
{
	if (timing_parse("tare-tick", metrics, text.bytes, text.count, out, e) < 0)
		return -1;
	for (unsigned i = 0; i < TICK_METRIC_COUNT; i++)
		if (isnan(lifecycle_value(out, first + i)))
			return error_set(e, "%s missing in the output of tare-tick",
				metrics[first + i].name);
	return 0;
}

const char *tick_why_not(const struct tick_options *options, const struct machine_facts *facts)
{
	const double share = 0.5; /* the rest is for the kernel and the root file system */

	if ((double)options->memory_bytes > share * (double)facts->memory_bytes)
		return "memory is more than half of the machine's memory: lower it";
	return NULL;
}
