/* The orchestrator's end of a stream: greeting, requests, and the loop that serves one stream. Jobs
 * are in client_job.c, agent_poll is in client_poll.c. A closed reader raises no SIGPIPE here (see
 * link.c). */
#include "agent/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/client_private.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define HELLO_NS INT64_C(1000000000)
#define HELLO_SOONEST_NS INT64_C(5000000)
#define GOODBYE_NS INT64_C(500000000)
#define END_GRACE_S 2.0

int64_t agent_deadline_ns(double timeout_s)
{
	return clock_monotonic_ns() + (int64_t)(timeout_s < 1e9 ? timeout_s * 1e9 : 1e18);
}

static void set_close_on_exec(int read_fd, int write_fd)
{
	fcntl(read_fd, F_SETFD, FD_CLOEXEC);
	fcntl(write_fd, F_SETFD, FD_CLOEXEC);
}

struct agent *agent_new(const char *name, int read_fd, int write_fd, pid_t pid)
{
	struct agent *agent = mem_new(1, sizeof(*agent));
	uint16_t session = 0;

	agent->interrupt_fd = -1;
	agent->name = str_dup(name);
	agent->pid = pid;
	set_close_on_exec(read_fd, write_fd);
	link_init(&agent->link, read_fd, write_fd);
	/* Random, to differ from a session that a killed campaign left; not 0, which is none. */
	while (!session) {
		if (getrandom(&session, sizeof(session), 0) != sizeof(session))
			session = (uint16_t)clock_monotonic_ns();
	}
	link_reset(&agent->link, session);
	return agent;
}

struct agent *agent_spawn(
	const char *name, const struct argv *argv, const char *log_path, struct error *e)
{
	pid_t pid;
	int to_child, from_child;

	if (process_spawn(argv, log_path, &pid, &to_child, &from_child, e) < 0) {
		error_prefix(e, "%s", name);
		return NULL;
	}
	return agent_new(name, from_child, to_child, pid);
}

const char *agent_name(const struct agent *agent)
{
	return agent->name;
}

void agent_stream(const struct agent *agent, int *read_fd, int *write_fd)
{
	*read_fd = agent->link.in_fd;
	*write_fd = agent->link.out_fd;
}

static void stream_close(struct agent *agent)
{
	close(agent->link.out_fd);
	if (agent->link.in_fd != agent->link.out_fd)
		close(agent->link.in_fd);
	process_end(agent->pid, END_GRACE_S);
}

void agent_set_stream(struct agent *agent, int read_fd, int write_fd, pid_t pid)
{
	stream_close(agent);
	agent->pid = pid;
	set_close_on_exec(read_fd, write_fd);
	link_set_stream(&agent->link, read_fd, write_fd);
}

/* --- serving one stream ------------------------------------------------------------------ */

/* Why the stream ended, with all that is known. */
static void death_text(struct agent *agent, char *text, size_t size)
{
	struct link *link = &agent->link;
	int status, used;

	used = snprintf(text, size, "the stream to the agent ended%s%s", link->error ? ": " : "",
		link->error ? strerror(link->error) : "");
	if (agent->pid > 0 && waitpid(agent->pid, &status, WNOHANG) == agent->pid) {
		agent->pid = 0;
		used += snprintf(text + used, size - (size_t)used, " (its process %s %d)",
			WIFEXITED(status) ? "exited with status" : "was killed by signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	}
	if (link->frames.skipped_bytes)
		snprintf(text + used, size - (size_t)used,
			"; %llu received bytes were not part of a frame",
			(unsigned long long)link->frames.skipped_bytes);
}

int agent_dead(struct agent *agent, struct error *e)
{
	char text[256];

	death_text(agent, text, sizeof(text));
	return error_set(e, "%s: %s", agent->name, text);
}

static void death_handle(struct agent *agent)
{
	char text[256];

	if (!agent->jobs)
		return;
	death_text(agent, text, sizeof(text));
	jobs_lost(agent, text);
}

static void welcome(struct agent *agent, const struct frame *frame)
{
	struct unpack in = {.at = frame->payload, .left = frame->length};

	if (frame->session != agent->link.session) {
		agent->just_started = true;
		return;
	}
	agent->far_version = unpack_u8(&in);
	free(agent->far_tare);
	agent->far_tare = unpack_string(&in);
	agent->greeted = !in.failed;
	/* Agents of earlier builds do not say. */
	agent->has_kernel_files = unpack_u8(&in);
}

static void take_reply(struct agent *agent, const struct frame *frame)
{
	if (!agent->waiting || frame->job != agent->request) {
		agent->unknown++;
		return;
	}
	agent->waiting = false;
	agent->answered = true;
	agent->answer.count = 0;
	text_add_bytes(&agent->answer, frame->payload, frame->length);
}

void agent_receive(struct agent *agent)
{
	struct frame frame;

	if (link_receive(&agent->link) > 0) {
		while (link_next(&agent->link, &frame)) {
			if (frame.type == FRAME_WELCOME)
				welcome(agent, &frame);
			else if (frame.type == FRAME_GOODBYE)
				agent->goodbye_answered = true;
			else if (frame.type == FRAME_REPLY)
				take_reply(agent, &frame);
			else if (frame.type >= FRAME_JOB_HELD && frame.type <= FRAME_JOB_END)
				job_frame(agent, &frame);
			else
				agent->unknown++;
		}
	}
	agent_flush(agent);
}

void agent_flush(struct agent *agent)
{
	link_flush(&agent->link);
	if (agent->link.dead)
		death_handle(agent);
}

/* Waits until something came, or deadline_ns. */
static void pump(struct agent *agent, int64_t deadline_ns)
{
	struct link *link = &agent->link;
	int64_t due_ns;

	agent_flush(agent);
	due_ns = link_deadline_ns(link);
	if (due_ns > deadline_ns)
		due_ns = deadline_ns;
	struct pollfd fds[] = {
		{.fd = link->in_fd, .events = POLLIN},
		{.fd = link_blocked(link) ? link->out_fd : -1, .events = POLLOUT},
		{.fd = agent->interrupted ? -1 : agent->interrupt_fd, .events = POLLIN},
	};
	int64_t left_ns = due_ns - clock_monotonic_ns();

	if (link->dead || left_ns < 0)
		return;
	struct timespec timeout = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
	if (ppoll(fds, ARRAY_COUNT(fds), &timeout, NULL) <= 0)
		return;
	agent->interrupted |= fds[2].revents != 0;
	if (fds[0].revents)
		agent_receive(agent);
}

bool agent_ended(struct agent *agent)
{
	enum { READS_MAX = 1000 }; /* a far end that never stops sending has not ended */
	struct pollfd fd = {.fd = agent->link.in_fd, .events = POLLIN};

	for (int i = 0; i < READS_MAX && !agent->link.dead && poll(&fd, 1, 0) > 0; i++)
		agent_receive(agent);
	return agent->link.dead;
}

/* --- greeting and goodbye ---------------------------------------------------------------- */

static void hello_send(struct agent *agent)
{
	cleanup_text struct text payload = {0};

	agent->just_started = false;
	if (link_blocked(&agent->link))
		return;
	pack_u8(&payload, PROTOCOL_VERSION);
	pack_string(&payload, TARE_VERSION);
	link_send_once(&agent->link, FRAME_HELLO, payload.bytes, payload.count);
}

void agent_set_interrupt(struct agent *agent, int interrupt_fd)
{
	agent->interrupt_fd = interrupt_fd;
}

bool agent_interrupted(const struct agent *agent)
{
	return agent->interrupted;
}

int agent_hello(struct agent *agent, double timeout_s, struct error *e)
{
	int64_t deadline_ns = agent_deadline_ns(timeout_s), again_ns = 0, soonest_ns = 0;

	agent->greeted = false;
	while (!agent->greeted) {
		int64_t now = clock_monotonic_ns();

		if (agent->link.dead)
			return agent_dead(agent, e);
		if (agent->interrupted)
			return error_set(e, "%s: interrupted", agent->name);
		if (now >= deadline_ns)
			return error_set(
				e, "%s: the agent did not answer in %g s", agent->name, timeout_s);
		/* An agent that has just started announces itself: then it is greeted at once. */
		if (now >= again_ns || (agent->just_started && now >= soonest_ns)) {
			hello_send(agent);
			again_ns = now + HELLO_NS;
			soonest_ns = now + HELLO_SOONEST_NS;
		}
		pump(agent, again_ns < deadline_ns ? again_ns : deadline_ns);
	}
	if (agent->far_version != PROTOCOL_VERSION)
		return error_set(e,
			"%s: the agent (tare %s) speaks protocol %u, this tare %s speaks %d; "
			"install both from one build (an image: tare image)",
			agent->name, agent->far_tare, agent->far_version, TARE_VERSION,
			PROTOCOL_VERSION);
	return 0;
}

/* Waits for the answer: a hypervisor may drop bytes in transit when a channel is closed. */
static void goodbye(struct agent *agent)
{
	int64_t deadline_ns = clock_monotonic_ns() + GOODBYE_NS;

	link_reset(&agent->link, agent->link.session);
	link_send_once(&agent->link, FRAME_GOODBYE, NULL, 0);
	while (agent->greeted && !agent->goodbye_answered && !agent->link.dead &&
		clock_monotonic_ns() < deadline_ns)
		pump(agent, deadline_ns);
	agent_flush(agent);
}

void agent_free(struct agent *agent)
{
	if (!agent)
		return;
	jobs_lost(agent, "the connection to the agent was closed");
	while (agent->jobs) {
		struct job_entry *entry = agent->jobs;

		agent->jobs = entry->next;
		entry->job.agent = NULL;
	}
	if (!agent->link.dead)
		goodbye(agent);
	stream_close(agent);
	link_free(&agent->link);
	text_free(&agent->answer);
	free(agent->far_tare);
	free(agent->name);
	free(agent);
}

/* --- requests ---------------------------------------------------------------------------- */

static void request_begin(struct agent *agent)
{
	agent->request++;
	agent->waiting = true;
	agent->answered = false;
}

/* Waits for the reply. On success *in is what follows the "ok". */
int agent_request_wait(struct agent *agent, int64_t deadline_ns, struct unpack *in, struct error *e)
{
	while (!agent->answered) {
		if (agent->link.dead)
			return agent_dead(agent, e);
		if (agent->interrupted || clock_monotonic_ns() >= deadline_ns) {
			agent->waiting = false;
			return error_set(e, "%s: %s", agent->name,
				agent->interrupted ? "interrupted"
						   : "the agent did not answer in time");
		}
		pump(agent, deadline_ns);
	}
	*in = (struct unpack){
		.at = (const uint8_t *)agent->answer.bytes, .left = agent->answer.count};
	if (unpack_u8(in))
		return 0;
	cleanup_free char *why = unpack_string(in);
	return error_set(e, "%s: %s", agent->name, why ? why : "the agent sent an invalid answer");
}

void agent_request_send(struct agent *agent, uint8_t type, const struct text *payload)
{
	request_begin(agent);
	link_send(&agent->link, type, agent->request, payload->bytes, payload->count);
	agent_flush(agent);
}

void agent_facts_begin(struct agent *agent)
{
	agent_request_send(agent, FRAME_FACTS, &(struct text){0});
}

int agent_facts_end(struct agent *agent, double timeout_s, char **json, struct error *e)
{
	struct unpack in;

	if (agent_request_wait(agent, agent_deadline_ns(timeout_s), &in, e) < 0)
		return -1;
	*json = unpack_string(&in);
	return *json ? 0 : error_set(e, "%s: the agent sent an invalid answer", agent->name);
}

int agent_facts(struct agent *agent, double timeout_s, char **json, struct error *e)
{
	agent_facts_begin(agent);
	return agent_facts_end(agent, timeout_s, json, e);
}

void agent_network_begin(
	struct agent *agent, const char *interface, const char *address_prefix, unsigned mtu)
{
	cleanup_text struct text payload = {0};

	pack_string(&payload, interface);
	pack_string(&payload, address_prefix);
	pack_u32(&payload, mtu);
	agent_request_send(agent, FRAME_NETWORK, &payload);
}

int agent_network_end(struct agent *agent, double timeout_s, struct error *e)
{
	struct unpack in;

	return agent_request_wait(agent, agent_deadline_ns(timeout_s), &in, e);
}

int agent_network(struct agent *agent, const char *interface, const char *address_prefix,
	unsigned mtu, double timeout_s, struct error *e)
{
	agent_network_begin(agent, interface, address_prefix, mtu);
	return agent_network_end(agent, timeout_s, e);
}

int agent_put(struct agent *agent, const char *path, mode_t mode, const void *bytes, size_t count,
	double timeout_s, struct error *e)
{
	int64_t deadline_ns = agent_deadline_ns(timeout_s);
	struct unpack in;
	size_t sent = 0;
	bool last;

	request_begin(agent);
	do {
		cleanup_text struct text payload = {0};
		size_t part = count - sent < FRAME_CHUNK_BYTES ? count - sent : FRAME_CHUNK_BYTES;

		last = sent + part == count;
		pack_string(&payload, path);
		pack_u32(&payload, mode);
		pack_u64(&payload, sent);
		pack_u8(&payload, last);
		if (part)
			text_add_bytes(&payload, (const char *)bytes + sent, part);
		link_send(&agent->link, FRAME_PUT, agent->request, payload.bytes, payload.count);
		sent += part;
		while (!link_room(&agent->link) && !agent->answered && !agent->link.dead &&
			clock_monotonic_ns() < deadline_ns)
			pump(agent, deadline_ns);
	} while (!last && !agent->answered && !agent->link.dead &&
		 clock_monotonic_ns() < deadline_ns);
	return agent_request_wait(agent, deadline_ns, &in, e);
}

void agent_clock_begin(struct agent *agent, struct agent_clock *out)
{
	out->sent_ns = clock_realtime_ns();
	agent_request_send(agent, FRAME_CLOCK, &(struct text){0});
}

int agent_clock_end(struct agent *agent, double timeout_s, struct agent_clock *out, struct error *e)
{
	struct unpack in;

	if (agent_request_wait(agent, agent_deadline_ns(timeout_s), &in, e) < 0)
		return -1;
	out->received_ns = clock_realtime_ns();
	out->far_realtime_ns = unpack_i64(&in);
	out->far_monotonic_ns = unpack_i64(&in);
	if (!unpack_done(&in) || out->far_realtime_ns < 0 || out->far_monotonic_ns < 0)
		return error_set(e, "%s: the agent sent an invalid answer", agent->name);
	return 0;
}

int agent_clock(struct agent *agent, double timeout_s, struct agent_clock *out, struct error *e)
{
	agent_clock_begin(agent, out);
	return agent_clock_end(agent, timeout_s, out, e);
}
