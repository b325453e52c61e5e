/* Sets the network conditions of a run in its machines, and takes them back. */
#include "campaign/run/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define IP "/sbin/ip"

static const double limit_s = 30;

static void list_machines(struct links *links, const struct team *team)
{
	links->ends = mem_new(team->seat_count + 1, sizeof(*links->ends));
	for (size_t i = 0; i < team->seat_count; i++) {
		size_t j = 0;
		while (j < links->count && links->ends[j].machine != team->seats[i].machine)
			j++;
		if (j == links->count)
			links->ends[links->count++].machine = team->seats[i].machine;
	}
}

/* --- one command in every machine ------------------------------------------------------------- */

struct round {
	struct argv *commands; /* for every end; empty: none there */
	struct job **of; /* every end's; NULL: it was not started */
	struct jobs jobs;
};

static struct round round_new(const struct links *links, const struct run_state *x)
{
	return (struct round){
		.commands = mem_new(links->count + 1, sizeof(struct argv)),
		.of = mem_new(links->count + 1, sizeof(struct job *)),
		.jobs = {.interrupt_fd = x->jobs.interrupt_fd,
			.limit_s = limit_s,
			.directory = "/"},
	};
}

static void round_free(struct round *round, const struct links *links)
{
	jobs_free(&round->jobs);
	for (size_t i = 0; i < links->count; i++)
		argv_free(&round->commands[i]);
	free(round->commands);
	free(round->of);
}

static bool all_over(void *context)
{
	const struct jobs *jobs = context;

	for (size_t i = 0; i < jobs->count; i++)
		if (!job_over(jobs->items[i]))
			return false;
	return true;
}

/* Starts the commands wherever that is possible: in one machine that is dead, they must not keep
 * the others from theirs. -1 with the first error. */
static int start_all(struct round *round, const struct links *links, struct error *e)
{
	int status = 0;

	for (size_t i = 0; i < links->count; i++) {
		struct seat seat = {.machine = links->ends[i].machine};
		struct error own = {""};
		if (!round->commands[i].count)
			continue;
		round->of[i] =
			jobs_start_argv(&round->jobs, &seat, &round->commands[i], NULL, NULL, &own);
		if (!round->of[i] && status == 0)
			status = error_set(e, "%s: %s", seat.machine->name, own.text);
	}
	return status;
}

/* Runs the commands, all at once, and waits for them. 0 if each ended well. */
static int run_all(
	struct round *round, const struct links *links, const struct run_state *x, struct error *e)
{
	int status = start_all(round, links, e);

	round->jobs.deadline_s = clock_monotonic_s() + limit_s;
	enum wait_result result = jobs_wait(&round->jobs, all_over, &round->jobs);
	x->out->interrupted |= result == WAIT_INTERRUPTED;
	x->out->lost |= result == WAIT_TIMEOUT;
	for (size_t i = 0; i < links->count; i++) {
		const struct job *job = round->of[i];
		struct error own = {""};
		if (!job || (job->state == JOB_DONE && job_check(job, &own) == 0))
			continue;
		x->out->lost |= job->state == JOB_LOST;
		if (!job_over(job))
			error_set(&own, "%s gave no answer for %.0f s", round->commands[i].words[0],
				limit_s);
		if (status == 0)
			status = error_set(e, "%s: %s", links->ends[i].machine->name, own.text);
	}
	return status;
}

/* How far the round's command came in an end. */
static enum change change_of(const struct round *round, size_t end)
{
	const struct job *job = round->of[end];

	if (!job)
		return CHANGE_NONE;
	return job->state == JOB_DONE && job->exit_status > 0 ? CHANGE_REFUSED : CHANGE_BEGUN;
}

/* --- what there is ---------------------------------------------------------------------------- */

/* "2: eth0    inet 198.18.0.2/20 …" → "eth0". The text comes out of the machine. */
static char *parse_interface(const char *text)
{
	char name[17] = "";

	if (!text || sscanf(text, "%*u: %16[A-Za-z0-9._-] inet ", name) != 1 || name[0] == '-')
		return NULL;
	return str_dup(name);
}

static int find_interfaces(struct links *links, const struct run_state *x, struct error *e)
{
	struct round round = round_new(links, x);

	for (size_t i = 0; i < links->count; i++) {
		struct seat seat = {.machine = links->ends[i].machine};
		argv_add_all(&round.commands[i], IP, "-o", "-4", "address", "show", "to",
			seat_address(&seat), NULL);
	}
	int status = run_all(&round, links, x, e);
	for (size_t i = 0; status == 0 && i < links->count; i++) {
		links->ends[i].interface = parse_interface(round.of[i]->output);
		if (!links->ends[i].interface)
			status = error_set(e, "%s has no interface with the address %s",
				links->ends[i].machine->name, round.commands[i].words[6]);
	}
	round_free(&round, links);
	return status;
}

/* "… gso_max_size 65536 gso_max_segs 65535 …" → 65535; 0: it is not there. */
static unsigned parse_segments(const char *text)
{
	static const char name[] = " gso_max_segs ";
	const char *found = text ? strstr(text, name) : NULL;
	unsigned segments = 0;

	return found && sscanf(found + strlen(name), "%9u", &segments) == 1 ? segments : 0;
}

static int find_segments(struct links *links, const struct run_state *x, struct error *e)
{
	struct round round = round_new(links, x);

	for (size_t i = 0; i < links->count; i++)
		argv_add_all(&round.commands[i], IP, "-o", "-d", "link", "show", "dev",
			links->ends[i].interface, NULL);
	int status = run_all(&round, links, x, e);
	for (size_t i = 0; status == 0 && i < links->count; i++) {
		links->ends[i].segments = parse_segments(round.of[i]->output);
		if (!links->ends[i].segments)
			status = error_set(e,
				"%s: %s does not show %s's gso_max_segs: needs a newer iproute2",
				links->ends[i].machine->name, IP, links->ends[i].interface);
	}
	round_free(&round, links);
	return status;
}

/* --- what is made of it ----------------------------------------------------------------------- */

/* netem decides packet by packet, and TCP hands it up to 64 KiB as one: of one segment each, they
 * are what is on the wire. */
static int limit_segments(struct links *links, const struct run_state *x, struct error *e)
{
	struct round round = round_new(links, x);

	for (size_t i = 0; i < links->count; i++) {
		conditions_segments_argv(links->ends[i].interface, 1, &round.commands[i]);
		run_note(x->out, links->ends[i].machine->name, &round.commands[i]);
	}
	int status = run_all(&round, links, x, e);
	for (size_t i = 0; i < links->count; i++)
		links->ends[i].limited = change_of(&round, i);
	round_free(&round, links);
	return status;
}

static int add_conditions(struct links *links, const struct run_state *x, struct error *e)
{
	struct round round = round_new(links, x);

	for (size_t i = 0; i < links->count; i++) {
		conditions_add_argv(
			x->benchmark->conditions, links->ends[i].interface, &round.commands[i]);
		run_note(x->out, links->ends[i].machine->name, &round.commands[i]);
	}
	int status = run_all(&round, links, x, e);
	for (size_t i = 0; i < links->count; i++)
		links->ends[i].conditioned = change_of(&round, i);
	round_free(&round, links);
	return status;
}

int links_set(struct links *links, const struct run_state *x, struct error *e)
{
	list_machines(links, x->team);
	if (find_interfaces(links, x, e) < 0 || find_segments(links, x, e) < 0 ||
		limit_segments(links, x, e) < 0 || add_conditions(links, x, e) < 0)
		return error_prefix(e, "cannot set the network conditions");
	return 0;
}

/* What was refused is undone, too, but may have nothing to undo. */
static bool is_undone(const struct round *round, size_t end, enum change change)
{
	const struct job *job = round->of[end];

	return change != CHANGE_BEGUN ||
	       (job && job->state == JOB_DONE && job_check(job, NULL) == 0);
}

static void remove_conditions(const struct links *links, const struct run_state *x)
{
	struct round round = round_new(links, x);

	round.jobs.interrupt_fd = -1;
	for (size_t i = 0; i < links->count; i++)
		if (links->ends[i].conditioned != CHANGE_NONE)
			conditions_remove_argv(links->ends[i].interface, &round.commands[i]);
	run_all(&round, links, x, NULL);
	for (size_t i = 0; i < links->count; i++)
		x->out->lost |= !is_undone(&round, i, links->ends[i].conditioned);
	round_free(&round, links);
}

static void restore_segments(const struct links *links, const struct run_state *x)
{
	struct round round = round_new(links, x);

	round.jobs.interrupt_fd = -1;
	for (size_t i = 0; i < links->count; i++)
		if (links->ends[i].limited != CHANGE_NONE)
			conditions_segments_argv(links->ends[i].interface, links->ends[i].segments,
				&round.commands[i]);
	run_all(&round, links, x, NULL);
	for (size_t i = 0; i < links->count; i++)
		x->out->lost |= !is_undone(&round, i, links->ends[i].limited);
	round_free(&round, links);
}

void links_restore(struct links *links, const struct run_state *x)
{
	remove_conditions(links, x);
	restore_segments(links, x);
	for (size_t i = 0; i < links->count; i++)
		free(links->ends[i].interface);
	free(links->ends);
	*links = (struct links){0};
}
