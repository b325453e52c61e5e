/* Going on until it is decided: after every pair of blocks the same comparison that a gate makes
 * later from the store says which cells need more. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "campaign/campaign_run.h"
#include "campaign/host_cost.h"
#include "report/verdict/compare.h"
#include "report/verdict/declared.h"
#include "stats/sequential.h"

/* A metric has at most one margin, and a share is at most all. Marks the margins that are known. */
static int check_metric(const struct margins *margins, const char *benchmark, const char *name,
	bool additive, bool *known, struct error *e)
{
	const struct compare_margin *own = NULL;

	for (size_t m = 0; m < margins->count; m++) {
		const struct compare_margin *margin = &margins->list[m];
		if (!margins_name(margin, benchmark, name))
			continue;
		if (own)
			return error_set(
				e, "two margins for %s: %s and %s", name, own->name, margin->name);
		if (margin->value > 1 && !additive)
			return error_set(
				e, "%s=%g%% is more than 100%%", margin->name, 100 * margin->value);
		own = margin;
		known[m] = true;
	}
	return 0;
}

static int check_benchmark(const struct margins *margins, const struct benchmark *benchmark,
	bool *known, struct error *e)
{
	char unit[32];

	for (const struct metric *metric = benchmark->metrics; metric->name; metric++)
		if (check_metric(margins, benchmark->name, metric->name,
			    metric->scale == SCALE_DIFFERENCE, known, e) < 0)
			return -1;
	for (enum host_cost cost = 0; cost < HOST_COSTS; cost++) {
		struct store_metric metric;
		if (host_cost_metric(benchmark, cost, unit, &metric) &&
			check_metric(margins, benchmark->name, metric.name, false, known, e) < 0)
			return -1;
	}
	return 0;
}

static int unknown_metric(const struct campaign *campaign, const char *name, struct error *e)
{
	cleanup_free const char **names = NULL;
	size_t count = 0, capacity = 0;

	for (size_t b = 0; b < campaign->benchmark_count; b++) {
		const struct metric *metric = campaign->benchmarks[b].benchmark->metrics;
		for (; metric->name; metric++) {
			array_reserve(&names, &capacity, count + 1);
			names[count++] = metric->name;
		}
	}
	cleanup_free char *hint = nearest_hint(name, names, count);
	return error_set(e, "there is no metric \"%s\"%s", name, hint);
}

static int check_margins(
	const struct campaign *campaign, const struct margins *margins, struct error *e)
{
	cleanup_free bool *known = mem_new(margins->count + 1, sizeof(*known));

	for (size_t b = 0; b < campaign->benchmark_count; b++)
		if (check_benchmark(margins, campaign->benchmarks[b].benchmark, known, e) < 0)
			return -1;
	for (size_t m = 0; m < margins->count; m++)
		if (!known[m])
			return unknown_metric(campaign, margins->list[m].name, e);
	return 0;
}

/* Of several mistakes the first, and how many there are. */
static int load_expectations(
	const struct campaign *campaign, struct expectations **expectations, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	const char *path = campaign->decide.expect;
	char today[EXPECTATION_DATE_BYTES];

	*expectations = path ? expectations_load(path, expectations_today(today), &mistakes) : NULL;
	if (mistakes.count)
		error_set(e, "%s", mistakes.lines[0]);
	if (mistakes.count > 1)
		error_prefix(e, "%zu mistakes, the first is", mistakes.count);
	yaml_mistakes_free(&mistakes);
	return path && !*expectations ? -1 : 0;
}

static int check_expectations(const struct campaign *campaign, struct error *e)
{
	struct expectations *expectations;
	int status = load_expectations(campaign, &expectations, e);

	expectations_free(expectations);
	return status;
}

int decide_check(const struct campaign *campaign, struct error *e)
{
	struct margins margins;
	cleanup_free char *place = str_printf("%s:%u:%u: decide.delta", campaign->path,
		campaign->decide.line, campaign->decide.column);
	int status = margins_parse(campaign->decide.delta, place, &margins, e);

	if (status == 0 && check_margins(campaign, &margins, e) < 0)
		status = error_prefix(e, "%s", place);
	margins_free(&margins);
	if (status == 0 && campaign->decide.delta && campaign->limit_blocks > SEQUENTIAL_LIMIT)
		return error_set(e, "decide: limits.blocks is %u; expected at most %d",
			campaign->limit_blocks, SEQUENTIAL_LIMIT);
	return status < 0 ? -1 : check_expectations(campaign, e);
}

/* What the campaign was begun with; delta is NULL where it has only begun. */
static int read_declared(struct store *store, struct declared *there, struct error *e)
{
	struct store_data *data;

	if (store_read(store, &data, e) < 0)
		return -1;
	int status = declared_read(data, there, e);
	store_data_free(data);
	return status;
}

/* Records the question, or holds it against the one that is there: the rest of it is in the
 * campaign's file, which is the same. */
static int declare(struct campaign_run *run, const struct declared *asked, struct error *e)
{
	struct declared there = {0};
	int status = read_declared(run->store, &there, e);

	if (status == 0 && !there.delta) {
		cleanup_free char *text = declared_text(asked);
		status = store_add_event(run->store, DECLARED_EVENT, text, e) < 0 ? -1 : 0;
	} else if (status == 0 && !expectations_same(asked->expectations, there.expectations)) {
		status = error_set(e,
			"%s was begun with other known noise (--expect, decide.expect), which its "
			"looks go by; give the same, or another --out",
			run->setup->directory);
	}
	declared_free(&there);
	return status;
}

int decide_declare(struct campaign_run *run, struct error *e)
{
	const struct campaign *campaign = run->plan->campaign;
	const struct campaign_decide *decide = &campaign->decide;
	struct declared asked = {.delta = decide->delta,
		.base = campaign->targets[decide->base].name,
		.first = decide->first,
		.step = decide->step,
		.most = campaign->limit_blocks,
		.alpha = DECLARED_USUAL_ALPHA};
	int status = load_expectations(campaign, &asked.expectations, e);

	if (status == 0)
		status = declare(run, &asked, e);
	expectations_free(asked.expectations);
	return status;
}

/* The results of the looks so far. */
struct progress {
	bool *left; /* by the plan's cells: needs no further block */
	size_t cells, cells_left; /* that are asked about */
	bool regression;
};

static bool is_of(
	const struct plan *plan, const struct plan_cell *cell, const struct compare_item *item)
{
	const struct campaign *campaign = plan->campaign;
	const struct campaign_benchmark *b = &campaign->benchmarks[cell->benchmark];

	return strcmp(campaign->placements[cell->placement].text, item->placement) == 0 &&
	       strcmp(b->benchmark->name, item->benchmark) == 0 &&
	       strcmp(b->parameters, item->parameters) == 0;
}

/* Whether all of the cell's metrics that take part need no further block; without any there is
 * nothing to decide. */
static bool cell_left(
	const struct plan *plan, const struct plan_cell *cell, const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];
		if (item->sequential && !item->left && is_of(plan, cell, item))
			return false;
	}
	return true;
}

static int ask_about(struct campaign_run *run, size_t target, const struct store_data *data,
	struct progress *progress, struct error *e)
{
	const struct plan *plan = run->plan;
	const struct campaign *campaign = plan->campaign;
	const struct compare_source base = {
		data, "base", campaign->targets[campaign->decide.base].name};
	const struct compare_source newer = {data, "new", campaign->targets[target].name};
	/* What a gate refuses, such as emulated against not, is measured all the same. */
	const struct compare_options options = {.force = true};
	struct comparison *comparison;

	if (compare_new(&base, &newer, &options, &comparison, e) < 0)
		return -1;
	for (size_t c = 0; c < plan->cell_count; c++)
		if (plan->cells[c].target == target)
			progress->left[c] = cell_left(plan, &plan->cells[c], comparison);
	progress->regression |= compare_gate_status(comparison) == 1;
	compare_free(comparison);
	return 0;
}

/* Whether a target that is asked about still needs the benchmark in the placement; what it is
 * compared with, and any other target, goes on as long. */
static bool still_needed(
	const struct plan *plan, const struct plan_cell *like, const struct progress *progress)
{
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (campaign_is_asked(plan->campaign, cell->target) && !cell->skip_reason &&
			cell->placement == like->placement && cell->benchmark == like->benchmark &&
			!progress->left[c])
			return true;
	}
	return false;
}

/* Ends the cells that have left with the blocks that are done. */
static void end_cells(struct campaign_run *run, unsigned blocks, struct progress *progress)
{
	struct plan *plan = run->plan;

	for (size_t c = 0; c < plan->cell_count; c++) {
		struct plan_cell *cell = &plan->cells[c];
		bool asked = campaign_is_asked(plan->campaign, cell->target);
		bool left = asked ? progress->left[c] : !still_needed(plan, cell, progress);
		if (cell->skip_reason)
			continue;
		progress->cells += asked;
		progress->cells_left += asked && left;
		if (left && cell->blocks > blocks)
			cell->blocks = blocks;
	}
}

/* A look after so many blocks. */
static int look(
	struct campaign_run *run, unsigned blocks, struct progress *progress, struct error *e)
{
	const struct campaign *campaign = run->plan->campaign;
	struct store_data *data;
	int status = store_read(run->store, &data, e);

	if (status < 0)
		return -1;
	for (size_t t = 0; t < campaign->target_count && status == 0; t++)
		if (campaign_is_asked(campaign, t))
			status = ask_about(run, t, data, progress, e);
	store_data_free(data);
	if (status == 0)
		end_cells(run, blocks, progress);
	return status;
}

/* Blocks between looks: whole pairs, and enough for all hosts to have one. */
static unsigned batch(const struct campaign_run *run, unsigned wanted)
{
	size_t most = wanted;

	for (size_t p = 0; p < run->plan->campaign->placement_count; p++) {
		size_t lanes = plan_lanes(run->plan, p);
		most = lanes > most ? lanes : most;
	}
	return (unsigned)(most + (most & 1));
}

static bool ends(struct campaign_run *run, unsigned blocks, const struct progress *progress)
{
	const struct campaign *campaign = run->plan->campaign;
	bool red = progress->regression && !run->setup->complete;
	bool decided = progress->cells_left == progress->cells;
	cleanup_free char *text = str_printf("after %u blocks: %zu of %zu cells need no more%s",
		blocks, progress->cells_left, progress->cells,
		progress->regression ? "; a REGRESSION" : "");

	notes_add(run, "look", text);
	if (red || decided) {
		notes_add(run, "decided",
			red ? "stopped at a REGRESSION (--complete goes on)"
			    : "everything is decided or hopeless");
		return true;
	}
	if (blocks >= campaign->limit_blocks)
		notes_add(run, "undecided", "limits.blocks is reached");
	return blocks >= campaign->limit_blocks;
}

/* The blocks that are new since the last look. */
static void do_blocks(struct campaign_run *run, unsigned first, unsigned end)
{
	for (size_t c = 0; first > 0 && c < run->plan->cell_count; c++)
		if (run->plan->cells[c].blocks > first)
			forecast_add_blocks(run->forecast, c, end - first);
	if (end > run->blocks) {
		blocks_count(run, run->blocks > first ? run->blocks : first, end);
		run->blocks = end;
	}
	blocks_run(run, first, end);
}

void decide_run(struct campaign_run *run)
{
	const struct campaign *campaign = run->plan->campaign;
	unsigned first = 0, end = batch(run, campaign->decide.first);

	for (;;) {
		struct error e = {""};
		cleanup_free bool *left = mem_new(run->plan->cell_count + 1, sizeof(*left));
		struct progress progress = {.left = left};
		end = end < campaign->limit_blocks ? end : campaign->limit_blocks;
		do_blocks(run, first, end);
		if (!blocks_may_continue(run))
			return;
		if (look(run, end, &progress, &e) < 0) {
			run->stop = STOP_STORE;
			run->store_error = e;
			return;
		}
		if (ends(run, end, &progress))
			return;
		first = end;
		end += batch(run, campaign->decide.step);
	}
}
