/* How long runs and starts take, from earlier ones. */
#include "campaign/plan/forecast.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

/* Where nothing was measured and the benchmark does not say. */
static const double unknown_run_s = 10, unknown_start_s = 5, unknown_change_s = 120;

/* A mean that earlier knowledge starts and every new value refines. */
struct expectation {
	double seconds; /* of one */
	unsigned seen; /* values in this run */
	unsigned left; /* still to do */
};

struct forecast {
	const struct plan *plan;
	struct expectation *cells, *targets;
	struct expectation changes; /* of a host's environment */
};

/* Blocks of the placement that are under way at once. */
static double at_once(const struct plan *plan, size_t placement)
{
	size_t lanes = plan_lanes(plan, placement), blocks = plan->campaign->blocks;

	return (double)(lanes < blocks ? lanes : blocks);
}

/* The average over the placements, for what is not counted by placement. */
static double at_once_mean(const struct plan *plan)
{
	double sum = 0;

	for (size_t p = 0; p < plan->campaign->placement_count; p++)
		sum += at_once(plan, p);
	return sum / (double)plan->campaign->placement_count;
}

/* What the benchmark itself expects, from its command line for a first role. */
static double benchmark_expects_s(const struct plan *plan, const struct plan_cell *cell)
{
	const struct campaign_benchmark *b = &plan->campaign->benchmarks[cell->benchmark];
	struct machine_facts facts = plan_facts(plan, cell);
	struct command command = {0};
	struct role role = {
		.index = b->benchmark->topology == TOPOLOGY_PAIR ? 1 : 0,
		.count = b->benchmark->topology == TOPOLOGY_PAIR ? 2 : 1,
		.cpus = facts.cpus,
		.memory_bytes = facts.memory_bytes,
		.machines = facts.machines,
		.ranks = facts.ranks,
		.peer = "127.0.0.1",
		.port = 20000,
		.scratch_dir = "/scratch",
		.scratch_bytes = facts.scratch_bytes,
	};
	double seconds = 0;

	if (b->benchmark->command(b->options, &role, &command, NULL) == 0)
		seconds = command.expected_s;
	bench_command_free(&command);
	return seconds > 0 ? seconds : unknown_run_s;
}

/* Whether no earlier cell has made this target be started in this placement. */
static bool first_in_placement(const struct plan *plan, size_t index)
{
	const struct plan_cell *cell = &plan->cells[index];

	for (size_t c = 0; c < index; c++) {
		const struct plan_cell *earlier = &plan->cells[c];
		if (!earlier->skip_reason && earlier->target == cell->target &&
			earlier->placement == cell->placement)
			return false;
	}
	return true;
}

struct forecast *forecast_new(const struct plan *plan, struct store *store)
{
	const struct campaign *campaign = plan->campaign;
	struct forecast *forecast = mem_new(1, sizeof(*forecast));

	forecast->plan = plan;
	forecast->cells = mem_new(plan->cell_count + 1, sizeof(*forecast->cells));
	forecast->targets = mem_new(campaign->target_count, sizeof(*forecast->targets));
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		const struct campaign_benchmark *b = &campaign->benchmarks[cell->benchmark];
		struct expectation *x = &forecast->cells[c];
		if (cell->skip_reason)
			continue;
		x->seconds =
			store ? store_expected_run_s(store, campaign->targets[cell->target].name,
					b->benchmark->name, b->parameters)
			      : NAN;
		if (isnan(x->seconds))
			x->seconds = benchmark_expects_s(plan, cell);
		x->left = b->runs * campaign->blocks;
		if (first_in_placement(plan, c))
			forecast->targets[cell->target].left += campaign->blocks;
	}
	forecast->changes.seconds = unknown_change_s;
	forecast->changes.left = plan_changes(plan);
	for (size_t t = 0; t < campaign->target_count; t++) {
		struct expectation *x = &forecast->targets[t];
		x->seconds = store ? store_expected_start_s(store, campaign->targets[t].name) : NAN;
		if (isnan(x->seconds))
			x->seconds = unknown_start_s;
	}
	return forecast;
}

void forecast_free(struct forecast *forecast)
{
	if (!forecast)
		return;
	free(forecast->cells);
	free(forecast->targets);
	free(forecast);
}

static void learn(struct expectation *x, double seconds)
{
	x->seconds = (x->seconds * x->seen + seconds) / (x->seen + 1);
	x->seen++;
	if (x->left > 0)
		x->left--;
}

void forecast_run_done(struct forecast *forecast, size_t cell, double seconds)
{
	learn(&forecast->cells[cell], seconds);
}

void forecast_run_skipped(struct forecast *forecast, size_t cell)
{
	if (forecast->cells[cell].left > 0)
		forecast->cells[cell].left--;
}

void forecast_start_done(struct forecast *forecast, size_t target, double seconds)
{
	learn(&forecast->targets[target], seconds);
}

void forecast_change_done(struct forecast *forecast, double seconds)
{
	learn(&forecast->changes, seconds);
}

void forecast_add_blocks(struct forecast *forecast, size_t cell, unsigned blocks)
{
	const struct plan *plan = forecast->plan;
	const struct plan_cell *grown = &plan->cells[cell];

	if (grown->skip_reason)
		return;
	forecast->cells[cell].left += plan->campaign->benchmarks[grown->benchmark].runs * blocks;
	if (first_in_placement(plan, cell))
		forecast->targets[grown->target].left += blocks;
}

double forecast_target_left_s(const struct forecast *forecast, size_t target)
{
	const struct plan *plan = forecast->plan;
	double sum_s = forecast->targets[target].seconds * forecast->targets[target].left /
		       at_once_mean(plan);

	for (size_t c = 0; c < plan->cell_count; c++)
		if (plan->cells[c].target == target)
			sum_s += forecast->cells[c].seconds * forecast->cells[c].left /
				 at_once(plan, plan->cells[c].placement);
	return sum_s;
}

double forecast_left_s(const struct forecast *forecast)
{
	if (!forecast)
		return NAN;
	const struct plan *plan = forecast->plan;
	double sum_s = forecast->changes.seconds * forecast->changes.left /
		       (double)plan->site->host_count; /* each host changes by itself */
	for (size_t t = 0; t < plan->campaign->target_count; t++)
		sum_s += forecast_target_left_s(forecast, t);
	return sum_s;
}

double forecast_cell_s(const struct forecast *forecast, size_t cell)
{
	return forecast->cells[cell].seconds;
}

double forecast_start_s(const struct forecast *forecast, size_t target)
{
	const struct expectation *x = &forecast->targets[target];

	return x->left > 0 ? x->seconds : 0;
}
