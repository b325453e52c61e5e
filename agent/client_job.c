/* The orchestrator's end of a stream: jobs. What comes from the far end is bounded here again,
 * whatever the agent promised. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/client.h"
#include "agent/client_private.h"
#include "agent/wire.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define SECOND_NS INT64_C(1000000000)
/* A job that should have started or ended so long ago may be lost; see agent_poll. */
#define OVERDUE_NS (60 * SECOND_NS)

/* --- what comes -------------------------------------------------------------------------- */

static void append(char **buffer, size_t *count, size_t *capacity, const void *bytes, size_t length)
{
	array_reserve(buffer, capacity, *count + length + 1);
	memcpy(*buffer + *count, bytes, length);
	*count += length;
	(*buffer)[*count] = '\0';
}

static void output_append(struct job_entry *entry, const void *bytes, size_t length)
{
	append(&entry->job.output, &entry->job.output_bytes, &entry->output_capacity, bytes,
		length);
}

/* How many of length more bytes may be kept of a stream that already has *kept. */
static size_t bounded(struct job_entry *entry, size_t *kept, size_t length)
{
	size_t left = entry->output_limit - *kept;

	if (length > left) {
		entry->job.truncated = true;
		length = left;
	}
	*kept += length;
	return length;
}

static void on_held(struct job_entry *entry, struct unpack in)
{
	(void)in;
	if (entry->job.state == JOB_STARTING)
		entry->job.state = JOB_HELD;
	entry->overdue_ns = 0;
}

static void on_started(struct job_entry *entry, struct unpack in)
{
	entry->job.state = JOB_RUNNING;
	entry->job.far_start_ns = unpack_i64(&in);
	entry->job.near_start_ns = clock_monotonic_ns();
	entry->overdue_ns = 0;
	if (entry->timeout_s < 1e9)
		entry->overdue_ns =
			entry->job.near_start_ns + (int64_t)(entry->timeout_s * 1e9) + OVERDUE_NS;
}

static void on_output(struct job_entry *entry, struct unpack in)
{
	unsigned stream = unpack_u8(&in);
	size_t count;
	const uint8_t *bytes = unpack_rest(&in, &count);

	if (stream >= STREAM_COUNT || !count)
		return;
	count = bounded(entry, &entry->stream_bytes[stream], count);
	if (stream == STREAM_OUTPUT)
		output_append(entry, bytes, count);
	else
		append(&entry->job.errors, &entry->job.errors_bytes, &entry->errors_capacity, bytes,
			count);
}

static void collect_begin(struct job_entry *entry, size_t index)
{
	struct job *job = &entry->job;
	cleanup_text struct text line = {0};

	if (job->output_bytes && job->output[job->output_bytes - 1] != '\n')
		text_add(&line, "\n");
	text_addf(&line, "==> %s <==\n", entry->collect.words[index]);
	output_append(entry, line.bytes, line.count);
	entry->collect_index = index;
	entry->collect_bytes = 0;
}

static void on_collect(struct job_entry *entry, struct unpack in)
{
	size_t index = unpack_u16(&in), count;
	const uint8_t *bytes = unpack_rest(&in, &count);
	bool first = entry->collect_index == entry->collect.count;

	/* Each file once, in order. */
	if (index >= entry->collect.count || (!first && index < entry->collect_index))
		return;
	if (first || index > entry->collect_index)
		collect_begin(entry, index);
	if (count)
		output_append(entry, bytes, bounded(entry, &entry->collect_bytes, count));
}

static double sane_seconds(double seconds)
{
	return isfinite(seconds) && seconds >= 0 ? seconds : 0;
}

static void reason_set(struct job *job, const char *reason)
{
	struct error clean = {0};

	error_set(&clean, "%s", reason); /* one line, no control characters */
	snprintf(
		job->reason, sizeof(job->reason), "%.*s", (int)sizeof(job->reason) - 1, clean.text);
}

static void on_end(struct job_entry *entry, struct unpack in)
{
	struct job *job = &entry->job;
	struct wire_end end;

	if (!wire_end_unpack(&in, &end)) {
		job->state = JOB_LOST;
		reason_set(job, "the report of the job's end was garbage");
		return;
	}
	job->state = JOB_DONE;
	job->near_end_ns = clock_monotonic_ns();
	job->timed_out = end.timed_out;
	job->truncated = job->truncated || end.discarded_bytes;
	job->exit_status = end.exit_status >= 0 && end.exit_status <= 255 ? end.exit_status : -1;
	job->signal = end.signal > 0 && end.signal < 128 ? end.signal : 0;
	job->far_start_ns = end.start_ns;
	job->far_end_ns = end.end_ns;
	job->user_s = sane_seconds(end.user_s);
	job->system_s = sane_seconds(end.system_s);
	job->steal_s = sane_seconds(end.steal_s);
	job->max_rss_bytes = end.max_rss_bytes;
	job->voluntary_switches = end.voluntary_switches;
	job->involuntary_switches = end.involuntary_switches;
	reason_set(job, end.reason);
	free(end.reason);
	if (job->truncated && !job->reason[0])
		snprintf(job->reason, sizeof(job->reason),
			"wrote more than the limit of %zu bytes (%llu more were discarded)",
			entry->output_limit, (unsigned long long)end.discarded_bytes);
}

static const struct {
	uint8_t type;
	void (*handle)(struct job_entry *entry, struct unpack in);
} HANDLERS[] = {
	{FRAME_JOB_HELD, on_held},
	{FRAME_JOB_STARTED, on_started},
	{FRAME_JOB_OUTPUT, on_output},
	{FRAME_JOB_COLLECT, on_collect},
	{FRAME_JOB_END, on_end},
};

bool job_ended(const struct job *job)
{
	return job->state == JOB_DONE || job->state == JOB_LOST;
}

void job_frame(struct agent *agent, const struct frame *frame)
{
	struct job_entry *entry = agent->jobs;

	while (entry && entry->job.id != frame->job)
		entry = entry->next;
	if (!entry || job_ended(&entry->job)) {
		agent->unknown++;
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(HANDLERS); i++) {
		if (HANDLERS[i].type == frame->type)
			HANDLERS[i].handle(entry,
				(struct unpack){.at = frame->payload, .left = frame->length});
	}
	agent->news = true;
}

void job_lose(struct job *job, const char *reason)
{
	if (job_ended(job))
		return;
	job->state = JOB_LOST;
	job->near_end_ns = clock_monotonic_ns();
	reason_set(job, reason);
	job->agent->news = true;
}

void jobs_lost(struct agent *agent, const char *reason)
{
	for (struct job_entry *entry = agent->jobs; entry; entry = entry->next)
		job_lose(&entry->job, reason);
}

/* --- what goes --------------------------------------------------------------------------- */

static int spec_check(const struct job_spec *spec, struct error *e)
{
	if (!spec->argv || !spec->argv->count)
		return error_set(e, "a job needs a program");
	if (!(spec->timeout_s > 0))
		return error_set(e, "a job needs a timeout");
	if ((spec->put_count || spec->collect_count) && !spec->directory)
		return error_set(e, "a job with files needs a directory");
	return 0;
}

static int spec_send(struct agent *agent, uint16_t id, const struct job_spec *spec,
	const struct argv *collect, struct error *e)
{
	cleanup_text struct text payload = {0};
	struct wire_job wire = {
		.argv = *spec->argv,
		.env = spec->env ? *spec->env : (struct argv){0},
		.collect = *collect,
		.directory = (char *)spec->directory,
		.cpus = (unsigned *)spec->cpus,
		.cpu_count = spec->cpu_count,
		.timeout_s = spec->timeout_s,
		.output_limit = spec->output_limit,
		.hold = spec->hold,
	};

	wire_job_pack(&payload, &wire);
	if (payload.count > FRAME_PAYLOAD_MAX)
		return error_set(e, "%s: a job's arguments and environment are limited to %d bytes",
			agent->name, FRAME_PAYLOAD_MAX);
	link_send(&agent->link, FRAME_JOB_SPEC, id, payload.bytes, payload.count);
	return 0;
}

static void file_send(struct agent *agent, uint16_t id, const struct job_file *file)
{
	size_t sent = 0;

	do {
		cleanup_text struct text payload = {0};
		size_t left = file->count - sent;
		size_t part = left < FRAME_CHUNK_BYTES ? left : FRAME_CHUNK_BYTES;

		pack_string(&payload, file->name);
		pack_u64(&payload, sent);
		if (part)
			text_add_bytes(&payload, (const char *)file->bytes + sent, part);
		link_send(&agent->link, FRAME_JOB_FILE, id, payload.bytes, payload.count);
		sent += part;
	} while (sent < file->count);
}

static uint16_t id_next(struct agent *agent)
{
	const struct job_entry *entry;

	do {
		agent->last_job++;
		for (entry = agent->jobs; entry && entry->job.id != agent->last_job;)
			entry = entry->next;
	} while (entry);
	return agent->last_job;
}

int agent_job_start(
	struct agent *agent, const struct job_spec *spec, struct job **out, struct error *e)
{
	struct job_entry *entry;

	*out = NULL;
	if (agent->link.dead)
		return agent_dead(agent, e);
	if (spec_check(spec, e) < 0)
		return -1;
	entry = mem_new(1, sizeof(*entry));
	entry->job = (struct job){.agent = agent, .id = id_next(agent), .exit_status = -1};
	entry->output_limit = spec->output_limit;
	entry->timeout_s = spec->timeout_s;
	for (size_t i = 0; i < spec->collect_count; i++)
		argv_add(&entry->collect, spec->collect[i]);
	entry->collect_index = entry->collect.count;
	output_append(entry, "", 0);
	append(&entry->job.errors, &entry->job.errors_bytes, &entry->errors_capacity, "", 0);
	entry->overdue_ns = clock_monotonic_ns() + OVERDUE_NS;
	entry->next = agent->jobs;
	agent->jobs = entry;
	if (spec_send(agent, entry->job.id, spec, &entry->collect, e) < 0) {
		entry->job.state = JOB_LOST;
		job_free(&entry->job);
		return -1;
	}
	for (size_t i = 0; i < spec->put_count; i++)
		file_send(agent, entry->job.id, &spec->put[i]);
	link_send(&agent->link, FRAME_JOB_START, entry->job.id, NULL, 0);
	agent_flush(agent);
	*out = &entry->job;
	return 0;
}

int agent_job_go(struct job *job, struct error *e)
{
	struct job_entry *entry = (struct job_entry *)job;

	if (job_ended(job))
		return error_set(e, "%s", job->reason[0] ? job->reason : "the job has ended");
	entry->overdue_ns = clock_monotonic_ns() + OVERDUE_NS;
	link_send(&job->agent->link, FRAME_JOB_GO, job->id, NULL, 0);
	agent_flush(job->agent);
	return 0;
}

void agent_job_kill(struct job *job)
{
	if (!job->agent || job_ended(job))
		return;
	link_send(&job->agent->link, FRAME_JOB_KILL, job->id, NULL, 0);
	agent_flush(job->agent);
}

void job_free(struct job *job)
{
	struct job_entry *entry = (struct job_entry *)job;

	if (!job)
		return;
	agent_job_kill(job);
	if (job->agent) {
		struct job_entry **at = &job->agent->jobs;

		while (*at && *at != entry)
			at = &(*at)->next;
		if (*at)
			*at = entry->next;
	}
	argv_free(&entry->collect);
	free(job->output);
	free(job->errors);
	free(entry);
}

/* --- judging ----------------------------------------------------------------------------- */

/* The last line of text that is not empty; its length in *count. */
static const char *last_line(const char *text, int *count)
{
	size_t end = strlen(text), start;

	while (end && (text[end - 1] == '\n' || text[end - 1] == ' '))
		end--;
	for (start = end; start && text[start - 1] != '\n';)
		start--;
	*count = end - start < 200 ? (int)(end - start) : 200;
	return text + start;
}

int job_check(const struct job *job, struct error *e)
{
	int count = 0;
	const char *line = last_line(job->errors ? job->errors : "", &count);
	const char *separator = count ? "; its last words: " : "";

	if (!job_ended(job))
		return error_set(e, "the job has not ended");
	if (job->reason[0] || job->state == JOB_LOST)
		return error_set(e, "%s%s%.*s", job->reason, separator, count, line);
	if (job->exit_status != 0)
		return error_set(
			e, "exited with status %d%s%.*s", job->exit_status, separator, count, line);
	return 0;
}
