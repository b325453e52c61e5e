/* What the files of the orchestrator's end have in common. */
#ifndef TARE_AGENT_CLIENT_PRIVATE_H
#define TARE_AGENT_CLIENT_PRIVATE_H

#include "agent/client.h"
#include "agent/link.h"

struct job_entry {
	struct job job; /* first: a struct job * of ours is a struct job_entry * */
	struct job_entry *next;
	size_t output_capacity, errors_capacity;
	size_t output_limit;
	size_t stream_bytes[STREAM_COUNT]; /* kept of each */
	struct argv collect;
	size_t collect_index; /* the file that comes now; collect.count before the first */
	size_t collect_bytes;
	double timeout_s;
	int64_t overdue_ns; /* CLOCK_MONOTONIC after which silence means that it is lost; 0: never
			     */
};

struct agent {
	char *name;
	struct link link;
	pid_t pid;
	bool greeted; /* a welcome to our session came */
	bool just_started; /* a welcome to no session came: the agent has just started */
	bool goodbye_answered; /* our goodbye was answered */
	unsigned far_version;
	char *far_tare;
	bool has_kernel_files; /* it answers FRAME_KERNEL_FILES */
	bool waiting, answered; /* for the reply to `request` */
	uint16_t request;
	struct text answer;
	struct job_entry *jobs;
	uint16_t last_job;
	int interrupt_fd; /* readable: waits end; -1: none */
	bool interrupted;
	bool news; /* a job changed since the last agent_poll */
	bool in_round; /* agent_poll serves it already */
	uint64_t unknown; /* unexpected frames */
};

/* Reads and handles what has been received. A stream that has ended makes the jobs lost. */
void agent_receive(struct agent *agent);
/* Writes what is due. */
void agent_flush(struct agent *agent);
/* Sets e to why the stream cannot be used any more. Returns -1. */
int agent_dead(struct agent *agent, struct error *e);

/* CLOCK_MONOTONIC after so many seconds. */
int64_t agent_deadline_ns(double timeout_s);
/* Sends a request, and waits for its reply: on success *in is what follows the "ok", inside the
 * agent until its next request. */
void agent_request_send(struct agent *agent, uint8_t type, const struct text *payload);
int agent_request_wait(
	struct agent *agent, int64_t deadline_ns, struct unpack *in, struct error *e);

/* Makes its output and errors empty texts. */
void job_begin_output(struct job_entry *entry);
/* Handles a job's frame. */
void job_frame(struct agent *agent, const struct frame *frame);
bool job_ended(const struct job *job);
/* Makes the job JOB_LOST, unless it has ended. */
void job_lose(struct job *job, const char *reason);
/* Makes every job of the agent that has not ended JOB_LOST. */
void jobs_lost(struct agent *agent, const char *reason);

#endif
