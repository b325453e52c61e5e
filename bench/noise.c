/* noise: what something else takes from a program that computes on every CPU at once (kernel
 * tare-noise), and what that does to a bulk-synchronous code on many ranks. Runs nothing. */
#include "bench/bench.h"

#include "bench/timing.h"

struct noise_options {
	int64_t repetitions, steps;
	double seconds;
};

static const struct option_row noise_rows[] = {
	{"seconds", OPTION_DURATION, offsetof(struct noise_options, seconds), "1", "s",
		"length of each of a repetition's two phases", 0.001, 3600, NULL},
	{"repetitions", OPTION_INT, offsetof(struct noise_options, repetitions), "3", "1",
		"measured repetitions; each is one sample", 1, 10000, NULL},
	{"steps", OPTION_INT, offsetof(struct noise_options, steps), "50000", "1",
		"steps of a piece of work, 1 to 2 ns each", 1, 1e9, NULL},
	{0},
};

static const struct metric noise_metrics[] = {
	{"work_noise", "%", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"fixed work: how much longer a piece takes than the shortest, mean", HEADLINE(1)},
	{"slowdown", "1", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, "ranks", "1",
		"fixed work: expected maximum of so many pieces ÷ the shortest: what a step of a "
		"bulk-synchronous code takes",
		HEADLINE_AT(2, HEADLINE_LARGEST)},
	{"detour_noise", "%", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,
		"selfish detour: share of the time in which something else ran", DETAIL},
	{"detours", "1/s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"selfish detour: detours of a CPU", DETAIL},
	{"longest", "us", BETTER_LOWER, STATISTIC_MAXIMUM, SCALE_RATIO, NULL, NULL,
		"selfish detour: the longest one of any CPU", DETAIL},
	{"detour_lengths", "1", BETTER_NONE, STATISTIC_SUM, SCALE_DIFFERENCE, "log2 of ns", "1",
		"detours of that length, of all CPUs and repetitions", DETAIL},
	{"periods", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, "period", "us",
		"selfish detour: a period that detours have, from 1 ms on: how much of them "
		"keeps to it, at most 1",
		DETAIL},
	{"piece", "us", BETTER_NONE, STATISTIC_MINIMUM, SCALE_RATIO, NULL, NULL,
		"the shortest piece of work", VALIDITY},
	{"pieces", "1", BETTER_NONE, STATISTIC_SUM, SCALE_RATIO, NULL, NULL,
		"pieces of work in a repetition: far more ranks than these are a lower bound",
		VALIDITY},
	{"threshold", "us", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"a longer reading of the clock is a detour", VALIDITY},
	{"cpus", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"CPUs that were watched at once", VALIDITY},
	{0},
};

static int noise_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct noise_options *o = options;
	struct argv *argv = &out->argv;

	(void)role;
	(void)e;
	argv_add_all(argv, BENCH_KERNELS_DIR "/tare-noise", "--seconds", NULL);
	argv_addf(argv, "%g", o->seconds);
	argv_add(argv, "--repetitions");
	argv_addf(argv, "%lld", (long long)o->repetitions);
	argv_add(argv, "--steps");
	argv_addf(argv, "%lld", (long long)o->steps);
	out->expected_s = BENCH_WARM_UP_S + 2 * (double)o->repetitions * o->seconds;
	return 0;
}

static int noise_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-noise", noise_metrics, text, length, out, e);
}

const struct benchmark bench_noise = {
	.name = "noise",
	.summary = "what else runs on the CPUs of a program that computes, and its effect at scale",
	.source = "selfish detour of Beckman et al. 2008; periodogram of Bartlett 1963; fixed work "
		  "quantum of Sottile, Minnich 2004; expected maximum as in Agarwal, Garg, Vishnoi "
		  "2005",
	.options = noise_rows,
	.options_size = sizeof(struct noise_options),
	.metrics = noise_metrics,
	.topology = TOPOLOGY_ONE,
	.command = noise_command,
	.parse = noise_parse,
};
