#include "campaign/run.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "campaign/clean.h"
#include "campaign/execute.h"
#include "campaign/forecast.h"
#include "campaign/precision.h"
#include "campaign/record.h"
#include "stats/quantile.h"

/* A target whose machines die again and again costs a boot each time. */
enum { RESTARTS_MAX = 3 };

enum stop { STOP_NOT, STOP_INTERRUPTED, STOP_TIME, STOP_STORE };

struct campaign_run {
	const struct run_setup *setup;
	struct plan *plan;
	struct store *store;
	struct record record;
	struct network *network;
	struct team_context team_context;
	struct forecast *forecast;
	unsigned done, total, failed, order;
	unsigned blocks; /* of the placement that has most */
	unsigned *wanted_blocks; /* per placement: the pilot, or what the precision needs */
	bool owned; /* the campaign's id on this host is ours */
	double begun_s;
	enum stop stop;
	struct error store_error;
};

/* --- events --------------------------------------------------------------------------------- */

static void notify(struct campaign_run *run, struct run_event event)
{
	event.done = run->done;
	event.total = run->total;
	event.failed = run->failed;
	event.blocks = run->blocks;
	event.eta_s = forecast_left_s(run->forecast);
	if (run->setup->observer.event)
		run->setup->observer.event(run->setup->observer.context, &event);
}

static void note(struct campaign_run *run, const char *kind, const char *text)
{
	struct error e = {""};
	if (store_add_event(run->store, kind, text, &e) < 0)
		log_warn("%s", e.text);
	notify(run, (struct run_event){.kind = RUN_NOTE, .text = text ? text : kind});
}

static struct run_event cell_event(const struct campaign_run *run, enum run_event_kind kind,
	const struct plan_run *item, unsigned block)
{
	const struct campaign *campaign = run->plan->campaign;
	const struct plan_cell *cell = &run->plan->cells[item->cell];
	return (struct run_event){
		.kind = kind,
		.block = block + 1,
		.target = campaign->targets[cell->target].name,
		.placement = campaign->placements[cell->placement].text,
		.benchmark = campaign->benchmarks[cell->benchmark].benchmark->name,
		.parameters = campaign->benchmarks[cell->benchmark].parameters,
	};
}

/* The series to show: the first of the first metric that has a direction. */
static const struct series *telling_series(
	const struct benchmark *benchmark, const struct samples *samples)
{
	const struct series *best = &samples->series[0];
	for (size_t i = 1; i < samples->count; i++) {
		const struct series *other = &samples->series[i];
		bool tells = benchmark->metrics[other->metric].better != BETTER_NONE;
		bool best_tells = benchmark->metrics[best->metric].better != BETTER_NONE;
		if (tells && (!best_tells || other->metric < best->metric))
			best = other;
	}
	return best;
}

/* "hpl_tflops 0.123 TFLOP/s", for the display. */
static void describe(
	const struct benchmark *benchmark, const struct outcome *outcome, char *text, size_t size)
{
	char number[UNIT_TEXT_BYTES];
	text[0] = '\0';
	if (outcome->sample_count == 0 || outcome->samples[0].count == 0)
		return;
	const struct series *series = telling_series(benchmark, &outcome->samples[0]);
	const struct metric *metric = &benchmark->metrics[series->metric];
	snprintf(text, size, "%s %s %s", metric->name,
		value_format(quantile_median(series->values, series->count), number), metric->unit);
}

static bool interrupted(const struct campaign_run *run)
{
	struct pollfd fd = {.fd = run->setup->interrupt_fd, .events = POLLIN};
	return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* Whether to go on. */
static bool may_go_on(struct campaign_run *run)
{
	if (run->stop != STOP_NOT)
		return false;
	if (interrupted(run))
		run->stop = STOP_INTERRUPTED;
	else if (clock_monotonic_s() - run->begun_s > run->plan->campaign->limit_time_s)
		run->stop = STOP_TIME;
	return run->stop == STOP_NOT;
}

/* --- runs ----------------------------------------------------------------------------------- */

static void store_outcome(struct campaign_run *run, const struct plan_run *item, int64_t block_id,
	unsigned block, const struct outcome *outcome)
{
	const struct plan_cell *cell = &run->plan->cells[item->cell];
	const struct benchmark *benchmark =
		run->plan->campaign->benchmarks[cell->benchmark].benchmark;
	bool failed = outcome->failure.text[0] != '\0';
	char text[ERROR_TEXT_BYTES];
	if (record_run(run->store, &run->record, item->cell, benchmark, block_id, item->number,
		    run->order++, outcome, &run->store_error) < 0) {
		run->stop = STOP_STORE;
		return;
	}
	run->done++;
	run->failed += failed;
	forecast_run_done(
		run->forecast, item->cell, (double)(outcome->ended_ns - outcome->started_ns) / 1e9);
	struct run_event event = cell_event(run, failed ? RUN_FAILED : RUN_MEASURED, item, block);
	describe(benchmark, outcome, text, sizeof(text));
	event.text = failed ? outcome->failure.text : text;
	notify(run, event);
}

static bool is_done(struct campaign_run *run, const struct plan_run *item, unsigned block)
{
	return store_has_run(run->store, run->record.cell_ids[item->cell], block, item->number);
}

/* The runs that could not even begin. */
static void fail_rest(struct campaign_run *run, const struct plan_start *start, size_t first,
	int64_t block_id, unsigned block, const struct error *reason)
{
	for (size_t i = first; i < start->run_count && run->stop == STOP_NOT; i++) {
		if (is_done(run, &start->runs[i], block))
			continue;
		struct outcome outcome = {.failure = *reason,
			.host_s = NAN,
			.guest_s = NAN,
			.user_s = NAN,
			.system_s = NAN,
			.steal_s = NAN,
			.clock_error_s = NAN,
			.clock_offset_before_s = NAN,
			.clock_offset_after_s = NAN,
			.max_rss_bytes = -1,
			.exit_status = -1};
		outcome.started_ns = outcome.ended_ns = clock_realtime_ns();
		store_outcome(run, &start->runs[i], block_id, block, &outcome);
	}
}

static struct team *start_team(struct campaign_run *run, const struct plan_start *start,
	size_t placement, unsigned block, int64_t block_id, struct error *e)
{
	const struct campaign *campaign = run->plan->campaign;
	bool need_host = false;
	for (size_t i = 0; i < start->run_count; i++)
		need_host |= execute_needs_host(
			&campaign->benchmarks[run->plan->cells[start->runs[i].cell].benchmark]);
	struct run_event event = {.kind = RUN_MACHINES,
		.block = block + 1,
		.target = campaign->targets[start->target].name,
		.placement = campaign->placements[placement].text};
	notify(run, event);
	double begun_s = clock_monotonic_s();
	struct team *team =
		team_start(&run->team_context, start->target, placement, block_id, need_host, e);
	if (team) {
		forecast_start_done(run->forecast, start->target, clock_monotonic_s() - begun_s);
		return team;
	}
	event.kind = RUN_MACHINES_FAIL;
	event.text = e->text;
	if (!interrupted(run))
		notify(run, event);
	return NULL;
}

/* One run in a team; false if the team is of no use any more. */
static bool run_item(struct campaign_run *run, struct team *team, const struct plan_run *item,
	int64_t block_id, unsigned block)
{
	const struct plan_cell *cell = &run->plan->cells[item->cell];
	struct outcome outcome;
	notify(run, cell_event(run, RUN_CELL, item, block));
	execute(&run->team_context, team, &run->plan->campaign->benchmarks[cell->benchmark],
		run->order, &outcome);
	bool usable = !outcome.lost;
	if (outcome.interrupted)
		run->stop = STOP_INTERRUPTED;
	else
		store_outcome(run, item, block_id, block, &outcome);
	outcome_free(&outcome);
	return usable;
}

/* All runs of one target in a block. A team that is lost is started anew for the runs that are
 * left, a few times. */
static void run_start(struct campaign_run *run, const struct plan_start *start, size_t placement,
	unsigned block, int64_t block_id)
{
	struct team *team = NULL;
	unsigned starts = 0;
	for (size_t i = 0; i < start->run_count && may_go_on(run); i++) {
		struct error e = {""};
		if (is_done(run, &start->runs[i], block))
			continue;
		if (!team && starts == RESTARTS_MAX)
			error_set(&e, "%s died %d times in this block",
				run->plan->campaign->targets[start->target].name, RESTARTS_MAX);
		else if (!team)
			team = start_team(run, start, placement, block, block_id, &e);
		if (!team) {
			if (interrupted(run))
				run->stop = STOP_INTERRUPTED;
			else
				fail_rest(run, start, i, block_id, block, &e);
			break;
		}
		if (!run_item(run, team, &start->runs[i], block_id, block)) {
			team_stop(team);
			team = NULL;
			starts++;
		}
	}
	team_stop(team);
}

static void run_block(struct campaign_run *run, size_t placement, unsigned number)
{
	struct plan_block *block = plan_block_new(run->plan, placement, number);
	const char *text = run->plan->campaign->placements[placement].text;
	bool left = false;
	for (size_t s = 0; s < block->start_count; s++)
		for (size_t i = 0; i < block->starts[s].run_count; i++)
			left |= !is_done(run, &block->starts[s].runs[i], number);
	if (left) {
		int64_t id = store_find_block(run->store, text, number);
		if (id <= 0)
			id = store_add_block(
				run->store, text, number, clock_realtime_ns(), &run->store_error);
		if (id <= 0)
			run->stop = STOP_STORE;
		for (size_t s = 0; s < block->start_count && may_go_on(run); s++)
			run_start(run, &block->starts[s], placement, number, id);
		if (run->stop == STOP_NOT)
			store_end_block(run->store, id, clock_realtime_ns(), NULL);
	}
	plan_block_free(block);
}

static void run_blocks(struct campaign_run *run, unsigned first)
{
	const struct campaign *campaign = run->plan->campaign;
	cleanup_free size_t *order = mem_new(campaign->placement_count, sizeof(*order));
	for (unsigned number = first; number < run->blocks && may_go_on(run); number++) {
		plan_placement_order(run->plan, number, order);
		for (size_t p = 0; p < campaign->placement_count && may_go_on(run); p++)
			if (number < run->wanted_blocks[order[p]])
				run_block(run, order[p], number);
	}
}

/* Runs of the blocks from `first` on, and those of them that the store has already. */
static void count_runs(struct campaign_run *run, unsigned first)
{
	const struct plan *plan = run->plan;
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (cell->skip_reason)
			continue;
		unsigned times = plan->campaign->benchmarks[cell->benchmark].runs;
		for (unsigned number = first; number < run->wanted_blocks[cell->placement];
			number++)
			for (unsigned i = 0; i < times; i++) {
				run->total++;
				if (!is_done(run, &(struct plan_run){c, i}, number))
					continue;
				run->done++;
				forecast_run_skipped(run->forecast, c);
			}
	}
}

/* What the pilot says about one placement; never more than the cap. */
static void want_blocks(struct campaign_run *run, size_t placement, const struct store_data *data)
{
	const struct campaign *campaign = run->plan->campaign;
	const struct plan_cell *worst = NULL;
	size_t needed = precision_blocks(run->plan, placement, data, &worst);
	unsigned pilot = campaign->blocks, cap = campaign->limit_blocks;
	if (needed > pilot) {
		run->wanted_blocks[placement] = needed < cap ? (unsigned)needed : cap;
		cleanup_free char *text =
			str_printf("%s: ±%.3g %% needs %zu blocks (%s on %s decides)%s",
				campaign->placements[placement].text, campaign->precision * 100,
				needed, campaign->benchmarks[worst->benchmark].benchmark->name,
				campaign->targets[worst->target].name,
				needed > cap ? "; limits.blocks caps it" : "");
		note(run, "precision", text);
	}
	if (run->wanted_blocks[placement] > run->blocks)
		run->blocks = run->wanted_blocks[placement];
}

/* The second stage: as many more blocks as the asked precision needs. */
static void run_second_stage(struct campaign_run *run)
{
	const struct campaign *campaign = run->plan->campaign;
	struct store_data *data;
	if (campaign->precision <= 0 || !may_go_on(run))
		return;
	if (store_read(run->store, &data, &run->store_error) < 0) {
		run->stop = STOP_STORE;
		return;
	}
	for (size_t p = 0; p < campaign->placement_count; p++)
		want_blocks(run, p, data);
	store_data_free(data);
	forecast_add_blocks(run->forecast, run->wanted_blocks);
	count_runs(run, campaign->blocks);
	run_blocks(run, campaign->blocks);
}

/* --- before and after ----------------------------------------------------------------------- */

static bool needs(const struct plan *plan, unsigned cap)
{
	for (size_t c = 0; c < plan->cell_count; c++)
		if (!plan->cells[c].skip_reason &&
			plan->campaign->targets[plan->cells[c].target].driver->caps & cap)
			return true;
	return false;
}

static void report_removed(void *context, const char *line)
{
	notify(context, (struct run_event){.kind = RUN_NOTE, .text = line});
}

/* Opens or makes the store; the plan follows from the seed that is kept in it. */
static int open_store(struct campaign_run *run, struct record_identity *identity, struct error *e)
{
	const struct run_setup *setup = run->setup;
	uint64_t seed = setup->seed;
	if (store_exists(setup->directory)) {
		if (store_open(setup->directory, &run->store, e) < 0 ||
			record_identity(run->store, setup, identity, e) < 0)
			return -1;
		seed = identity->seed;
	} else if (!setup->has_seed && getrandom(&seed, sizeof(seed), 0) < 0) {
		return error_set(e, "cannot draw a random seed");
	}
	run->plan = plan_new(setup->campaign, setup->site, setup->image, true, seed);
	if (!needs(run->plan, ~0u))
		return error_set(e,
			"no cell of this campaign can run here; `tare plan %s` says why",
			setup->campaign->path);
	if (!run->store && (store_create(setup->directory, &run->store, e) < 0 ||
				   record_begin(run->store, setup, seed, identity, e) < 0))
		return -1;
	return record_plan(run->store, run->plan, &run->record, e);
}

/* Everything that must be there before the first machine starts. */
static int prepare(struct campaign_run *run, struct record_identity *identity, struct error *e)
{
	if (open_store(run, identity, e) < 0)
		return -1;
	run->blocks = run->plan->campaign->blocks;
	run->order = store_next_order(run->store);
	run->forecast = forecast_new(run->plan, run->store);
	run->wanted_blocks =
		mem_new(run->plan->campaign->placement_count, sizeof(*run->wanted_blocks));
	for (size_t p = 0; p < run->plan->campaign->placement_count; p++)
		run->wanted_blocks[p] = run->blocks;
	count_runs(run, 0);
	/* What this campaign itself left when it was killed, then what others did. */
	const char *work_dir = run->setup->site->work_dir;
	if ((identity->continues &&
		    campaign_clean(work_dir, identity->id, report_removed, run, e) < 0) ||
		campaign_clean(work_dir, "", report_removed, run, e) < 0 ||
		drivers_own(identity->id, e) < 0)
		return -1;
	run->owned = true;
	if (needs(run->plan, CAP_NEEDS_NETWORK) && network_new(identity->id, &run->network, e) < 0)
		return -1;
	run->team_context = (struct team_context){
		.plan = run->plan,
		.image = run->setup->image,
		.network = run->network,
		.campaign_id = identity->id,
		.agent_path = run->setup->agent_path,
		.store = run->store,
		.interrupt_fd = run->setup->interrupt_fd,
		.target_ids = run->record.target_ids,
	};
	return 0;
}

static const struct ending {
	const char *event, *text;
	enum run_result result;
} endings[] = {
	[STOP_NOT] = {"finished", NULL, RUN_ALL_MEASURED},
	[STOP_INTERRUPTED] = {"interrupted", "interrupted; the same command continues",
		RUN_INTERRUPTED},
	[STOP_TIME] = {"cap reached", "limits.time reached; the same command continues",
		RUN_SOME_FAILED},
	[STOP_STORE] = {"store failed", NULL, RUN_SOME_FAILED},
};

static enum run_result finish(struct campaign_run *run, struct error *e)
{
	const struct ending *ending = &endings[run->stop];
	if (run->stop == STOP_STORE)
		*e = run->store_error;
	else
		note(run, ending->event, ending->text);
	notify(run, (struct run_event){.kind = RUN_ENDS});
	if (ending->result == RUN_ALL_MEASURED && record_any_failure(run->store))
		return RUN_SOME_FAILED;
	return ending->result;
}

enum run_result run_campaign(const struct run_setup *setup, struct error *e)
{
	struct campaign_run run = {.setup = setup, .begun_s = clock_monotonic_s()};
	struct record_identity identity = {0};
	enum run_result result = RUN_REFUSED;
	if (prepare(&run, &identity, e) == 0) {
		if (identity.continues)
			note(&run, "continued", "continues where it was stopped");
		else
			note(&run, "started", NULL);
		notify(&run, (struct run_event){.kind = RUN_BEGINS});
		run_blocks(&run, 0);
		run_second_stage(&run);
		result = finish(&run, e);
	}
	network_free(run.network);
	if (run.owned)
		campaign_clean(setup->site->work_dir, identity.id, NULL, NULL, NULL);
	forecast_free(run.forecast);
	free(run.wanted_blocks);
	record_free(&run.record);
	store_close(run.store);
	plan_free(run.plan);
	return result;
}
