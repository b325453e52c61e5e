/* Runs of the lifecycle benchmarks, which start, save, restore and move machines. */
#include "campaign/run/lifecycle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "bench/lifecycle.h"

static const double agent_timeout_s = 60, silence_s = 20, rest_s = 1;

/* What is being written down. */
struct story {
	struct execution *x;
	struct text observations, jobs;
	const char *peer; /* address of the machine to which it is done, for jobs beside it */
	unsigned observation_count;
};

static void observe(struct story *story, const char *prefix, const char *name, double value)
{
	text_addf(&story->observations, "%s%s 0 1\n%.12g\n", prefix, name, value);
	story->observation_count++;
}

static void story_free(struct story *story)
{
	text_free(&story->observations);
	text_free(&story->jobs);
}

/* The text becomes the run's output, and its samples are taken. */
static void story_end(struct story *story)
{
	struct outcome *out = story->x->out;
	struct text text = {0};
	text_addf(&text, LIFECYCLE_PROGRAM " 1\n%sdone %u\n",
		story->observations.bytes ? story->observations.bytes : "",
		story->observation_count);
	text_add_bytes(&text, story->jobs.bytes, story->jobs.count);
	free(out->output);
	out->output_bytes = text.count;
	out->output = text_take(&text);
	if (!error_is_set(&out->failure) && !out->interrupted)
		execution_parse(story->x, out->output, out->output_bytes);
}

/* --- jobs ----------------------------------------------------------------------------------- */

struct lifecycle_job {
	struct job *job;
	char *directory, *ready; /* ready NULL: it waits for nothing */
};

static void lifecycle_job_free(struct lifecycle_job *job)
{
	free(job->directory);
	free(job->ready);
}

static bool is_ready(void *context)
{
	const struct lifecycle_job *j = context;
	return job_over(j->job) || (j->job->output && strstr(j->job->output, j->ready));
}

/* Starts the benchmark's job number index in the seat, and waits until it says that it is ready,
 * if it does so. */
static int job_begin(struct story *story, const struct seat *seat, unsigned index, unsigned count,
	struct lifecycle_job *out)
{
	struct execution *x = story->x;
	struct error *e = &x->out->failure;
	struct command command = {0};
	struct role role = execution_role(x, index, count);
	out->directory = str_printf(
		"%s/%s-%u", seat->machine->scratch_dir, strrchr(x->directory, '/') + 1, index);
	role.scratch_dir = out->directory;
	role.peer = story->peer;
	if (execution_command(x, &role, &command, e) == 0) {
		execution_note(x->out, NULL, &command.argv);
		out->job = jobs_start(&x->jobs, seat, &command, out->directory, false, e);
		out->ready = str_dup(command.ready);
	}
	command_free(&command);
	if (!out->job)
		return -1;
	enum wait_result result = out->ready ? jobs_wait(&x->jobs, is_ready, out) : WAIT_OK;
	if (result != WAIT_OK) {
		execution_failed_wait(x, result, "a job");
		return -1;
	}
	if (out->ready && job_over(out->job) && job_check(out->job, e) == 0)
		error_set(e, "a job ended before it was ready");
	return error_is_set(e) ? -1 : 0;
}

/* Lets it go on. */
static int job_go(struct story *story, const struct seat *seat, const struct lifecycle_job *job)
{
	cleanup_free char *path = str_printf("%s/" LIFECYCLE_GO, job->directory);
	return agent_put(
		seat->machine->agent, path, 0600, "", 0, agent_timeout_s, &story->x->out->failure);
}

/* Waits for its end, which has to be a good one. */
static int job_end(struct story *story, const struct lifecycle_job *job)
{
	struct execution *x = story->x;
	enum wait_result result = jobs_wait_end(&x->jobs, job->job, x->jobs.limit_s + silence_s);
	if (result != WAIT_OK) {
		execution_failed_wait(x, result, "a job");
		return -1;
	}
	return job_check(job->job, &x->out->failure);
}

static bool is_teams(const struct team *team, const struct agent *agent)
{
	for (size_t i = 0; i < team->machine_count; i++)
		if (team->machines[i]->agent == agent)
			return true;
	return false;
}

/* Takes down what the jobs in the machine printed, how far they ever came. */
static void keep_jobs(struct story *story, const struct host_machine *machine)
{
	struct execution *x = story->x;
	/* Requests that were interrupted have failed for no fault of the machine. */
	x->out->interrupted |= machine && agent_interrupted(machine->agent);
	for (size_t i = 0; i < x->jobs.count; i++) {
		const struct job *job = x->jobs.items[i];
		x->out->lost |= job->state == JOB_LOST && is_teams(x->team, job->agent);
		text_addf(&story->jobs, "==> job %zu <==\n", i);
		text_add_bytes(&story->jobs, job->output, job->output_bytes);
		if (story->jobs.bytes[story->jobs.count - 1] != '\n')
			text_add(&story->jobs, "\n");
	}
	if (x->jobs.count > 0)
		execution_keep(x, x->jobs.items[0]);
}

/* --- one more machine ------------------------------------------------------------------------ */

struct extra {
	struct seat seat;
	double begun_s; /* CLOCK_MONOTONIC */
};

static int extra_start(struct story *story, struct extra *extra)
{
	struct execution *x = story->x;
	const struct benchmark *benchmark = x->benchmark->benchmark;
	bool disk = !benchmark->has_disk || benchmark->has_disk(x->benchmark->options);
	bool migratable =
		benchmark->action == ACTION_SAVE_RESTORE || benchmark->action == ACTION_MIGRATE;
	extra->begun_s = clock_monotonic_s();
	extra->seat.machine = team_add(x->context, x->team, disk, migratable, &x->out->failure);
	return extra->seat.machine ? 0 : -1;
}

static int extra_greet(struct story *story, struct extra *extra)
{
	struct execution *x = story->x;
	struct agent *agent = extra->seat.machine->agent;
	double limit_s = x->context->plan->campaign->limit_boot_s;
	agent_set_interrupt(agent, x->context->interrupt_fd);
	return agent_hello(agent, limit_s, &x->out->failure);
}

/* What explains a failure may be on its console: that goes behind what the jobs said on stderr. */
static void keep_log(struct story *story, struct host_machine *machine)
{
	struct outcome *out = story->x->out;
	cleanup_free char *log =
		machine && error_is_set(&out->failure) ? host_machine_log_tail(machine) : NULL;
	struct text text = {0};
	if (!log)
		return;
	text_add_bytes(&text, out->errors, out->errors_bytes);
	text_addf(&text, "==> console of %s <==\n%s", machine->name, log);
	free(out->errors);
	out->errors_bytes = text.count;
	out->errors = text_take(&text);
}

/* Ends its jobs and it, and takes down what was said: later nobody could. */
static void extra_stop(struct story *story, struct extra *extra)
{
	struct execution *x = story->x;
	int interrupt_fd = x->jobs.interrupt_fd;
	x->out->lost = false; /* its end is nothing to the team */
	keep_jobs(story, extra->seat.machine);
	keep_log(story, extra->seat.machine);
	jobs_free(&x->jobs);
	x->jobs.interrupt_fd = interrupt_fd;
	hosts_stop(&extra->seat.machine, 1);
	/* The clocks of this machine say nothing of the team's. */
	x->out->host_s = x->out->guest_s = NAN;
}

/* --- boot ------------------------------------------------------------------------------------- */

static int run_job(struct story *story, const struct seat *seat, unsigned index, unsigned count)
{
	struct lifecycle_job job = {0};
	int status = job_begin(story, seat, index, count, &job);
	if (status == 0)
		status = job_end(story, &job);
	lifecycle_job_free(&job);
	return status;
}

/* Its clock, by the probe's middle. A clock that began before the machine did is its host's. */
static int observe_clock(struct story *story, const struct extra *extra, bool *own)
{
	struct agent_clock clock;
	double before_s = clock_monotonic_s();
	if (agent_clock(extra->seat.machine->agent, agent_timeout_s, &clock,
		    &story->x->out->failure) < 0)
		return -1;
	double probed_s = (before_s + clock_monotonic_s()) / 2 - extra->begun_s;
	double uptime_s = (double)clock.far_monotonic_ns / 1e9;
	observe(story, "", "probed", probed_s);
	observe(story, "", "uptime", uptime_s);
	*own = uptime_s < probed_s;
	return 0;
}

static int boot_seen(struct story *story, struct extra *extra)
{
	bool own_clock;
	if (extra_start(story, extra) < 0)
		return -1;
	observe(story, "", "started", clock_monotonic_s() - extra->begun_s);
	if (extra_greet(story, extra) < 0)
		return -1;
	observe(story, "", "ready", clock_monotonic_s() - extra->begun_s);
	if (observe_clock(story, extra, &own_clock) < 0)
		return -1;
	double job_s = clock_monotonic_s();
	if (run_job(story, &extra->seat, 0, 2) < 0)
		return -1;
	observe(story, "", "first_job", clock_monotonic_s() - job_s);
	return own_clock ? run_job(story, &extra->seat, 1, 2) : 0;
}

static void act_boot(struct story *story)
{
	struct extra extra = {0};
	int status = boot_seen(story, &extra);
	double before_s = clock_monotonic_s();
	extra_stop(story, &extra);
	if (status == 0)
		observe(story, "", "stop", clock_monotonic_s() - before_s);
}

/* --- save and restore ------------------------------------------------------------------------- */

/* How far the machine's CLOCK_REALTIME is before the host's. */
static int clock_ahead_s(struct story *story, const struct extra *extra, double *ahead_s)
{
	struct agent_clock clock;
	if (agent_clock(extra->seat.machine->agent, agent_timeout_s, &clock,
		    &story->x->out->failure) < 0)
		return -1;
	int64_t between_ns = clock.sent_ns + (clock.received_ns - clock.sent_ns) / 2;
	*ahead_s = (double)(clock.far_realtime_ns - between_ns) / 1e9;
	return 0;
}

static int save_and_restore(
	struct story *story, const struct extra *extra, const struct lifecycle_job *job)
{
	struct error *e = &story->x->out->failure;
	struct host_machine *machine = extra->seat.machine;
	double before_s, after_s, begun_s;
	if (clock_ahead_s(story, extra, &before_s) < 0)
		return -1;
	begun_s = clock_monotonic_s();
	if (host_machine_save(machine, e) < 0)
		return error_prefix(e, "cannot save it");
	double saved_s = clock_monotonic_s();
	observe(story, "", "save", saved_s - begun_s);
	if (host_machine_restore(machine, e) < 0)
		return error_prefix(e, "cannot restore it");
	observe(story, "", "restore", clock_monotonic_s() - saved_s);
	if (clock_ahead_s(story, extra, &after_s) < 0)
		return error_prefix(e, "no answer after restore");
	observe(story, "", "downtime", clock_monotonic_s() - begun_s);
	observe(story, "", "clock_behind", fmax(0, before_s - after_s));
	return job_go(story, &extra->seat, job);
}

static void act_save_restore(struct story *story)
{
	struct extra extra = {0};
	struct lifecycle_job job = {0};
	if (extra_start(story, &extra) == 0 && extra_greet(story, &extra) == 0 &&
		job_begin(story, &extra.seat, 0, 1, &job) == 0 &&
		save_and_restore(story, &extra, &job) == 0)
		job_end(story, &job);
	extra_stop(story, &extra);
	lifecycle_job_free(&job);
}

/* --- migrate ---------------------------------------------------------------------------------- */

/* Its end of the data network, which the echoes need. */
static int extra_network(struct story *story, const struct extra *extra)
{
	const struct execution *x = story->x;
	const struct network *network = x->context->fleet->hosts[x->team->first_host].network;
	const struct host_machine *machine = extra->seat.machine;
	struct error *e = &x->out->failure;
	if (!network || !machine->address)
		return error_set(e, "it has no address to be asked at");
	cleanup_free char *address = str_printf("%s/%u", machine->address, network->prefix);
	story->peer = machine->address;
	return agent_network(machine->agent, NULL, address, network->mtu, agent_timeout_s, e);
}

static int move(struct story *story, const struct extra *extra)
{
	const struct execution *x = story->x;
	struct host *destination = x->context->fleet->hosts[x->team->first_host + 1].host;
	double before_s, after_s, took_s;
	if (clock_ahead_s(story, extra, &before_s) < 0)
		return -1;
	if (host_machine_migrate(extra->seat.machine, destination, &took_s, &x->out->failure) < 0)
		return error_prefix(&x->out->failure, "cannot move it");
	observe(story, "", "total", took_s);
	if (clock_ahead_s(story, extra, &after_s) < 0)
		return error_prefix(&x->out->failure, "no answer after migration");
	observe(story, "", "clock_behind", fmax(0, before_s - after_s));
	return 0;
}

static int migrate_seen(
	struct story *story, struct extra *extra, struct lifecycle_job jobs[static 2])
{
	const struct seat *peer = &story->x->team->seats[0];
	if (extra_start(story, extra) < 0 || extra_greet(story, extra) < 0 ||
		extra_network(story, extra) < 0 ||
		job_begin(story, &extra->seat, 0, 2, &jobs[0]) < 0 ||
		job_begin(story, peer, 1, 2, &jobs[1]) < 0 || move(story, extra) < 0 ||
		job_go(story, &extra->seat, &jobs[0]) < 0 || job_go(story, peer, &jobs[1]) < 0 ||
		job_end(story, &jobs[0]) < 0)
		return -1;
	return job_end(story, &jobs[1]);
}

static void act_migrate(struct story *story)
{
	struct extra extra = {0};
	struct lifecycle_job jobs[2] = {0};
	migrate_seen(story, &extra, jobs);
	extra_stop(story, &extra);
	lifecycle_job_free(&jobs[0]);
	lifecycle_job_free(&jobs[1]);
}

/* --- flush ------------------------------------------------------------------------------------ */

static int counters_read(const struct seat *seat, struct storage_counters *out, struct error *e)
{
	if (host_machine_storage_counters(seat->machine, out, e) < 0)
		return error_prefix(e, "the storage's counters");
	return 0;
}

static void observe_counts(struct story *story, const char *prefix, const char *where,
	const struct storage_counts *before, const struct storage_counts *after)
{
	const struct {
		const char *what;
		uint64_t count;
	} rows[] = {{"writes", after->writes - before->writes},
		{"bytes", after->written_bytes - before->written_bytes},
		{"flushes", after->flushes - before->flushes}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_free char *name = str_printf("%s%s", where, rows[i].what);
		observe(story, prefix, name, (double)rows[i].count);
	}
}

/* What the host's device is given at rest: per second, at least. Before or after may have had
 * somebody else's burst. */
static double rest_bytes_s(const struct storage_counters counters[static 4])
{
	uint64_t before = counters[1].host.written_bytes - counters[0].host.written_bytes;
	uint64_t after = counters[3].host.written_bytes - counters[2].host.written_bytes;
	return (double)(before < after ? before : after) / rest_s;
}

/* One job, with the counters before it begins to write, and as soon as it has ended; and a rest
 * before and after that. */
static int count_job(
	struct story *story, const struct seat *seat, struct lifecycle_job *job, const char *prefix)
{
	struct error *e = &story->x->out->failure;
	struct storage_counters counters[4];
	if (counters_read(seat, &counters[0], e) < 0)
		return -1;
	clock_sleep_s(rest_s);
	if (counters_read(seat, &counters[1], e) < 0)
		return -1;
	double begun_s = clock_monotonic_s();
	if (job_go(story, seat, job) < 0 || job_end(story, job) < 0)
		return -1;
	double took_s = clock_monotonic_s() - begun_s;
	if (counters_read(seat, &counters[2], e) < 0)
		return -1;
	clock_sleep_s(rest_s);
	if (counters_read(seat, &counters[3], e) < 0)
		return -1;
	if (counters[2].machine_known)
		observe_counts(
			story, prefix, "machine_", &counters[1].machine, &counters[2].machine);
	if (!counters[2].host_known)
		return 0;
	observe_counts(story, prefix, "host_", &counters[1].host, &counters[2].host);
	observe(story, prefix, "background_bytes", rest_bytes_s(counters) * took_s);
	return 0;
}

static void act_flush(struct story *story)
{
	static const char *const prefixes[] = {"", "direct_"};
	struct execution *x = story->x;
	const struct seat *seat = &x->team->seats[0];
	unsigned count = ARRAY_COUNT(prefixes);
	for (unsigned i = 0; i < count; i++) {
		struct lifecycle_job job = {0};
		int status = job_begin(story, seat, i, count, &job);
		if (status == 0)
			status = count_job(story, seat, &job, prefixes[i]);
		lifecycle_job_free(&job);
		if (status < 0)
			break;
	}
	keep_jobs(story, seat->machine);
}

static void (*const acts[])(struct story *) = {
	[ACTION_BOOT] = act_boot,
	[ACTION_SAVE_RESTORE] = act_save_restore,
	[ACTION_FLUSH] = act_flush,
	[ACTION_MIGRATE] = act_migrate,
};

void lifecycle_run(struct execution *x)
{
	struct story story = {.x = x};
	acts[x->benchmark->benchmark->action](&story);
	story_end(&story);
	story_free(&story);
}
