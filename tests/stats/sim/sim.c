/* Runs every part of the simulation, prints its table and fails if a row is out of bounds.
 * usage: stats_sim [EFFORT [THREADS]]   EFFORT scales the numbers of trials (1) */
#include "tests/stats/sim/sim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/parallel.h"

struct trials {
	sim_trial *trial;
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
		trials->hits[i] = trials->trial(&random, trials->setting);
	}
}

double sim_row(struct sim *sim, size_t trials, sim_trial *trial, const void *setting, double low,
	double high, const char *what, const char *format, ...)
{
	trials = (size_t)fmax(100, sim->effort * (double)trials);
	cleanup_free bool *hits = mem_new(trials, sizeof(*hits));
	struct trials work = {trial, setting, sim->seed++, hits};
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
		bool good = rate >= low && rate <= high;

		snprintf(bounds, sizeof(bounds), "%.1f–%.1f %%", 100 * low, 100 * high);
		verdict = good ? "ok" : "OUT";
		sim->failed += !good;
	}
	printf("| %s | %s | %zu | %.2f %% | %s | %s |\n", what, where, trials, 100 * rate, bounds,
		verdict);
	fflush(stdout);
	return rate;
}

int main(int argc, char **argv)
{
	struct sim sim = {.seed = 20240, .effort = 1};

	if (argc > 1)
		sim.effort = strtod(argv[1], NULL);
	if (argc > 2)
		sim.threads = (unsigned)strtoul(argv[2], NULL, 10);
	printf("| what | setting | trials | measured | bounds | |\n|---|---|---|---|---|---|\n");
	sim_coverage(&sim);
	sim_gate(&sim);
	sim_series(&sim);
	return sim.failed ? 1 : 0;
}
