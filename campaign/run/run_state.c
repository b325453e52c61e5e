/* What every topology does with its jobs: the role and command line of each, what is kept of what
 * they printed, and the samples in it. */
#include "campaign/run/run_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

struct role run_role(const struct run_state *x, unsigned index, unsigned count)
{
	const struct team *team = x->team;

	return (struct role){
		.index = index,
		.count = count,
		.cpus = team->seat_cpus,
		.memory_bytes = team->seat_memory_bytes,
		.machines = (unsigned)team->seat_count,
		.ranks = (unsigned)team->seat_count * team->seat_cpus,
		.port = x->port,
		.scratch_dir = x->directory,
		.scratch_bytes = x->context->plan->campaign->scratch_bytes,
	};
}

int run_command(const struct run_state *x, const struct role *role, struct command *command,
	struct error *e)
{
	return x->benchmark->benchmark->command(x->benchmark->options, role, command, e);
}

/* --- what is kept of jobs ------------------------------------------------------------------- */

static char *copy_bytes(const char *bytes, size_t count)
{
	char *copy = mem_new(count + 1, 1);

	if (count)
		memcpy(copy, bytes, count);
	return copy;
}

/* The main job's stderr, followed by that of the others (servers, MPI proxies). */
static void keep_errors(struct run_state *x, const struct job *main_job)
{
	struct text text = {0};

	text_add_bytes(&text, main_job->errors, main_job->errors_bytes);
	for (size_t i = 0; i < x->jobs.count; i++) {
		const struct job *job = x->jobs.items[i];
		if (job == main_job || (job->errors_bytes == 0 && !job->reason[0]))
			continue;
		text_addf(&text, "==> %s <==\n%s%s", agent_name(job->agent), job->reason,
			job->reason[0] ? "\n" : "");
		text_add_bytes(&text, job->errors, job->errors_bytes);
	}
	x->out->errors_bytes = text.count;
	x->out->errors = text_take(&text);
}

void run_keep(struct run_state *x, const struct job *job)
{
	struct outcome *out = x->out;

	out->output = copy_bytes(job->output, job->output_bytes);
	out->output_bytes = job->output_bytes;
	keep_errors(x, job);
	/* Unknown where the machine never reported that it began, or its clock is no clock. */
	out->host_s =
		job->near_start_ns ? (double)(job->near_end_ns - job->near_start_ns) / 1e9 : NAN;
	out->guest_s = job->far_end_ns ? (double)(job->far_end_ns - job->far_start_ns) / 1e9 : NAN;
	out->user_s = job->user_s;
	out->system_s = job->system_s;
	out->steal_s = job->steal_s;
	out->max_rss_bytes = job->max_rss_bytes;
	out->exit_status = job->exit_status;
}

void run_parse(struct run_state *x, const char *text, size_t length)
{
	struct outcome *out = x->out;
	struct samples samples = {0};

	if (x->benchmark->benchmark->parse(text, length, &samples, &out->failure) < 0) {
		error_prefix(&out->failure, "cannot use its output");
		bench_samples_free(&samples);
		return;
	}
	out->samples = realloc(out->samples, (out->sample_count + 1) * sizeof(*out->samples));
	if (!out->samples)
		abort();
	out->samples[out->sample_count++] = samples;
}

/* The job's samples, or the reason why there are none. */
void run_take_samples(struct run_state *x, const struct job *job)
{
	struct outcome *out = x->out;

	out->lost |= job->state == JOB_LOST;
	if (!error_is_set(&out->failure) && job_check(job, &out->failure) == 0)
		run_parse(x, job->output, job->output_bytes);
}

void run_note(struct outcome *out, const char *where, const struct argv *argv)
{
	cleanup_free char *text = argv_text(argv);
	char *all = str_printf("%s%s%s%s%s", out->command ? out->command : "",
		out->command ? "\n" : "", where ? where : "", where ? ": " : "", text);

	free(out->command);
	out->command = all;
}

void run_failed_wait(struct run_state *x, enum wait_result result, const char *what)
{
	if (result == WAIT_INTERRUPTED) {
		x->out->interrupted = true;
	} else {
		error_set(&x->out->failure,
			"%s did not end in time, and its machine does not answer", what);
		x->out->lost = true;
	}
}
