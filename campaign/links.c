#include "campaign/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define IP "/sbin/ip"

static const double limit_s = 30;

static void list_machines(struct links *links, const struct team *team)
{
	links->machines = mem_new(team->seat_count + 1, sizeof(*links->machines));
	links->interfaces = mem_new(team->seat_count + 1, sizeof(*links->interfaces));
	links->set = mem_new(team->seat_count + 1, sizeof(*links->set));
	for (size_t i = 0; i < team->seat_count; i++) {
		size_t j = 0;
		while (j < links->count && links->machines[j] != team->seats[i].machine)
			j++;
		if (j == links->count)
			links->machines[links->count++] = team->seats[i].machine;
	}
}

static bool all_over(void *context)
{
	const struct jobs *jobs = context;
	for (size_t i = 0; i < jobs->count; i++)
		if (!job_over(jobs->items[i]))
			return false;
	return true;
}

/* Runs commands[i], unless it is empty, in machine i, all at once; *jobs (to be freed by jobs_free) holds them, ended
 * well. */
static int run_all(const struct links *links, const struct argv *commands, struct jobs *jobs,
	const struct execution *x, struct error *e)
{
	*jobs = (struct jobs){.interrupt_fd = x->jobs.interrupt_fd,
		.limit_s = limit_s,
		.deadline_s = clock_monotonic_s() + limit_s,
		.directory = "/"};
	for (size_t i = 0; i < links->count; i++) {
		struct seat seat = {.machine = links->machines[i]};
		if (commands[i].count && !jobs_start_argv(jobs, &seat, &commands[i], NULL, NULL, e))
			return error_prefix(e, "%s", links->machines[i]->name);
	}
	enum wait_result result = jobs_wait(jobs, all_over, jobs);
	if (result == WAIT_INTERRUPTED)
		x->out->interrupted = true;
	if (result == WAIT_TIMEOUT)
		x->out->lost = true;
	if (result != WAIT_OK)
		return error_set(e, "%s was silent for %.0f s", commands[0].words[0], limit_s);
	for (size_t i = 0; i < jobs->count; i++) {
		x->out->lost |= jobs->items[i]->state == JOB_LOST;
		if (job_check(jobs->items[i], e) < 0)
			return error_prefix(e, "%s", agent_name(jobs->items[i]->agent));
	}
	return 0;
}

static void free_all(struct argv *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		argv_free(&commands[i]);
	free(commands);
}

/* "2: eth0    inet 198.18.0.2/20 …" → "eth0". The text comes out of the machine. */
static char *parse_interface(const char *text)
{
	char name[17] = "";
	if (!text || sscanf(text, "%*u: %16[A-Za-z0-9._-] inet ", name) != 1 || name[0] == '-')
		return NULL;
	return str_dup(name);
}

static int find_interfaces(struct links *links, const struct execution *x, struct error *e)
{
	struct jobs jobs;
	struct argv *commands = mem_new(links->count + 1, sizeof(*commands));
	int status = 0;
	for (size_t i = 0; i < links->count; i++) {
		struct seat seat = {.machine = links->machines[i]};
		argv_add_all(&commands[i], IP, "-o", "-4", "address", "show", "to",
			seat_address(&seat), NULL);
	}
	status = run_all(links, commands, &jobs, x, e);
	for (size_t i = 0; status == 0 && i < links->count; i++) {
		links->interfaces[i] = parse_interface(jobs.items[i]->output);
		if (!links->interfaces[i])
			status = error_set(e, "%s has no interface with the address %s",
				links->machines[i]->name, commands[i].words[6]);
	}
	jobs_free(&jobs);
	free_all(commands, links->count);
	return status;
}

int links_set(struct links *links, const struct execution *x, struct error *e)
{
	struct jobs jobs = {0};
	list_machines(links, x->team);
	struct argv *commands = mem_new(links->count + 1, sizeof(*commands));
	int status = find_interfaces(links, x, e);
	for (size_t i = 0; status == 0 && i < links->count; i++) {
		conditions_add_argv(x->benchmark->conditions, links->interfaces[i], &commands[i]);
		execution_note(x->out, links->machines[i]->name, &commands[i]);
	}
	if (status == 0) {
		status = run_all(links, commands, &jobs, x, e);
		for (size_t i = 0; i < jobs.count; i++)
			links->set[i] = job_check(jobs.items[i], NULL) == 0;
		jobs_free(&jobs);
	}
	free_all(commands, links->count);
	return status < 0 ? error_prefix(e, "cannot set the network conditions") : 0;
}

void links_restore(struct links *links, const struct execution *x)
{
	struct jobs jobs = {0};
	struct argv *commands = mem_new(links->count + 1, sizeof(*commands));
	for (size_t i = 0; i < links->count; i++)
		if (links->set[i])
			conditions_remove_argv(links->interfaces[i], &commands[i]);
	if (!x->out->lost && run_all(links, commands, &jobs, x, NULL) < 0)
		x->out->lost = true;
	jobs_free(&jobs);
	free_all(commands, links->count);
	for (size_t i = 0; i < links->count; i++)
		free(links->interfaces[i]);
	free(links->set);
	free(links->interfaces);
	free(links->machines);
	*links = (struct links){0};
}
