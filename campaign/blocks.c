/* Doing blocks: for every start of a target its hosts are got ready, its machines started and its
 * runs done, each stored before the next. Blocks on different hosts are done at the same time. */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "campaign/file/batch.h"
#include "campaign/plan/fits.h"
#include "campaign/campaign_run.h"

/* A target whose machines die again and again costs a boot each time. */
enum { RESTARTS_MAX = 3, CONSOLE_KEPT_BYTES = 8192 };

/* One block on its way, in the thread of its first host. */
struct block_run {
	struct campaign_run *run;
	struct plan_block *block;
	int64_t id; /* in the store */
	unsigned runs, failed; /* done in it */
};

bool blocks_interrupted(const struct campaign_run *run)
{
	struct pollfd fd = {.fd = run->setup->interrupt_fd, .events = POLLIN};

	return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* The first reason to stop counts. */
static void stop(struct campaign_run *run, enum stop why, const struct error *e)
{
	pthread_mutex_lock(&run->mutex);
	if (run->stop == STOP_NOT) {
		run->stop = why;
		if (e)
			run->store_error = *e;
	}
	pthread_mutex_unlock(&run->mutex);
}

bool blocks_may_continue(struct campaign_run *run)
{
	if (blocks_interrupted(run))
		stop(run, STOP_INTERRUPTED, NULL);
	else if (clock_monotonic_s() - run->begun_s > run->plan->campaign->limit_time_s)
		stop(run, STOP_TIME, NULL);
	else if (run->setup->deadline_s > 0 &&
		 clock_monotonic_s() - run->begun_s > run->setup->deadline_s)
		stop(run, STOP_DEADLINE, NULL);
	else if (run->setup->site->ends_s > 0 && clock_monotonic_s() > run->setup->site->ends_s)
		stop(run, STOP_ALLOCATION, NULL);
	pthread_mutex_lock(&run->mutex);
	bool go_on = run->stop == STOP_NOT;
	pthread_mutex_unlock(&run->mutex);
	return go_on;
}

bool blocks_run_is_done(struct campaign_run *run, const struct plan_run *item, unsigned block)
{
	return store_has_run(run->store, run->record.cell_ids[item->cell], block, item->number);
}

/* Whether the allocation was taken away: machines that are lost then, or do not start, are no
 * failures. */
static bool taken_away(struct campaign_run *run)
{
	if (!batch_is_over(run->setup->site->batch))
		return false;
	stop(run, STOP_INTERRUPTED, NULL);
	return true;
}

/* --- runs ----------------------------------------------------------------------------------- */

static unsigned next_order(struct campaign_run *run)
{
	pthread_mutex_lock(&run->mutex);
	unsigned order = run->order++;
	pthread_mutex_unlock(&run->mutex);
	return order;
}

/* Whether all runs so far failed, and in the same way. Called with the mutex. */
static void compare_failure(struct campaign_run *run, const struct outcome *outcome)
{
	const char *common = run->common_failure;

	run->unlike = run->unlike || !outcome->failed ||
		      (common && strcmp(common, outcome->failure.text) != 0);
	if (!common && !run->unlike)
		run->common_failure = str_dup(outcome->failure.text);
}

static void store_outcome(struct block_run *b, const struct plan_run *item, unsigned order,
	const struct outcome *outcome)
{
	struct campaign_run *run = b->run;
	const struct plan_cell *cell = &run->plan->cells[item->cell];
	const struct benchmark *benchmark =
		run->plan->campaign->benchmarks[cell->benchmark].benchmark;
	bool failed = outcome->failed;
	char text[ERROR_TEXT_BYTES];
	struct error e = {""};

	if (record_run(run->store, &run->record, item->cell, benchmark, b->id, item->number, order,
		    outcome, &e) < 0) {
		stop(run, STOP_STORE, &e);
		return;
	}
	pthread_mutex_lock(&run->mutex);
	run->done++;
	run->recorded++;
	run->failed += failed;
	b->runs++;
	b->failed += failed;
	compare_failure(run, outcome);
	forecast_run_done(
		run->forecast, item->cell, (double)(outcome->ended_ns - outcome->started_ns) / 1e9);
	pthread_mutex_unlock(&run->mutex);
	struct run_event event =
		notes_cell_event(run, failed ? RUN_FAILED : RUN_MEASURED, item, b->block);
	notes_describe(benchmark, outcome, text, sizeof(text), &event);
	event.text = failed ? outcome->failure.text : text;
	notes_notify(run, event);
}

/* The runs that could not even begin. */
static void fail_rest(struct block_run *b, const struct plan_start *start, size_t first,
	const struct error *reason)
{
	for (size_t i = first; i < start->run_count && blocks_may_continue(b->run); i++) {
		if (blocks_run_is_done(b->run, &start->runs[i], b->block->number))
			continue;
		struct outcome outcome = outcome_empty;
		outcome.failed = true;
		outcome.failure = *reason;
		outcome.started_ns = outcome.ended_ns = clock_realtime_ns();
		store_outcome(b, &start->runs[i], next_order(b->run), &outcome);
	}
}

/* Why a machine was lost in a run is on its console, if anywhere. */
static void keep_consoles(const struct team *team, struct outcome *outcome)
{
	struct text text = {0};

	text_add_bytes(&text, outcome->errors ? outcome->errors : "", outcome->errors_bytes);
	for (size_t i = 0; i < team->machine_count; i++) {
		cleanup_free char *log = host_machine_log_tail(team->machines[i]);
		size_t length = log ? strlen(log) : 0;
		size_t skipped = length > CONSOLE_KEPT_BYTES ? length - CONSOLE_KEPT_BYTES : 0;
		if (length > 0)
			text_addf(&text, "\n==> the end of %s's console <==\n%s\n",
				team->machines[i]->name, log + skipped);
	}
	free(outcome->errors);
	outcome->errors_bytes = text.count;
	outcome->errors = text_take(&text);
}

static void notify_cell(struct block_run *b, const struct team *team, const struct plan_run *item)
{
	struct run_event event = notes_cell_event(b->run, RUN_CELL, item, b->block);

	pthread_mutex_lock(&b->run->mutex);
	event.expected_s = forecast_cell_s(b->run->forecast, item->cell);
	pthread_mutex_unlock(&b->run->mutex);
	for (size_t i = 0; i < team->machine_count; i++)
		event.emulated = event.emulated || team->machines[i]->emulated;
	notes_notify(b->run, event);
}

/* One run in a team; false if the team is of no use any more. */
static bool run_item(struct block_run *b, struct team *team, const struct plan_run *item)
{
	struct campaign_run *run = b->run;
	const struct plan_cell *cell = &run->plan->cells[item->cell];
	unsigned order = next_order(run);
	struct outcome outcome;

	notify_cell(b, team, item);
	run_cell(&run->team_context, team, &run->plan->campaign->benchmarks[cell->benchmark], order,
		&outcome);
	bool usable = !outcome.lost;
	if (outcome.lost && !outcome.interrupted)
		outcome.interrupted = taken_away(run);
	if (outcome.lost && !outcome.interrupted)
		keep_consoles(team, &outcome);
	if (outcome.interrupted) {
		/* It leaves no row, but the time it took was not idle. */
		notes_add_time(run, "interrupted run",
			run->plan->campaign->targets[cell->target].name, b->block,
			(double)(outcome.ended_ns - outcome.started_ns) * 1e-9);
		stop(run, STOP_INTERRUPTED, NULL);
	} else {
		store_outcome(b, item, order, &outcome);
	}
	outcome_free(&outcome);
	return usable;
}

/* --- machines ------------------------------------------------------------------------------- */

static bool needs_host(const struct campaign_run *run, const struct plan_start *start)
{
	const struct plan *plan = run->plan;

	for (size_t i = 0; i < start->run_count; i++)
		if (fits_needs_host(
			    &plan->campaign
				     ->benchmarks[plan->cells[start->runs[i].cell].benchmark]))
			return true;
	return false;
}

/* Hosts in their environment, and able to run the target. */
static int ready_for(struct block_run *b, const struct plan_start *start,
	const struct campaign_target *target, struct error *e)
{
	struct campaign_run *run = b->run;
	const struct plan_block *block = b->block;

	if (fleet_ready(run->fleet, block->first_host, block->host_count, start->environment, e) <
		0)
		return -1;
	double begun_s = clock_monotonic_s();
	int status = fleet_probe(run->fleet, block->first_host, block->host_count, target, e);
	notes_add_time(run, "prepared", target->name, block, clock_monotonic_s() - begun_s);
	return status;
}

static struct team *start_team(struct block_run *b, const struct plan_start *start, struct error *e)
{
	struct campaign_run *run = b->run;
	const struct plan_block *block = b->block;
	const struct campaign_target *target = &run->plan->campaign->targets[start->target];
	struct run_event event = {.kind = RUN_MACHINES,
		.block = block->number + 1,
		.first_host = block->first_host,
		.host_count = block->host_count,
		.target = target->name,
		.placement = run->plan->campaign->placements[block->placement].text};

	notes_notify(run, event);
	struct team *team = NULL;
	if (ready_for(b, start, target, e) == 0) {
		double begun_s = clock_monotonic_s();
		team = team_start(
			&run->team_context, block, start->target, b->id, needs_host(run, start), e);
		double seconds = clock_monotonic_s() - begun_s;
		notes_add_time(run, "machines", target->name, block, seconds);
		pthread_mutex_lock(&run->mutex);
		if (team)
			forecast_start_done(run->forecast, start->target, seconds);
		pthread_mutex_unlock(&run->mutex);
	}
	if (team)
		return team;
	event.kind = RUN_MACHINES_FAIL;
	event.text = e->text;
	if (!blocks_interrupted(run))
		notes_notify(run, event);
	return NULL;
}

static void stop_team(struct block_run *b, const struct plan_start *start, struct team *team)
{
	if (!team)
		return;
	double begun_s = clock_monotonic_s();
	team_stop(team);
	notes_add_time(b->run, "stopped", b->run->plan->campaign->targets[start->target].name,
		b->block, clock_monotonic_s() - begun_s);
}

/* --- starts --------------------------------------------------------------------------------- */

/* What is planned on a host that is given up stays unmeasured: the same command continues with it
 * when the host works again. */
static bool leave_given_up(
	struct block_run *b, const struct plan_start *start, size_t first, struct error *e)
{
	struct campaign_run *run = b->run;
	unsigned left = 0;

	if (!fleet_given_up(
		    run->fleet, b->block->first_host, b->block->host_count, start->environment, e))
		return false;
	for (size_t i = first; i < start->run_count; i++)
		left += !blocks_run_is_done(run, &start->runs[i], b->block->number);
	pthread_mutex_lock(&run->mutex);
	run->given_up += left;
	pthread_mutex_unlock(&run->mutex);
	if (left > 0)
		notes_add(run, "given up", e->text);
	return true;
}

/* All runs of one target in a block. A team that is lost is started anew for the runs that are
 * left, a few times. */
static void run_start(struct block_run *b, const struct plan_start *start)
{
	struct campaign_run *run = b->run;
	struct team *team = NULL;
	unsigned starts = 0;

	for (size_t i = 0; i < start->run_count && blocks_may_continue(run); i++) {
		struct error e = {""};
		if (blocks_run_is_done(run, &start->runs[i], b->block->number))
			continue;
		if (!team && leave_given_up(b, start, i, &e))
			break;
		if (!team && starts == RESTARTS_MAX)
			error_set(&e, "%s died %d times in this block",
				run->plan->campaign->targets[start->target].name, RESTARTS_MAX);
		else if (!team)
			team = start_team(b, start, &e);
		if (!team) {
			if (blocks_interrupted(run))
				stop(run, STOP_INTERRUPTED, NULL);
			else if (!taken_away(run))
				fail_rest(b, start, i, &e);
			break;
		}
		if (!run_item(b, team, &start->runs[i])) {
			stop_team(b, start, team);
			team = NULL;
			starts++;
		}
	}
	stop_team(b, start, team);
}

/* --- blocks --------------------------------------------------------------------------------- */

static bool anything_left(struct block_run *b)
{
	for (size_t s = 0; s < b->block->start_count; s++)
		for (size_t i = 0; i < b->block->starts[s].run_count; i++)
			if (!blocks_run_is_done(
				    b->run, &b->block->starts[s].runs[i], b->block->number))
				return true;
	return false;
}

/* The block's row: its own from earlier, or a new one; 0 if the store failed. */
static int64_t find_or_add(struct block_run *b)
{
	struct campaign_run *run = b->run;
	const char *text = run->plan->campaign->placements[b->block->placement].text;
	struct error e = {""};
	int64_t id = store_find_block(run->store, text, b->block->number);

	if (id <= 0)
		id = store_add_block(run->store, text, b->block->number, clock_realtime_ns(), &e);
	if (id <= 0)
		stop(run, STOP_STORE, &e);
	return id > 0 ? id : 0;
}

/* What the block came to; where nothing but one failure came of the first one, more blocks would
 * only take time. */
static void finish_block(struct block_run *b, double seconds)
{
	struct campaign_run *run = b->run;
	const struct campaign *campaign = run->plan->campaign;
	char took[UNIT_TEXT_BYTES];
	cleanup_free char *text = str_printf("%u run%s in %s, %u failed", b->runs,
		b->runs == 1 ? "" : "s", duration_format(seconds, took), b->failed);

	notes_notify(run, (struct run_event){.kind = RUN_BLOCK_ENDS,
				  .block = b->block->number + 1,
				  .first_host = b->block->first_host,
				  .host_count = b->block->host_count,
				  .placement = campaign->placements[b->block->placement].text,
				  .text = text});
	pthread_mutex_lock(&run->mutex);
	run->first_blocks += b->block->number == 0;
	bool hopeless = run->first_blocks == campaign->placement_count && run->common_failure &&
			!run->unlike && run->failed > 1 && run->done < run->total;
	pthread_mutex_unlock(&run->mutex);
	if (hopeless && b->block->number == 0)
		stop(run, STOP_ALL_FAIL, NULL);
}

static void do_block(struct block_run *b)
{
	struct campaign_run *run = b->run;
	struct error e = {""};
	double begun_s = clock_monotonic_s();

	if ((b->id = find_or_add(b)) == 0)
		return;
	for (size_t s = 0; s < b->block->start_count && blocks_may_continue(run); s++)
		run_start(b, &b->block->starts[s]);
	if (!blocks_may_continue(run))
		return;
	if (store_end_block(run->store, b->id, clock_realtime_ns(), &e) < 0)
		stop(run, STOP_STORE, &e);
	finish_block(b, clock_monotonic_s() - begun_s);
}

/* It may have been cut off between its last run and its end. */
static void end_done_block(struct block_run *b)
{
	struct campaign_run *run = b->run;
	const char *text = run->plan->campaign->placements[b->block->placement].text;
	int64_t id = store_find_block(run->store, text, b->block->number);
	struct error e = {""};

	if (id > 0 && store_end_done_block(run->store, id, &e) < 0)
		stop(run, STOP_STORE, &e);
}

/* What the rest of the block takes. */
static double forecast_block_s(const struct block_run *b)
{
	struct campaign_run *run = b->run;
	double sum_s = 0;

	pthread_mutex_lock(&run->mutex);
	for (size_t s = 0; s < b->block->start_count; s++) {
		const struct plan_start *start = &b->block->starts[s];
		double runs_s = 0;
		for (size_t i = 0; i < start->run_count; i++)
			if (!blocks_run_is_done(run, &start->runs[i], b->block->number))
				runs_s += forecast_cell_s(run->forecast, start->runs[i].cell);
		if (runs_s > 0)
			sum_s += runs_s + forecast_start_s(run->forecast, start->target);
	}
	pthread_mutex_unlock(&run->mutex);
	return sum_s;
}

/* Whether it may begin: not if it would be cut off by the end of the allocation. Blocks that are
 * under way on other hosts go on. */
static bool fits_allocation(struct block_run *b)
{
	struct campaign_run *run = b->run;
	double ends_s = run->setup->site->ends_s, block_s = ends_s > 0 ? forecast_block_s(b) : 0;
	bool fits = ends_s <= 0 || clock_monotonic_s() + block_s <= ends_s;

	pthread_mutex_lock(&run->mutex);
	if (!fits)
		run->too_long_s = block_s;
	pthread_mutex_unlock(&run->mutex);
	return fits;
}

static void run_block(void *context)
{
	struct block_run *b = context;

	if (blocks_may_continue(b->run)) {
		if (!anything_left(b))
			end_done_block(b);
		else if (fits_allocation(b))
			do_block(b);
	}
	plan_block_free(b->block);
	free(b);
}

void blocks_run(struct campaign_run *run, unsigned first, unsigned end)
{
	const struct campaign *campaign = run->plan->campaign;
	cleanup_free size_t *order = mem_new(campaign->placement_count, sizeof(*order));

	for (unsigned number = first; number < end; number++) {
		plan_placement_order(run->plan, number, order);
		for (size_t p = 0; p < campaign->placement_count; p++) {
			struct block_run *b = mem_new(1, sizeof(*b));
			b->run = run;
			b->block = plan_block_new(run->plan, &run->course, order[p], number);
			schedule_add(run->fleet->schedule, b->block->first_host,
				b->block->host_count, run_block, b);
		}
	}
	schedule_wait(run->fleet->schedule);
	if (run->too_long_s > 0)
		stop(run, STOP_ALLOCATION, NULL);
}

void blocks_count(struct campaign_run *run, unsigned first, unsigned end)
{
	const struct plan *plan = run->plan;

	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (cell->skip_reason)
			continue;
		unsigned times = plan->campaign->benchmarks[cell->benchmark].runs;
		for (unsigned number = first; number < end && number < cell->blocks; number++)
			for (unsigned i = 0; i < times; i++) {
				run->total++;
				if (!blocks_run_is_done(run, &(struct plan_run){c, i}, number))
					continue;
				run->done++;
				forecast_run_skipped(run->forecast, c);
			}
	}
}
