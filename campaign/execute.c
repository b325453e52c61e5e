#include "campaign/execute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "campaign/execution.h"

enum { PORT_FIRST = 20000, PORT_COUNT = 10000 };
static const double clock_timeout_s = 5, ready_timeout_s = 60, server_grace_s = 5, silence_s = 20;

static enum ends ends_of(const struct campaign_benchmark *b)
{
	return b->benchmark->ends ? b->benchmark->ends(b->options) : ENDS_MACHINES;
}

bool execute_needs_host(const struct campaign_benchmark *b)
{
	return b->benchmark->topology == TOPOLOGY_PAIR && ends_of(b) != ENDS_MACHINES;
}

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

/* The same command in the first `count` seats, started together by the barrier. */
static void run_each(struct execution *x, size_t count)
{
	struct error *e = &x->out->failure;
	bool hold = count > 1;
	for (size_t i = 0; i < count; i++) {
		struct command command = {0};
		struct role role = execution_role(x, (unsigned)i, (unsigned)count);
		cleanup_free char *directory =
			count > 1 ? str_printf("%s-%zu", x->directory, i) : str_dup(x->directory);
		role.scratch_dir = directory;
		struct job *job = NULL;
		if (execution_command(x, &role, &command, e) == 0) {
			execution_note(x->out, &command.argv);
			job = jobs_start(
				&x->jobs, &x->team->seats[i], &command, directory, hold, e);
		}
		command_free(&command);
		if (!job)
			return;
	}
	struct all all = {x->jobs.items, x->jobs.count, JOB_HELD};
	enum wait_result result = hold ? jobs_wait(&x->jobs, all_reached, &all) : WAIT_OK;
	for (size_t i = 0; hold && result == WAIT_OK && i < x->jobs.count; i++)
		if (!job_over(x->jobs.items[i]) && agent_job_go(x->jobs.items[i], e) < 0)
			return;
	all.state = JOB_DONE;
	if (result == WAIT_OK)
		result = jobs_wait(&x->jobs, all_reached, &all);
	if (result != WAIT_OK) {
		execution_failed_wait(x, result, x->benchmark->benchmark->name);
		return;
	}
	execution_keep(x, x->jobs.items[0]);
	for (size_t i = 0; i < x->jobs.count; i++)
		execution_take_samples(x, x->jobs.items[i]);
}

static void run_one(struct execution *x)
{
	run_each(x, 1);
}

static void run_every(struct execution *x)
{
	run_each(x, x->team->seat_count);
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

/* Starts the server and waits until it says that it listens. */
static struct job *start_server(struct execution *x, const struct seat *seat, struct error *e)
{
	struct command command = {0};
	struct role role = execution_role(x, 0, 2);
	cleanup_free char *directory = str_printf("%s-server", x->directory);
	role.scratch_dir = directory;
	struct job *job = NULL;
	if (execution_command(x, &role, &command, e) == 0) {
		execution_note(x->out, &command.argv);
		job = jobs_start(&x->jobs, seat, &command, directory, false, e);
	}
	struct readiness ready = {job, command.ready};
	double deadline_s = x->jobs.deadline_s;
	x->jobs.deadline_s = clock_monotonic_s() + ready_timeout_s;
	enum wait_result result = job ? jobs_wait(&x->jobs, server_ready, &ready) : WAIT_OK;
	x->jobs.deadline_s = deadline_s;
	command_free(&command);
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

static void pair_seats(const struct execution *x, struct seat *server, struct seat *client)
{
	struct seat first = x->team->seats[0];
	struct seat last = x->team->seats[x->team->seat_count - 1];
	struct seat host = {.machine = x->team->host};
	switch (ends_of(x->benchmark)) {
	case ENDS_MACHINES:
		*server = first;
		*client = last;
		break;
	case ENDS_MACHINE_TO_HOST:
		*server = host;
		*client = first;
		break;
	case ENDS_HOST_TO_MACHINE:
		*server = first;
		*client = host;
		break;
	}
}

static void run_pair(struct execution *x)
{
	struct error *e = &x->out->failure;
	struct seat server_seat, client_seat;
	struct command command = {0};
	pair_seats(x, &server_seat, &client_seat);
	struct job *server = start_server(x, &server_seat, e);
	if (!server)
		return;
	struct role role = execution_role(x, 1, 2);
	role.peer = seat_address(&server_seat, x->context->network);
	struct job *client = NULL;
	if (execution_command(x, &role, &command, e) == 0) {
		execution_note(x->out, &command.argv);
		client = jobs_start(&x->jobs, &client_seat, &command, x->directory, false, e);
	}
	command_free(&command);
	if (!client)
		return;
	enum wait_result result = jobs_wait_end(&x->jobs, client, x->jobs.limit_s + silence_s);
	if (result == WAIT_OK)
		result = jobs_wait_end(&x->jobs, server, server_grace_s);
	if (result == WAIT_INTERRUPTED || !job_over(client)) {
		execution_failed_wait(x, result, "the client");
		return;
	}
	execution_keep(x, client);
	execution_take_samples(x, client);
	x->out->lost |= server->state == JOB_LOST;
}

static void run_ranks(struct execution *x)
{
	struct command command = {0};
	struct role role = execution_role(x, 0, 1);
	struct job *job = NULL;
	if (execution_command(x, &role, &command, &x->out->failure) == 0) {
		execution_note(x->out, &command.argv);
		job = mpi_run(&x->jobs, x->team, x->context->network, &command,
			&x->out->interrupted, &x->out->failure);
	}
	command_free(&command);
	for (size_t i = 0; i < x->jobs.count; i++)
		x->out->lost |= x->jobs.items[i]->state == JOB_LOST;
	if (!job)
		return;
	execution_keep(x, job);
	execution_take_samples(x, job);
}

static void (*const run_topology[])(struct execution *) = {
	[TOPOLOGY_ONE] = run_one,
	[TOPOLOGY_PAIR] = run_pair,
	[TOPOLOGY_RANKS] = run_ranks,
	[TOPOLOGY_EACH] = run_every,
};

/* --- the whole ------------------------------------------------------------------------------ */

/* The machine's clock against the host's; the better (shorter) of three probes. */
static double clock_offset_s(struct agent *agent, double *error_s)
{
	double best_offset_s = NAN, best_error_s = INFINITY;
	for (int i = 0; i < 3; i++) {
		struct agent_clock probe;
		if (agent_clock(agent, clock_timeout_s, &probe, NULL) < 0)
			break;
		double half_s = (double)(probe.received_ns - probe.sent_ns) / 2e9;
		if (half_s >= best_error_s)
			continue;
		best_error_s = half_s;
		best_offset_s = (double)(probe.far_realtime_ns - probe.sent_ns) / 1e9 - half_s;
	}
	if (isfinite(best_error_s) && !(best_error_s > *error_s))
		*error_s = best_error_s;
	return best_offset_s;
}

void execute(const struct team_context *context, const struct team *team,
	const struct campaign_benchmark *benchmark, unsigned order, struct outcome *out)
{
	double limit_s = context->plan->campaign->limit_run_s;
	struct agent *agent = team->seats[0].machine->agent;
	cleanup_free char *directory =
		str_printf("%s/run-%u", team->seats[0].machine->scratch_dir, order);
	struct execution x = {
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
	*out = (struct outcome){.host_s = NAN,
		.guest_s = NAN,
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.clock_error_s = NAN,
		.max_rss_bytes = -1,
		.exit_status = -1};
	out->clock_offset_before_s = clock_offset_s(agent, &out->clock_error_s);
	out->started_ns = clock_realtime_ns();
	run_topology[benchmark->benchmark->topology](&x);
	out->ended_ns = clock_realtime_ns();
	if (!out->output && x.jobs.count > 0) /* it failed early: what there is explains it */
		execution_keep(&x, x.jobs.items[x.jobs.count - 1]);
	jobs_free(&x.jobs);
	out->clock_offset_after_s = out->lost ? NAN : clock_offset_s(agent, &out->clock_error_s);
	if (!out->failure.text[0] && !out->interrupted && out->sample_count == 0)
		error_set(&out->failure, "it printed no sample");
}

void outcome_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->sample_count; i++)
		samples_free(&outcome->samples[i]);
	free(outcome->samples);
	free(outcome->command);
	free(outcome->output);
	free(outcome->errors);
	*outcome = (struct outcome){0};
}
