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
struct lifecycle {
	struct run_state *x;
	struct text observations, jobs;
	const char *peer; /* address of the machine to which it is done, for jobs beside it */
	unsigned observation_count;
};

static void observe(struct lifecycle *lifecycle, const char *prefix, const char *name, double value)
{
	text_addf(&lifecycle->observations, "%s%s 0 1\n%.12g\n", prefix, name, value);
	lifecycle->observation_count++;
}

static void lifecycle_close(struct lifecycle *lifecycle)
{
	text_free(&lifecycle->observations);
	text_free(&lifecycle->jobs);
}

/* The text becomes the run's output, and its samples are taken. */
static void lifecycle_record(struct lifecycle *lifecycle)
{
	struct outcome *out = lifecycle->x->out;
	struct text text = {0};

	text_addf(&text, LIFECYCLE_PROGRAM " 1\n%sdone %u\n",
		lifecycle->observations.bytes ? lifecycle->observations.bytes : "",
		lifecycle->observation_count);
	text_add_bytes(&text, lifecycle->jobs.bytes, lifecycle->jobs.count);
	free(out->output);
	out->output_bytes = text.count;
	out->output = text_take(&text);
	if (!error_is_set(&out->failure) && !out->interrupted)
		run_parse(lifecycle->x, out->output, out->output_bytes);
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
static int job_begin(struct lifecycle *lifecycle, const struct seat *seat, unsigned index,
	unsigned count, struct lifecycle_job *out)
{
	struct run_state *x = lifecycle->x;
	struct error *e = &x->out->failure;
	struct command command = {0};
	struct role role = run_role(x, index, count);

	out->directory = str_printf(
		"%s/%s-%u", seat->machine->scratch_dir, strrchr(x->directory, '/') + 1, index);
	role.scratch_dir = out->directory;
	role.peer = lifecycle->peer;
	if (run_command(x, &role, &command, e) == 0) {
		run_note(x->out, NULL, &command.argv);
		out->job = jobs_start(&x->jobs, seat, &command, out->directory, false, e);
		out->ready = str_dup(command.ready);
	}
	bench_command_free(&command);
	if (!out->job)
		return -1;
	enum wait_result result = out->ready ? jobs_wait(&x->jobs, is_ready, out) : WAIT_OK;
	if (result != WAIT_OK) {
		run_failed_wait(x, result, "a job");
		return -1;
	}
	if (out->ready && job_over(out->job) && job_check(out->job, e) == 0)
		error_set(e, "a job ended before it was ready");
	return error_is_set(e) ? -1 : 0;
}

/* Lets it go on. */
static int job_go(
	struct lifecycle *lifecycle, const struct seat *seat, const struct lifecycle_job *job)
{
	cleanup_free char *path = str_printf("%s/" LIFECYCLE_GO, job->directory);

	return agent_put(seat->machine->agent, path, 0600, "", 0, agent_timeout_s,
		&lifecycle->x->out->failure);
}

/* Waits for its end, which has to be a good one. */
static int job_end(struct lifecycle *lifecycle, const struct lifecycle_job *job)
{
	struct run_state *x = lifecycle->x;
	enum wait_result result = jobs_wait_end(&x->jobs, job->job, x->jobs.limit_s + silence_s);

	if (result != WAIT_OK) {
		run_failed_wait(x, result, "a job");
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
static void keep_jobs(struct lifecycle *lifecycle, const struct host_machine *machine)
{
	struct run_state *x = lifecycle->x;

	/* Requests that were interrupted have failed for no fault of the machine. */
	x->out->interrupted |= machine && agent_interrupted(machine->agent);
	for (size_t i = 0; i < x->jobs.count; i++) {
		const struct job *job = x->jobs.items[i];
		x->out->lost |= job->state == JOB_LOST && is_teams(x->team, job->agent);
		text_addf(&lifecycle->jobs, "==> job %zu <==\n", i);
		text_add_bytes(&lifecycle->jobs, job->output, job->output_bytes);
		if (lifecycle->jobs.bytes[lifecycle->jobs.count - 1] != '\n')
			text_add(&lifecycle->jobs, "\n");
	}
	if (x->jobs.count > 0)
		run_keep(x, x->jobs.items[0]);
}

/* --- one more machine ------------------------------------------------------------------------ */

struct extra {
	struct seat seat;
	double begun_s; /* CLOCK_MONOTONIC */
};

static int extra_start(struct lifecycle *lifecycle, struct extra *extra)
{
	struct run_state *x = lifecycle->x;
	const struct benchmark *benchmark = x->benchmark->benchmark;
	bool disk = !benchmark->has_disk || benchmark->has_disk(x->benchmark->options);
	bool migratable =
		benchmark->action == ACTION_SAVE_RESTORE || benchmark->action == ACTION_MIGRATE;

	extra->begun_s = clock_monotonic_s();
	return team_add(
		x->context, x->team, disk, migratable, &extra->seat.machine, 1, &x->out->failure);
}

static int greet_machine(struct lifecycle *lifecycle, struct host_machine *machine)
{
	struct run_state *x = lifecycle->x;
	struct agent *agent = machine->agent;
	double limit_s = x->context->plan->campaign->limit_boot_s;

	agent_set_interrupt(agent, x->context->interrupt_fd);
	return agent_hello(agent, limit_s, &x->out->failure);
}

static int extra_greet(struct lifecycle *lifecycle, struct extra *extra)
{
	return greet_machine(lifecycle, extra->seat.machine);
}

/* What explains a failure may be on its console: that follows the stderr of the jobs. */
static void keep_log(struct lifecycle *lifecycle, struct host_machine *machine)
{
	struct outcome *out = lifecycle->x->out;
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

/* Ends its jobs and the machine, and keeps their output, which is lost afterwards. */
static void extra_stop(struct lifecycle *lifecycle, struct extra *extra)
{
	struct run_state *x = lifecycle->x;
	int interrupt_fd = x->jobs.interrupt_fd;

	x->out->lost = false; /* its end is nothing to the team */
	keep_jobs(lifecycle, extra->seat.machine);
	keep_log(lifecycle, extra->seat.machine);
	jobs_free(&x->jobs);
	x->jobs.interrupt_fd = interrupt_fd;
	hosts_stop(&extra->seat.machine, 1);
	/* The clocks of this machine say nothing of the team's. */
	x->out->host_s = x->out->guest_s = NAN;
}

/* --- boot ------------------------------------------------------------------------------------- */

static int run_job(
	struct lifecycle *lifecycle, const struct seat *seat, unsigned index, unsigned count)
{
	struct lifecycle_job job = {0};
	int status = job_begin(lifecycle, seat, index, count, &job);

	if (status == 0)
		status = job_end(lifecycle, &job);
	lifecycle_job_free(&job);
	return status;
}

/* Its clock, by the probe's middle. A clock that began before the machine did is its host's. */
static int observe_clock(struct lifecycle *lifecycle, const struct extra *extra, bool *own)
{
	struct agent_clock clock;
	double before_s = clock_monotonic_s();

	if (agent_clock(extra->seat.machine->agent, agent_timeout_s, &clock,
		    &lifecycle->x->out->failure) < 0)
		return -1;
	double probed_s = (before_s + clock_monotonic_s()) / 2 - extra->begun_s;
	double uptime_s = (double)clock.far_monotonic_ns / 1e9;
	observe(lifecycle, "", "probed", probed_s);
	observe(lifecycle, "", "uptime", uptime_s);
	*own = uptime_s < probed_s;
	return 0;
}

static unsigned machines_at_once(const struct lifecycle *lifecycle)
{
	const struct campaign_benchmark *b = lifecycle->x->benchmark;

	return b->benchmark->at_once ? b->benchmark->at_once(b->options) : 1;
}

/* The first machine is `extra`; of several, the last that answers counts. */
static int boot_all(struct lifecycle *lifecycle, struct extra *extra, struct host_machine **others,
	unsigned count)
{
	struct run_state *x = lifecycle->x;
	struct host_machine **machines = mem_new(count, sizeof(*machines));

	extra->begun_s = clock_monotonic_s();
	int status = team_add(x->context, x->team, true, false, machines, count, &x->out->failure);
	extra->seat.machine = machines[0];
	memcpy(others, machines + 1, (count - 1) * sizeof(*others));
	observe(lifecycle, "", "started", clock_monotonic_s() - extra->begun_s);
	for (unsigned i = 0; i < count && status == 0; i++)
		status = greet_machine(lifecycle, machines[i]);
	free(machines);
	if (status == 0)
		observe(lifecycle, "", "ready", clock_monotonic_s() - extra->begun_s);
	return status;
}

static int boot_seen(struct lifecycle *lifecycle, struct extra *extra, unsigned count)
{
	bool own_clock;

	if (observe_clock(lifecycle, extra, &own_clock) < 0)
		return -1;
	if (count > 1)
		observe(lifecycle, "", "machines", count);
	double job_s = clock_monotonic_s();
	if (run_job(lifecycle, &extra->seat, 0, 2) < 0)
		return -1;
	observe(lifecycle, "", "first_job", clock_monotonic_s() - job_s);
	return own_clock && count == 1 ? run_job(lifecycle, &extra->seat, 1, 2) : 0;
}

static void act_boot(struct lifecycle *lifecycle)
{
	struct extra extra = {0};
	unsigned count = machines_at_once(lifecycle);
	struct host_machine **others = mem_new(count, sizeof(*others));
	int status = boot_all(lifecycle, &extra, others, count);

	if (status == 0)
		status = boot_seen(lifecycle, &extra, count);
	double before_s = clock_monotonic_s();
	hosts_stop(others, count - 1);
	extra_stop(lifecycle, &extra);
	if (status == 0)
		observe(lifecycle, "", "stop", clock_monotonic_s() - before_s);
	free(others);
}

/* --- save and restore ------------------------------------------------------------------------- */

/* How far the machine's CLOCK_REALTIME is before the host's. */
static int clock_ahead_s(struct lifecycle *lifecycle, const struct extra *extra, double *ahead_s)
{
	struct agent_clock clock;

	if (agent_clock(extra->seat.machine->agent, agent_timeout_s, &clock,
		    &lifecycle->x->out->failure) < 0)
		return -1;
	int64_t between_ns = clock.sent_ns + (clock.received_ns - clock.sent_ns) / 2;
	*ahead_s = (double)(clock.far_realtime_ns - between_ns) / 1e9;
	return 0;
}

static int save_and_restore(
	struct lifecycle *lifecycle, const struct extra *extra, const struct lifecycle_job *job)
{
	struct error *e = &lifecycle->x->out->failure;
	struct host_machine *machine = extra->seat.machine;
	double before_s, after_s, begun_s;

	if (clock_ahead_s(lifecycle, extra, &before_s) < 0)
		return -1;
	begun_s = clock_monotonic_s();
	if (host_machine_save(machine, e) < 0)
		return error_prefix(e, "cannot save it");
	double saved_s = clock_monotonic_s();
	observe(lifecycle, "", "save", saved_s - begun_s);
	if (host_machine_restore(machine, e) < 0)
		return error_prefix(e, "cannot restore it");
	observe(lifecycle, "", "restore", clock_monotonic_s() - saved_s);
	if (clock_ahead_s(lifecycle, extra, &after_s) < 0)
		return error_prefix(e, "no answer after restore");
	observe(lifecycle, "", "downtime", clock_monotonic_s() - begun_s);
	observe(lifecycle, "", "clock_behind", fmax(0, before_s - after_s));
	return job_go(lifecycle, &extra->seat, job);
}

static void act_save_restore(struct lifecycle *lifecycle)
{
	struct extra extra = {0};
	struct lifecycle_job job = {0};

	if (extra_start(lifecycle, &extra) == 0 && extra_greet(lifecycle, &extra) == 0 &&
		job_begin(lifecycle, &extra.seat, 0, 1, &job) == 0 &&
		save_and_restore(lifecycle, &extra, &job) == 0)
		job_end(lifecycle, &job);
	extra_stop(lifecycle, &extra);
	lifecycle_job_free(&job);
}

/* --- migrate ---------------------------------------------------------------------------------- */

/* Its end of the data network, which the echoes need. */
static int extra_network(struct lifecycle *lifecycle, const struct extra *extra)
{
	const struct run_state *x = lifecycle->x;
	const struct network *network = x->context->fleet->hosts[x->team->first_host].network;
	const struct host_machine *machine = extra->seat.machine;
	struct error *e = &x->out->failure;

	if (!network || !machine->address)
		return error_set(e, "it has no address for echo requests");
	cleanup_free char *address = str_printf("%s/%u", machine->address, network->prefix);
	lifecycle->peer = machine->address;
	return agent_network(machine->agent, NULL, address, network->mtu, agent_timeout_s, e);
}

static int move(struct lifecycle *lifecycle, const struct extra *extra)
{
	const struct run_state *x = lifecycle->x;
	struct host *destination = x->context->fleet->hosts[x->team->first_host + 1].host;
	double before_s, after_s, took_s;

	if (clock_ahead_s(lifecycle, extra, &before_s) < 0)
		return -1;
	if (host_machine_migrate(extra->seat.machine, destination, &took_s, &x->out->failure) < 0)
		return error_prefix(&x->out->failure, "cannot move it");
	observe(lifecycle, "", "total", took_s);
	if (clock_ahead_s(lifecycle, extra, &after_s) < 0)
		return error_prefix(&x->out->failure, "no answer after migration");
	observe(lifecycle, "", "clock_behind", fmax(0, before_s - after_s));
	return 0;
}

static int migrate_seen(
	struct lifecycle *lifecycle, struct extra *extra, struct lifecycle_job jobs[static 2])
{
	const struct seat *peer = &lifecycle->x->team->seats[0];

	if (extra_start(lifecycle, extra) < 0 || extra_greet(lifecycle, extra) < 0 ||
		extra_network(lifecycle, extra) < 0 ||
		job_begin(lifecycle, &extra->seat, 0, 2, &jobs[0]) < 0 ||
		job_begin(lifecycle, peer, 1, 2, &jobs[1]) < 0 || move(lifecycle, extra) < 0 ||
		job_go(lifecycle, &extra->seat, &jobs[0]) < 0 ||
		job_go(lifecycle, peer, &jobs[1]) < 0 || job_end(lifecycle, &jobs[0]) < 0)
		return -1;
	return job_end(lifecycle, &jobs[1]);
}

static void act_migrate(struct lifecycle *lifecycle)
{
	struct extra extra = {0};
	struct lifecycle_job jobs[2] = {0};

	migrate_seen(lifecycle, &extra, jobs);
	extra_stop(lifecycle, &extra);
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

static void observe_counts(struct lifecycle *lifecycle, const char *prefix, const char *where,
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
		observe(lifecycle, prefix, name, (double)rows[i].count);
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
static int count_job(struct lifecycle *lifecycle, const struct seat *seat,
	struct lifecycle_job *job, const char *prefix)
{
	struct error *e = &lifecycle->x->out->failure;
	struct storage_counters counters[4];

	if (counters_read(seat, &counters[0], e) < 0)
		return -1;
	clock_sleep_s(rest_s);
	if (counters_read(seat, &counters[1], e) < 0)
		return -1;
	double begun_s = clock_monotonic_s();
	if (job_go(lifecycle, seat, job) < 0 || job_end(lifecycle, job) < 0)
		return -1;
	double took_s = clock_monotonic_s() - begun_s;
	if (counters_read(seat, &counters[2], e) < 0)
		return -1;
	clock_sleep_s(rest_s);
	if (counters_read(seat, &counters[3], e) < 0)
		return -1;
	if (counters[2].machine_known)
		observe_counts(
			lifecycle, prefix, "machine_", &counters[1].machine, &counters[2].machine);
	if (!counters[2].host_known)
		return 0;
	observe_counts(lifecycle, prefix, "host_", &counters[1].host, &counters[2].host);
	observe(lifecycle, prefix, "background_bytes", rest_bytes_s(counters) * took_s);
	return 0;
}

static void act_flush(struct lifecycle *lifecycle)
{
	static const char *const prefixes[] = {"", "direct_"};
	struct run_state *x = lifecycle->x;
	const struct seat *seat = &x->team->seats[0];
	unsigned count = ARRAY_COUNT(prefixes);

	for (unsigned i = 0; i < count; i++) {
		struct lifecycle_job job = {0};
		int status = job_begin(lifecycle, seat, i, count, &job);
		if (status == 0)
			status = count_job(lifecycle, seat, &job, prefixes[i]);
		lifecycle_job_free(&job);
		if (status < 0)
			break;
	}
	keep_jobs(lifecycle, seat->machine);
}

static void (*const acts[])(struct lifecycle *) = {
	[ACTION_BOOT] = act_boot,
	[ACTION_SAVE_RESTORE] = act_save_restore,
	[ACTION_FLUSH] = act_flush,
	[ACTION_MIGRATE] = act_migrate,
};

void lifecycle_run(struct run_state *x)
{
	struct lifecycle lifecycle = {.x = x};

	acts[x->benchmark->benchmark->action](&lifecycle);
	lifecycle_record(&lifecycle);
	lifecycle_close(&lifecycle);
}
