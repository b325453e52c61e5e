/* Runs a campaign from its first block to its last. */
#include "campaign/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "campaign/clean.h"
#include "campaign/plan/precision.h"
#include "campaign/campaign_run.h"
#include "campaign/fleet/site_lock.h"
#include "drivers/privileges.h"

/* What the pilot says about one cell; never more than the cap, nor fewer than the pilot. */
static void want_blocks(struct campaign_run *run, size_t index, const struct store_data *data)
{
	const struct campaign *campaign = run->plan->campaign;
	struct plan_cell *cell = &run->plan->cells[index];
	size_t needed = precision_blocks(run->plan, cell, data);
	unsigned pilot = campaign->blocks, cap = campaign->limit_blocks;

	cell->blocks = needed > cap ? cap : needed > pilot ? (unsigned)needed : pilot;
	if (cell->blocks > run->blocks)
		run->blocks = cell->blocks;
	forecast_add_blocks(run->forecast, index, cell->blocks - pilot);
	if (needed <= pilot || cell->target == campaign->baseline)
		return;
	cleanup_free char *text = str_printf("%s on %s, %s: ±%.3g %% needs %zu blocks%s",
		campaign->benchmarks[cell->benchmark].benchmark->name,
		campaign->targets[cell->target].name, campaign->placements[cell->placement].text,
		campaign->precision * 100, needed, needed > cap ? "; limits.blocks caps it" : "");
	notes_add(run, "precision", text);
}

/* The second stage: as many more blocks of each cell as the asked precision needs. */
static void run_second_stage(struct campaign_run *run)
{
	const struct campaign *campaign = run->plan->campaign;
	struct store_data *data;

	if (campaign->precision <= 0 || !blocks_may_continue(run))
		return;
	if (store_read(run->store, &data, &run->store_error) < 0) {
		run->stop = STOP_STORE;
		return;
	}
	for (size_t c = 0; c < run->plan->cell_count; c++)
		if (!run->plan->cells[c].skip_reason)
			want_blocks(run, c, data);
	store_data_free(data);
	blocks_count(run, campaign->blocks, run->blocks);
	blocks_run(run, campaign->blocks, run->blocks);
}

/* --- before and after ----------------------------------------------------------------------- */

static bool needs(const struct plan *plan, unsigned cap)
{
	for (size_t c = 0; c < plan->cell_count; c++)
		if (!plan->cells[c].skip_reason &&
			campaign_target_caps(&plan->campaign->targets[plan->cells[c].target]) & cap)
			return true;
	return false;
}

static void report_removed(void *context, const char *line)
{
	notes_notify(context, (struct run_event){.kind = RUN_NOTE, .text = line});
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
	run->plan->reversed = setup->reversed;
	if (!needs(run->plan, ~0u))
		return error_set(e,
			"no cell of this campaign can run here; `tare plan %s` says why",
			setup->campaign->path);
	if (!run->store && (store_create(setup->directory, &run->store, e) < 0 ||
				   record_begin(run->store, setup, seed, identity, e) < 0))
		return -1;
	if (record_plan(run->store, run->plan, &run->record, e) < 0)
		return -1;
	return setup->campaign->decide.delta ? decide_declare(run, e) : 0;
}

/* What this campaign itself left here when it was killed, then what others did. Other hosts are
 * cleaned when they are connected. */
static int own_here(
	struct campaign_run *run, const struct record_identity *identity, struct error *e)
{
	const char *work_dir = run->setup->site->work_dir;

	if (run->setup->site->reach.count > 0)
		return 0;
	if ((identity->continues &&
		    campaign_clean(work_dir, identity->id, report_removed, run, e) < 0) ||
		campaign_clean(work_dir, "", report_removed, run, e) < 0 ||
		drivers_own(identity->id, e) < 0)
		return -1;
	run->owned = true;
	return 0;
}

/* Thousands of machines are thousands of streams. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

struct attempt {
	struct campaign_run *run;
	struct error error;
};

static void prepare_here(void *context)
{
	struct attempt *attempt = context;

	fleet_ready(attempt->run->fleet, 0, attempt->run->fleet->count, NULL, &attempt->error);
}

static int make_fleet(
	struct campaign_run *run, const struct record_identity *identity, struct error *e)
{
	const struct run_setup *setup = run->setup;
	struct fleet_setup fleet_setup = {
		.site = setup->site,
		.image = needs(run->plan, CAP_NEEDS_IMAGE) ? setup->image : NULL,
		.campaign_id = identity->id,
		.agent_path = setup->agent_path,
		.directory = setup->directory,
		.needs_network = setup->site->data.bridge || setup->site->data.host_network ||
				 needs(run->plan, CAP_NEEDS_NETWORK),
		.boot_limit_s = run->plan->campaign->limit_boot_s,
		.interrupt_fd = setup->interrupt_fd,
		.entered = notes_add_entered,
		.context = run,
	};

	run->fleet = fleet_new(&fleet_setup, e);
	if (!run->fleet)
		return -1;
	/* What cannot be had on this machine will not come back by itself: nothing is begun. */
	struct attempt attempt = {.run = run};
	if (setup->site->reach.count == 0) {
		schedule_add(run->fleet->schedule, 0, run->fleet->count, prepare_here, &attempt);
		schedule_wait(run->fleet->schedule);
	}
	if (error_is_set(&attempt.error))
		*e = attempt.error;
	return error_is_set(&attempt.error) ? -1 : 0;
}

/* Everything that must be there before the first machine starts. */
static int prepare(struct campaign_run *run, struct record_identity *identity, struct error *e)
{
	if (decide_check(run->setup->campaign, e) < 0)
		return -1;
	run->site_lock = site_lock_new(run->setup->site, e);
	if (!run->site_lock || open_store(run, identity, e) < 0)
		return -1;
	run->blocks = run->plan->campaign->blocks;
	run->order = store_next_order(run->store);
	run->forecast = forecast_new(run->plan, run->store);
	plan_course_init(&run->course, run->plan);
	blocks_count(run, 0, run->blocks);
	run->unlike = run->done > 0;
	raise_file_limit();
	if (own_here(run, identity, e) < 0 || make_fleet(run, identity, e) < 0)
		return -1;
	run->team_context = (struct team_context){
		.plan = run->plan,
		.fleet = run->fleet,
		.store = run->store,
		.interrupt_fd = run->setup->interrupt_fd,
		.campaign_id = identity->id,
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
	[STOP_DEADLINE] = {"cap reached", "the deadline is reached; the same command continues",
		RUN_SOME_FAILED},
	[STOP_ALLOCATION] = {"allocation ends", "the allocation ends; the same command continues",
		RUN_INTERRUPTED},
	[STOP_STORE] = {"store failed", NULL, RUN_SOME_FAILED},
	[STOP_ALL_FAIL] = {"stopped", NULL, RUN_SOME_FAILED},
};

/* Going on with the same allocation would come to the same end again. */
static enum run_result refuse_allocation(struct campaign_run *run, struct error *e)
{
	char block[UNIT_TEXT_BYTES], left[UNIT_TEXT_BYTES];

	duration_format(run->setup->site->left_s, left);
	if (run->too_long_s > 0)
		error_set(e,
			"a block takes about %s, and the allocation had only %s: ask for more time",
			duration_format(run->too_long_s, block), left);
	else
		error_set(
			e, "no run ended within the %s of the allocation: ask for more time", left);
	notes_add(run, endings[STOP_ALLOCATION].event, e->text);
	notes_notify(run, (struct run_event){.kind = RUN_ENDS});
	return RUN_REFUSED;
}

static enum run_result finish(struct campaign_run *run, struct error *e)
{
	const struct ending *ending = &endings[run->stop];

	if (run->given_up > 0) {
		cleanup_free char *text = str_printf(
			"%u runs were not measured because their hosts were given up; the same "
			"command continues",
			run->given_up);
		notes_add(run, "incomplete", text);
	}
	cleanup_free char *alike =
		run->stop == STOP_ALL_FAIL
			? str_printf("every run of the first block failed in the same way, so the "
				     "others are not tried: %s; the same command continues with "
				     "them",
				  run->common_failure)
			: NULL;
	if (run->stop == STOP_STORE)
		*e = run->store_error;
	else if (run->stop == STOP_ALLOCATION && run->recorded == 0)
		return refuse_allocation(run, e);
	else
		notes_add(run, ending->event, alike ? alike : ending->text);
	notes_notify(run, (struct run_event){.kind = RUN_ENDS});
	bool complete = run->given_up == 0 && !record_any_failure(run->store);
	return ending->result == RUN_ALL_MEASURED && !complete ? RUN_SOME_FAILED : ending->result;
}

/* Of a continued campaign on other hosts, such as those of another job: blocks stay paired, but
 * those before and after were measured on different machines. */
static void note_hosts(struct campaign_run *run, const struct record_identity *identity)
{
	cleanup_free char *moved = NULL;
	struct error e = {""};

	if (record_hosts(run->store, run->setup->site, identity->hosts, &moved, &e) < 0)
		log_warn("%s", e.text);
	if (moved)
		notes_notify(run, (struct run_event){.kind = RUN_NOTE, .text = moved});
}

enum run_result run_campaign(const struct run_setup *setup, struct error *e)
{
	struct campaign_run run = {
		.setup = setup, .begun_s = clock_monotonic_s(), .mutex = PTHREAD_MUTEX_INITIALIZER};
	struct record_identity identity = {0};
	enum run_result result = RUN_REFUSED;
	bool prepared = prepare(&run, &identity, e) == 0;

	if (prepared) {
		if (identity.continues)
			notes_add(&run, "continued", "continues where it was stopped");
		else
			notes_add(&run, "started", NULL);
		if (privileges_in_namespace())
			notes_add(&run, "privileges", "user namespace");
		note_hosts(&run, &identity);
		notes_add_begun(&run);
		notes_notify(&run, (struct run_event){.kind = RUN_BEGINS, .plan = run.plan});
		if (setup->campaign->decide.delta) {
			decide_run(&run);
		} else {
			blocks_run(&run, 0, run.blocks);
			run_second_stage(&run);
		}
	}
	fleet_free(run.fleet);
	if (run.owned)
		campaign_clean(setup->site->work_dir, identity.id, NULL, NULL, NULL);
	if (prepared)
		result = finish(&run, e);
	if (run.plan)
		plan_course_free(&run.course);
	forecast_free(run.forecast);
	free(run.common_failure);
	free(identity.hosts);
	record_free(&run.record);
	store_close(run.store);
	plan_free(run.plan);
	site_lock_free(run.site_lock);
	return result;
}
