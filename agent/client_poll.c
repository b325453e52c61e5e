/* The orchestrator's end of a stream: serving the streams of several agents at once. */
#include <poll.h>
#include <stdlib.h>

#include "agent/client.h"
#include "agent/client_private.h"
#include "base/array.h"
#include "base/clock.h"

#define SECOND_NS INT64_C(1000000000)
/* A job that is overdue, over a stream that has been silent for so long, is lost: the machine
 * hangs. */
#define SILENCE_NS (30 * SECOND_NS)

struct round {
	struct agent **agents;
	size_t count;
	struct pollfd *fds; /* two per agent, then interrupt_fd */
};

static void round_begin(struct round *round, struct job *const *jobs, size_t count)
{
	round->agents = mem_new(count + 1, sizeof(struct agent *));
	round->fds = mem_new(2 * count + 1, sizeof(struct pollfd));
	for (size_t i = 0; i < count; i++) {
		struct agent *agent = jobs[i]->agent;

		if (!agent || agent->in_round)
			continue;
		agent->in_round = true;
		round->agents[round->count++] = agent;
	}
}

static void round_end(struct round *round)
{
	for (size_t i = 0; i < round->count; i++)
		round->agents[i]->in_round = false;
	free(round->agents);
	free(round->fds);
}

/* Loses the jobs of machines that hang. Returns when to look again, at deadline_ns the latest. */
static int64_t overdue_check(struct agent *agent, int64_t deadline_ns)
{
	int64_t now = clock_monotonic_ns();

	for (struct job_entry *entry = agent->jobs; entry; entry = entry->next) {
		int64_t due_ns = agent->link.received_ns + SILENCE_NS;

		if (!entry->overdue_ns || job_ended(&entry->job))
			continue;
		if (due_ns < entry->overdue_ns)
			due_ns = entry->overdue_ns;
		if (now >= due_ns)
			job_lose(&entry->job, "the machine is silent, and its report of the job's "
					      "start or end is overdue");
		else if (due_ns < deadline_ns)
			deadline_ns = due_ns;
	}
	return deadline_ns;
}

/* Flushes, and fills fds. Returns the time at which poll has to return. */
static int64_t round_prepare(struct round *round, int interrupt_fd, int64_t deadline_ns)
{
	for (size_t i = 0; i < round->count; i++) {
		struct agent *agent = round->agents[i];
		struct link *link = &agent->link;

		agent_flush(agent);
		if (link_deadline_ns(link) < deadline_ns)
			deadline_ns = link_deadline_ns(link);
		deadline_ns = overdue_check(agent, deadline_ns);
		round->fds[2 * i] =
			(struct pollfd){.fd = link->dead ? -1 : link->in_fd, .events = POLLIN};
		round->fds[2 * i + 1] = (struct pollfd){
			.fd = link_blocked(link) ? link->out_fd : -1, .events = POLLOUT};
	}
	round->fds[2 * round->count] = (struct pollfd){.fd = interrupt_fd, .events = POLLIN};
	return deadline_ns;
}

static bool round_news(struct round *round)
{
	bool news = false;

	for (size_t i = 0; i < round->count; i++) {
		news = news || round->agents[i]->news;
		round->agents[i]->news = false;
	}
	return news;
}

static void round_wait(struct round *round, int64_t until_ns)
{
	int64_t left_ns = until_ns - clock_monotonic_ns();

	if (left_ns < 0)
		left_ns = 0;
	struct timespec timeout = {.tv_sec = left_ns / SECOND_NS, .tv_nsec = left_ns % SECOND_NS};
	if (ppoll(round->fds, 2 * round->count + 1, &timeout, NULL) < 0) {
		for (size_t i = 0; i <= 2 * round->count; i++)
			round->fds[i].revents = 0;
	}
	for (size_t i = 0; i < round->count; i++) {
		if (round->fds[2 * i].revents)
			agent_receive(round->agents[i]);
	}
}

int agent_poll(struct job *const *jobs, size_t count, double timeout_s, int interrupt_fd)
{
	struct round round = {0};
	int64_t deadline_ns =
		clock_monotonic_ns() + (int64_t)(timeout_s < 1e9 ? timeout_s * 1e9 : 1e18);
	int result = 0;
	bool last = false;

	round_begin(&round, jobs, count);
	while (!result) {
		int64_t until_ns = round_prepare(&round, interrupt_fd, deadline_ns);

		if (round_news(&round)) {
			result = 1;
		} else if (last) {
			break;
		} else {
			round_wait(&round, until_ns);
			if (round.fds[2 * round.count].revents)
				result = -2;
			last = clock_monotonic_ns() >= deadline_ns;
		}
	}
	round_end(&round);
	return result;
}
