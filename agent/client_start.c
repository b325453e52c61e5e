/* The orchestrator's end of a stream: starting, releasing and ending jobs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/client.h"
#include "agent/client_private.h"
#include "agent/wire.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* A job whose start or end is overdue for so long may be lost; see agent_poll. */
#define OVERDUE_NS INT64_C(60000000000)

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
	job_begin_output(entry);
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
