/* Runs every part of the simulation, prints its table and fails if a row is out of bounds.
 * usage: stats_sim [EFFORT [THREADS [PART…]]]
 * EFFORT scales the numbers of trials (1); THREADS 0: all processors */
#include "tests/stats/sim/sim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"
#include "stats/parallel.h"

struct trials {
	sim_trial *trial;
	sim_measure *measure; /* instead */
	double *values;
	const void *setting;
	uint64_t seed;
	bool *hits;
};

static void run_trials(size_t first, size_t end, void *context)
{
	const struct trials *trials = context;

	for (size_t i = first; i < end; i++) {
		struct random random;

		random_seed(&random, trials->seed, i);
		if (trials->measure)
			trials->values[i] = trials->measure(&random, trials->setting);
		else
			trials->hits[i] = trials->trial(&random, trials->setting);
	}
}

double sim_row(struct sim *sim, size_t trials, sim_trial *trial, const void *setting, double low,
	double high, const char *what, const char *format, ...)
{
	trials = (size_t)fmax(100, sim->effort * (double)trials);
	cleanup_free bool *hits = mem_new(trials, sizeof(*hits));
	struct trials work = {
		.trial = trial, .setting = setting, .seed = sim->seed++, .hits = hits};
	size_t count = 0;
	const char *verdict = "";
	char where[128], bounds[64] = "";
	va_list args;

	parallel_ranges(trials, sim->threads, run_trials, &work);
	for (size_t i = 0; i < trials; i++)
		count += hits[i];
	double rate = (double)count / (double)trials;

	va_start(args, format);
	vsnprintf(where, sizeof(where), format, args);
	va_end(args);
	if (!isnan(low)) {
		double slack = sim->effort < 1 ? 4 * sqrt(high * (1 - low) / (double)trials) : 0;
		bool good = rate >= low - slack && rate <= high + slack;

		snprintf(bounds, sizeof(bounds), "%.1f–%.1f %%", 100 * low, 100 * high);
		verdict = good ? "ok" : "OUT";
		sim->failed += !good;
	}
	printf("| %s | %s | %zu | %.2f %% | %s | %s |\n", what, where, trials, 100 * rate, bounds,
		verdict);
	fflush(stdout);
	return rate;
}

double sim_mean(struct sim *sim, size_t trials, sim_measure *measure, const void *setting,
	double most, const char *unit, const char *what, const char *where)
{
	trials = (size_t)fmax(100, sim->effort * (double)trials);
	cleanup_free double *values = mem_new(trials, sizeof(*values));
	struct trials work = {
		.measure = measure, .setting = setting, .seed = sim->seed++, .values = values};
	struct describe describe;

	parallel_ranges(trials, sim->threads, run_trials, &work);
	describe_samples(values, trials, &describe);
	double slack = sim->effort < 1 ? 4 * describe.sd / sqrt((double)trials) : 0;
	bool good = describe.mean <= most + slack;

	sim->failed += !good;
	printf("| %s | %s | %zu | %.2f %s | at most %g | %s |\n", what, where, trials,
		describe.mean, unit, most, good ? "ok" : "OUT");
	fflush(stdout);
	return describe.mean;
}

static const struct {
	const char *name;
	void (*run)(struct sim *sim);
} parts[] = {
	{"bisect", sim_bisect},
	{"coverage", sim_coverage},
	{"gate", sim_gate},
	{"decide", sim_decide},
	{"series", sim_series},
};

/* Whether the part is among the names; without any, all are. */
static bool is_asked(const char *part, char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], part) == 0)
			return true;
	return count <= 0;
}

int main(int argc, char **argv)
{
	struct sim sim = {.seed = 20240, .effort = 1};

	if (argc > 1)
		sim.effort = strtod(argv[1], NULL);
	if (argc > 2)
		sim.threads = (unsigned)strtoul(argv[2], NULL, 10);
	printf("| what | setting | trials | measured | bounds | |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		if (is_asked(parts[i].name, argv + 3, argc - 3))
			parts[i].run(&sim);
	return sim.failed ? 1 : 0;
}
