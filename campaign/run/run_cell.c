/* Runs one cell once, in the shape that the topology of its benchmark asks for. */
#include "campaign/run/run_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "campaign/plan/fits.h"
#include "campaign/run/background.h"
#include "campaign/run/lifecycle.h"
#include "campaign/run/links.h"

enum { PORT_FIRST = 20000, PORT_COUNT = 10000, PAIR_PORT_FIRST = 10000 };
static const double ready_timeout_s = 60, server_grace_s = 5, silence_s = 20;

/* --- topologies ----------------------------------------------------------------------------- */

struct all {
	struct job **items;
	size_t count;
	enum job_state state;
};

static bool all_reached(void *context)
{
	const struct all *all = context;

	for (size_t i = 0; i < all->count; i++)
		if (!job_over(all->items[i]) && all->items[i]->state < all->state)
			return false;
	return true;
}

/* The barrier: waits until every job is held, releases the background and them, and waits for
 * their end. False if that did not come, or not in time. */
static bool run_together(
	struct run_state *x, struct job **jobs, size_t count, bool hold, const char *what)
{
	struct error *e = &x->out->failure;
	struct all all = {jobs, count, JOB_HELD};
	enum wait_result result = hold ? jobs_wait(&x->jobs, all_reached, &all) : WAIT_OK;

	if (result == WAIT_OK && background_release(x) < 0)
		return false;
	for (size_t i = 0; hold && result == WAIT_OK && i < count; i++)
		if (!job_over(jobs[i]) && agent_job_go(jobs[i], e) < 0)
			return false;
	all.state = JOB_DONE;
	if (result == WAIT_OK)
		result = jobs_wait(&x->jobs, all_reached, &all);
	if (result != WAIT_OK)
		run_failed_wait(x, result, what);
	return result == WAIT_OK;
}

/* Starts the same command in the first `count` seats, each with a directory of its own: seats may
 * be in one machine. */
static bool start_each(struct run_state *x, size_t count, bool hold)
{
	struct error *e = &x->out->failure;

	for (size_t i = 0; i < count; i++) {
		const struct seat *seat = &x->team->seats[i];
		struct command command = {0};
		struct role role = run_role(x, (unsigned)i, (unsigned)count);
		cleanup_free char *directory =
			count > 1 ? str_printf("%s-%zu", x->directory, i) : str_dup(x->directory);
		role.scratch_dir = directory;
		struct job *job = NULL;
		if (run_command(x, &role, &command, e) == 0) {
			const char *where = count > 1 ? agent_name(seat->machine->agent) : NULL;
			run_note(x->out, where, &command.argv);
			job = jobs_start(&x->jobs, seat, &command, directory, hold, e);
		}
		bench_command_free(&command);
		if (!job)
			return false;
	}
	return true;
}

/* The first of several whose output explains the run: one that failed, else the first. */
static const struct job *telling_job(const struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (job_check(jobs->items[i], NULL) < 0)
			return jobs->items[i];
	return jobs->items[0];
}

/* In the first machine, or in all of them, started together by the barrier. */
static void run_one(struct run_state *x)
{
	size_t count = x->benchmark->all_machines ? x->team->seat_count : 1;
	bool hold = count > 1 || x->background;

	if (!start_each(x, count, hold))
		return;
	x->jobs.deadline_s = clock_monotonic_s() + x->jobs.limit_s + silence_s;
	if (!run_together(x, x->jobs.items, count, hold, x->benchmark->benchmark->name))
		return;
	run_keep(x, telling_job(&x->jobs));
	for (size_t i = 0; i < count; i++) {
		bool failed = error_is_set(&x->out->failure);
		run_take_samples(x, x->jobs.items[i]);
		if (count > 1 && !failed && error_is_set(&x->out->failure))
			error_prefix(
				&x->out->failure, "in %s", agent_name(x->jobs.items[i]->agent));
	}
}

struct pair {
	struct seat server_seat, client_seat;
	struct job *server;
};

/* Servers of one host share its address. */
static uint16_t pair_port(const struct run_state *x, size_t pair)
{
	return pair == 0 ? x->port : (uint16_t)(PAIR_PORT_FIRST + (x->port + pair) % PORT_COUNT);
}

struct readiness {
	const struct job *job;
	const char *text;
};

static bool server_ready(void *context)
{
	const struct readiness *r = context;

	return job_over(r->job) || (r->job->output && r->text && strstr(r->job->output, r->text));
}

/* Starts the server of a pair and waits until it says that it listens. */
static struct job *start_server(
	struct run_state *x, const struct seat *seat, size_t pair, struct error *e)
{
	struct command command = {0};
	struct role role = run_role(x, 0, 2);
	cleanup_free char *directory = str_printf("%s-server-%zu", x->directory, pair);

	role.scratch_dir = directory;
	role.port = pair_port(x, pair);
	struct job *job = NULL;
	if (run_command(x, &role, &command, e) == 0) {
		run_note(x->out, NULL, &command.argv);
		job = jobs_start(&x->jobs, seat, &command, directory, false, e);
	}
	struct readiness ready = {job, command.ready};
	double deadline_s = x->jobs.deadline_s;
	x->jobs.deadline_s = clock_monotonic_s() + ready_timeout_s;
	enum wait_result result = job ? jobs_wait(&x->jobs, server_ready, &ready) : WAIT_OK;
	x->jobs.deadline_s = deadline_s;
	bench_command_free(&command);
	if (!job)
		return NULL;
	if (result == WAIT_INTERRUPTED)
		x->out->interrupted = true;
	else if (result == WAIT_TIMEOUT)
		error_set(e, "the server was not ready within %.0f s", ready_timeout_s);
	else if (job_over(job) && job_check(job, e) == 0)
		error_set(e, "the server ended before it was ready");
	if (job_over(job))
		error_prefix(e, "server");
	x->out->lost |= job->state == JOB_LOST;
	return result == WAIT_OK && !job_over(job) ? job : NULL;
}

static struct job *start_client(
	struct run_state *x, const struct pair *pair, size_t index, bool hold, struct error *e)
{
	struct command command = {0};
	struct role role = run_role(x, 1, 2);
	cleanup_free char *directory = str_printf("%s-client-%zu", x->directory, index);

	role.scratch_dir = directory;
	role.peer = seat_address(&pair->server_seat);
	role.port = pair_port(x, index);
	struct job *job = NULL;
	if (run_command(x, &role, &command, e) == 0) {
		run_note(x->out, NULL, &command.argv);
		job = jobs_start(&x->jobs, &pair->client_seat, &command, directory, hold, e);
	}
	bench_command_free(&command);
	return job;
}

/* Which seats the index-th of count pairs takes. */
static void pair_seats(const struct run_state *x, size_t index, size_t count, struct pair *pair)
{
	const struct team *team = x->team;
	struct seat host = {.machine = team->host};

	switch (fits_ends(x->benchmark)) {
	case ENDS_MACHINES:
		pair->server_seat = team->seats[index];
		pair->client_seat = team->seats[count > 1 ? count + index : team->seat_count - 1];
		break;
	case ENDS_MACHINE_TO_HOST:
		pair->server_seat = host;
		pair->client_seat = team->seats[index];
		break;
	case ENDS_HOST_TO_MACHINE:
		pair->server_seat = team->seats[index];
		pair->client_seat = host;
		break;
	}
}

static size_t count_pairs(const struct run_state *x)
{
	if (!fits_all_pairs(x->benchmark))
		return 1;
	size_t seats = x->team->seat_count;
	/* The host's end is on the first host. */
	return fits_ends(x->benchmark) == ENDS_MACHINES ? seats / 2 : seats / x->team->host_count;
}

static bool start_pairs(struct run_state *x, struct pair *pairs, struct job **clients, size_t count)
{
	struct error *e = &x->out->failure;
	bool hold = count > 1 || x->background;

	for (size_t i = 0; i < count; i++) {
		pair_seats(x, i, count, &pairs[i]);
		pairs[i].server = start_server(x, &pairs[i].server_seat, i, e);
		if (!pairs[i].server)
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		clients[i] = start_client(x, &pairs[i], i, hold, e);
		if (!clients[i])
			return false;
	}
	return true;
}

/* All pairs at once; samples from each client, by its number. */
static void run_pair(struct run_state *x)
{
	size_t count = count_pairs(x);
	cleanup_free struct pair *pairs = mem_new(count, sizeof(*pairs));
	cleanup_free struct job **clients = mem_new(count, sizeof(struct job *));

	if (!start_pairs(x, pairs, clients, count))
		return;
	x->jobs.deadline_s = clock_monotonic_s() + x->jobs.limit_s + silence_s;
	if (!run_together(x, clients, count, count > 1 || x->background, "the client"))
		return;
	for (size_t i = 0; i < count; i++)
		if (jobs_wait_end(&x->jobs, pairs[i].server, server_grace_s) == WAIT_INTERRUPTED)
			x->out->interrupted = true;
	if (x->out->interrupted)
		return;
	run_keep(x, clients[0]);
	for (size_t i = 0; i < count; i++) {
		run_take_samples(x, clients[i]);
		x->out->lost |= pairs[i].server->state == JOB_LOST;
	}
}

static void run_ranks(struct run_state *x)
{
	struct command command = {0};
	struct role role = run_role(x, 0, 1);
	struct job *job = NULL;
	cleanup_free char *end = NULL;

	if (run_command(x, &role, &command, &x->out->failure) == 0 && background_release(x) == 0) {
		run_note(x->out, NULL, &command.argv);
		job = mpi_run(
			&x->jobs, x->team, &command, &x->out->interrupted, &end, &x->out->failure);
	}
	bench_command_free(&command);
	for (size_t i = 0; i < x->jobs.count; i++)
		x->out->lost |= x->jobs.items[i]->state == JOB_LOST;
	if (!job)
		return;
	run_keep(x, job);
	run_take_samples(x, job);
	if (error_is_set(&x->out->failure) && job_check(job, NULL) == 0)
		error_prefix(&x->out->failure, "%s", end);
}

static void (*const run_topology[])(struct run_state *) = {
	[TOPOLOGY_ONE] = run_one,
	[TOPOLOGY_PAIR] = run_pair,
	[TOPOLOGY_RANKS] = run_ranks,
	[TOPOLOGY_LIFECYCLE] = lifecycle_run,
};

/* --- the whole ------------------------------------------------------------------------------ */

/* The run itself, with its background load. */
static void run_with_background(struct run_state *x)
{
	struct background background;
	struct error *e = &x->out->failure;
	bool ready = !x->benchmark->background || background_start(&background, x, e) == 0;

	if (ready)
		run_topology[x->benchmark->benchmark->topology](x);
	if (x->benchmark->background)
		background_end(&background, x);
}

/* … and under the network's conditions. What shares the host's network is never touched, even
 * if a plan asks for it. */
static void run_conditioned(struct run_state *x)
{
	struct links links = {0};
	struct error *e = &x->out->failure;
	const char *reason = fits_conditions_why_not(
		x->benchmark, campaign_target_caps(x->team->target), x->team->seat_count);

	if (reason) {
		error_set(e, "%s", reason);
	} else if (!x->benchmark->conditions) {
		run_with_background(x);
	} else {
		if (links_set(&links, x, e) == 0)
			run_with_background(x);
		links_restore(&links, x);
	}
}

/* Whether the stream of any of the team's machines has ended, noticed by a job or not. */
static bool lost_a_machine(const struct team *team)
{
	bool lost = team->host && agent_ended(team->host->agent);

	for (size_t i = 0; i < team->machine_count; i++)
		lost |= agent_ended(team->machines[i]->agent);
	return lost;
}

/* Whose clocks and hosts the numbers depend on. Of a single pair among many that is more than its
 * two. */
static size_t seats_taking_part(const struct campaign_benchmark *b, const struct team *team)
{
	enum topology topology = b->benchmark->topology;
	bool one = topology == TOPOLOGY_LIFECYCLE || (topology == TOPOLOGY_ONE && !b->all_machines);

	return one ? 1 : team->seat_count;
}

const struct outcome outcome_empty = {.host_s = NAN,
	.guest_s = NAN,
	.user_s = NAN,
	.system_s = NAN,
	.steal_s = NAN,
	.max_rss_bytes = -1,
	.exit_status = -1};

void run_cell(const struct team_context *context, const struct team *team,
	const struct campaign_benchmark *benchmark, unsigned order, struct outcome *out)
{
	double limit_s = context->plan->campaign->limit_run_s;
	const struct host_machine *first = team->seats[0].machine;
	bool in_share = benchmark->benchmark->in_share && first->share_dir;
	cleanup_free char *directory = str_printf("%s/tare-%s-run-%u",
		in_share ? first->share_dir : first->scratch_dir, context->campaign_id, order);
	struct run_state x = {
		.context = context,
		.team = team,
		.benchmark = benchmark,
		.jobs = {.interrupt_fd = context->interrupt_fd,
			.limit_s = limit_s,
			.deadline_s = clock_monotonic_s() + limit_s + silence_s,
			.directory = directory},
		.directory = directory,
		.port = (uint16_t)(PORT_FIRST + order % PORT_COUNT),
		.out = out,
	};

	*out = outcome_empty;
	size_t seats = seats_taking_part(benchmark, team);
	clocks_read_before(&out->clocks, team, seats);
	edges_read_before(&out->edges, context, team, seats);
	out->started_ns = clock_realtime_ns();
	run_conditioned(&x);
	if (!out->output && x.jobs.count > 0) /* it failed early: what there is explains it */
		run_keep(&x, x.jobs.items[x.jobs.count - 1]);
	jobs_free(&x.jobs);
	out->ended_ns = clock_realtime_ns();
	edges_read_after(&out->edges);
	/* What comes next has other machines, whose clocks are others, too: where a team was lost,
	 * the offset after it is missing. */
	out->lost |= lost_a_machine(team);
	clocks_read_after(&out->clocks, out->lost);
	if (!error_is_set(&out->failure) && !out->interrupted && out->sample_count == 0)
		error_set(&out->failure, "it printed no sample");
	out->failed = error_is_set(&out->failure);
}

void outcome_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->sample_count; i++)
		bench_samples_free(&outcome->samples[i]);
	free(outcome->samples);
	clocks_free(&outcome->clocks);
	edges_free(&outcome->edges);
	free(outcome->command);
	free(outcome->output);
	free(outcome->errors);
	*outcome = (struct outcome){0};
}
