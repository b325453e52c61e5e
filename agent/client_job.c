/* The orchestrator's end of a stream: results of jobs. Output is limited here again, independently
 * of the agent. */
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
/* A job whose start or end is overdue for so long may be lost; see agent_poll. */
#define OVERDUE_NS (60 * SECOND_NS)

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

/* A clock that runs backwards, or from before its boot, tells nothing. */
static void set_far_times(struct job *job, const struct wire_end *end)
{
	bool sane = end->start_ns >= 0 && end->end_ns >= end->start_ns;

	job->far_start_ns = sane ? end->start_ns : 0;
	job->far_end_ns = sane ? end->end_ns : 0;
}

static void on_end(struct job_entry *entry, struct unpack in)
{
	struct job *job = &entry->job;
	struct wire_end end;

	if (!wire_end_unpack(&in, &end)) {
		job->state = JOB_LOST;
		reason_set(job, "the report of the job's end is invalid");
		return;
	}
	job->state = JOB_DONE;
	job->near_end_ns = clock_monotonic_ns();
	job->timed_out = end.timed_out;
	job->truncated = job->truncated || end.discarded_bytes;
	job->exit_status = end.exit_status >= 0 && end.exit_status <= 255 ? end.exit_status : -1;
	job->signal = end.signal > 0 && end.signal < 128 ? end.signal : 0;
	set_far_times(job, &end);
	job->user_s = sane_seconds(end.user_s);
	job->system_s = sane_seconds(end.system_s);
	job->steal_s = sane_seconds(end.steal_s);
	job->max_rss_bytes = end.max_rss_bytes < 0 ? -1 : end.max_rss_bytes;
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

void job_begin_output(struct job_entry *entry)
{
	output_append(entry, "", 0);
	append(&entry->job.errors, &entry->job.errors_bytes, &entry->errors_capacity, "", 0);
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

const char *job_last_error(const struct job *job, int *count)
{
	return last_line(job->errors ? job->errors : "", count);
}

int job_check(const struct job *job, struct error *e)
{
	int count = 0;
	const char *line = job_last_error(job, &count);
	const char *separator = count ? "; last line of stderr: " : "";

	if (!job_ended(job))
		return error_set(e, "the job has not ended");
	if (job->reason[0] || job->state == JOB_LOST)
		return error_set(e, "%s%s%.*s", job->reason, separator, count, line);
	if (job->exit_status != 0)
		return error_set(
			e, "exited with status %d%s%.*s", job->exit_status, separator, count, line);
	return 0;
}
