/* Load in the background of a run, in the seats that the measured benchmark leaves free. */
#include "campaign/run/background.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "campaign/plan/fits.h"

static const double held_timeout_s = 60, grace_s = 60;

/* --- seats ------------------------------------------------------------------------------------ */

static void divide(
	const struct team *whole, size_t wanted, struct team *measured, struct team *load)
{
	*measured = *load = *whole;
	measured->seats = mem_new(whole->seat_count, sizeof(*measured->seats));
	load->seats = mem_new(whole->seat_count, sizeof(*load->seats));
	measured->seat_count = load->seat_count = 0;
	for (size_t i = 0; i < whole->seat_count; i++) {
		bool taken = measured->seat_count < wanted &&
			     i == measured->seat_count * whole->seat_count / wanted;
		struct team *to = taken ? measured : load;
		to->seats[to->seat_count++] = whole->seats[i];
	}
	/* An MPI job spreads over all machines of its team. */
	measured->machine_count = 1;
}

/* --- jobs ------------------------------------------------------------------------------------- */

/* Starts the load in a seat; its job becomes the seat's. */
static int start_seat(struct background *b, size_t seat, bool hold, struct error *e)
{
	struct jobs *jobs = &b->x.jobs;
	struct command command = {0};
	struct role role = run_role(&b->x, (unsigned)seat, (unsigned)b->load.seat_count);
	cleanup_free char *directory =
		str_printf("%s-background-%zu-%u", b->x.directory, seat, b->again);

	role.scratch_dir = directory;
	int status = run_command(&b->x, &role, &command, e);
	struct job *job =
		status < 0 ? NULL
			   : jobs_start(jobs, &b->load.seats[seat], &command, directory, hold, e);
	if (job && seat + 1 < jobs->count) { /* started again: takes the place of the ended one */
		job_free(jobs->items[seat]);
		jobs->items[seat] = job;
		jobs->count--;
	} else if (job) {
		run_note(&b->out, agent_name(job->agent), &command.argv);
	}
	bench_command_free(&command);
	return job ? 0 : -1;
}

static void fail(struct background *b, size_t seat)
{
	b->out.lost |= b->x.jobs.items[seat]->state == JOB_LOST;
	error_prefix(&b->out.failure, "the background (%s) in %s", b->benchmark.benchmark->name,
		agent_name(b->x.jobs.items[seat]->agent));
}

/* What ended well starts again; the first that failed ends that. */
static void tend(void *context)
{
	struct background *b = context;

	for (size_t i = 0; i < b->x.jobs.count && !error_is_set(&b->out.failure); i++) {
		const struct job *job = b->x.jobs.items[i];
		if (!job_over(job))
			continue;
		if (job_check(job, &b->out.failure) < 0) {
			fail(b, i);
			return;
		}
		b->again++;
		if (start_seat(b, i, false, &b->out.failure) < 0)
			fail(b, i);
	}
}

static bool all_held(void *context)
{
	const struct jobs *jobs = context;

	for (size_t i = 0; i < jobs->count; i++)
		if (!job_over(jobs->items[i]) && jobs->items[i]->state < JOB_HELD)
			return false;
	return true;
}

static int start_all(struct background *b, struct error *e)
{
	for (size_t i = 0; i < b->load.seat_count; i++)
		if (start_seat(b, i, true, e) < 0)
			return error_prefix(e, "cannot start the background");
	b->x.jobs.deadline_s = clock_monotonic_s() + held_timeout_s;
	enum wait_result result = jobs_wait(&b->x.jobs, all_held, &b->x.jobs);
	if (result == WAIT_INTERRUPTED)
		b->out.interrupted = true;
	else if (result == WAIT_TIMEOUT)
		return error_set(e, "the background was not ready within %.0f s", held_timeout_s);
	return result == WAIT_OK ? 0 : -1;
}

/* --- what a run does -------------------------------------------------------------------------- */

int background_start(struct background *b, struct run_state *x, struct error *e)
{
	const struct campaign_background *load = x->benchmark->background;

	*b = (struct background){
		.benchmark = {.benchmark = load->benchmark, .options = load->options},
		.whole = x->team,
		.x = *x,
	};
	divide(b->whole, fits_measured_seats(x->benchmark), &b->measured, &b->load);
	b->x.team = &b->load;
	b->x.benchmark = &b->benchmark;
	b->x.out = &b->out;
	/* The load is ended by us: its own limit is beyond any run's. */
	b->x.jobs = (struct jobs){.interrupt_fd = x->jobs.interrupt_fd,
		.limit_s = 2 * x->jobs.limit_s + grace_s,
		.directory = x->directory};
	x->team = &b->measured;
	x->background = b;
	if (b->load.seat_count == 0)
		return error_set(e, "there is no free seat for the background");
	if (!load->benchmark)
		return 0;
	if (start_all(b, e) < 0)
		return -1;
	b->served = (struct background_jobs){&b->x.jobs, tend, b};
	x->jobs.background = &b->served;
	return 0;
}

static int go(struct background *b, struct error *e)
{
	for (size_t i = 0; i < b->x.jobs.count; i++) {
		struct job *job = b->x.jobs.items[i];
		if (job->state == JOB_HELD && agent_job_go(job, e) < 0)
			return error_prefix(e, "cannot release the background");
	}
	return 0;
}

int background_release(struct run_state *x)
{
	return x->background ? go(x->background, &x->out->failure) : 0;
}

static void report(struct background *b, struct outcome *out)
{
	cleanup_free char *commands = b->out.command;

	if (commands) {
		char *text = str_printf("%s%sin the background (restarts: %u):\n%s",
			out->command ? out->command : "", out->command ? "\n" : "", b->again,
			commands);
		free(out->command);
		out->command = text;
	}
	out->lost |= b->out.lost;
	out->interrupted |= b->out.interrupted;
	if (error_is_set(&b->out.failure) && !error_is_set(&out->failure))
		out->failure = b->out.failure;
}

void background_end(struct background *b, struct run_state *x)
{
	if (x->jobs.background)
		tend(b);
	x->background = NULL;
	x->jobs.background = NULL;
	x->team = b->whole;
	for (size_t i = 0; i < b->x.jobs.count; i++)
		b->out.lost |= b->x.jobs.items[i]->state == JOB_LOST;
	report(b, x->out);
	jobs_free(&b->x.jobs);
	free(b->measured.seats);
	free(b->load.seats);
}
