/* Starts the machines of one target in one placement, and divides them into seats. */
#include "campaign/fleet/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "campaign/fleet/greet.h"

/* Where host-guest benchmarks run on the host: the same userspace as everywhere. */
#define HOST_TARGET "native"

static const double host_end_timeout_s = 30;

struct start {
	const struct team_context *context;
	struct team *team;
	size_t target;
	int64_t block_id;
	double begun_s;
};

const char *seat_address(const struct seat *seat)
{
	return seat->machine->address ? seat->machine->address : "127.0.0.1";
}

/* The host of the team's index-th machine. */
static struct fleet_host *machine_place(const struct start *start, size_t index)
{
	const struct team *team = start->team;
	size_t per_host = plan_machines_per_host(team->target, team->placement);

	return &start->context->fleet->hosts[team->first_host + index / per_host];
}

/* The host itself has several seats: as many as the placement has guests. */
static unsigned seats_per_machine(const struct team *team)
{
	return team->placement->guests / plan_machines_per_host(team->target, team->placement);
}

/* machine may be NULL. */
static struct store_machine machine_row(const struct start *start, const struct fleet_host *host,
	struct host_machine *machine, const char *name, const char *failure)
{
	const struct team *team = start->team;

	return (struct store_machine){
		.block_id = start->block_id,
		.target_id = start->context->target_ids[start->target],
		.name = name,
		.host = host->site->name,
		.cpus = team->seat_cpus * seats_per_machine(team),
		.memory_bytes = team->seat_memory_bytes * seats_per_machine(team),
		.emulated = machine && machine->emulated,
		.start_s = NAN,
		.driver_json = machine ? machine->facts_json : NULL,
		.failure = failure,
	};
}

/* In one transaction: thousands of machines would else be thousands of waits for the disk. */
static void record(const struct start *start, struct store_machine *rows, size_t count)
{
	struct error e = {""};

	if (count > 0 && store_add_machines(start->context->store, rows, count, &e) < 0)
		log_warn("%s", e.text);
}

/* The address of a host's index-th machine; NULL where there is no network. */
static char *own_address(const struct start *start, const struct fleet_host *host, unsigned index)
{
	const struct site *site = start->context->plan->site;

	if (!host->network)
		return NULL;
	if (site->data.bridge)
		return site_address(site, (size_t)(host->site - site->hosts), index);
	return network_address(host->network, index);
}

/* What the team's index-th machine shall be. name and address are the request's; the caller frees
 * them. */
static struct host_start request(
	const struct start *start, size_t index, char **name, char **address)
{
	const struct plan *plan = start->context->plan;
	const struct team *team = start->team;
	const struct fleet_host *host = machine_place(start, index);
	unsigned per_host = plan_machines_per_host(team->target, team->placement);
	unsigned seats = seats_per_machine(team);
	unsigned on_host = (unsigned)(index % per_host), cpus = team->seat_cpus * seats;
	size_t first = (size_t)on_host * cpus;
	bool fits = first + cpus <= host->site->cpu_count;

	/* Unique on the whole site: other blocks may be under way on other hosts. */
	*name = str_printf("%s-%zu", team->target->name, team->first_host * per_host + index + 1);
	*address = campaign_target_caps(team->target) & CAP_OWN_NETWORK
			   ? own_address(start, host, on_host)
			   : NULL;
	return (struct host_start){
		.host = host->host,
		.driver = team->target->driver,
		.spec =
			{
				.name = *name,
				.index = on_host,
				.cpus = cpus,
				.memory_bytes = team->seat_memory_bytes * seats,
				.scratch_bytes = plan->campaign->scratch_bytes,
				.pin_cpus = fits ? host->site->cpus + first : host->site->cpus,
				.pin_count = fits ? cpus : host->site->cpu_count,
				.address = *address,
				.options = team->target->options,
			},
	};
}

/* Starts the machines of the placement, all before the first is waited for, so that their boots
 * overlap. */
static int start_all(struct start *start, struct error *e)
{
	struct team *team = start->team;
	size_t count = team->host_count * plan_machines_per_host(team->target, team->placement);
	struct host_start *starts = mem_new(count, sizeof(*starts));
	cleanup_free struct store_machine *failed = mem_new(count, sizeof(*failed));
	size_t failed_count = 0;
	char **texts = mem_new(count, 2 * sizeof(*texts));
	int status = 0;

	for (size_t i = 0; i < count; i++)
		starts[i] = request(start, i, &texts[2 * i], &texts[2 * i + 1]);
	hosts_start(starts, count);
	team->machines = mem_new(count, sizeof(*team->machines));
	for (size_t i = 0; i < count; i++) {
		const struct fleet_host *host = machine_place(start, i);
		team->machines[team->machine_count++] = starts[i].machine;
		if (starts[i].machine)
			continue;
		error_prefix(&starts[i].error, "cannot start %s on %s", starts[i].spec.name,
			host->site->name);
		failed[failed_count++] =
			machine_row(start, host, NULL, starts[i].spec.name, starts[i].error.text);
		if (status == 0)
			*e = starts[i].error;
		status = -1;
	}
	record(start, failed, failed_count);
	for (size_t i = 0; i < 2 * count; i++)
		free(texts[i]);
	free(texts);
	free(starts);
	return status;
}

/* Stores what became of the greetings, up to the first that failed. */
static void record_greetings(const struct start *start, struct greeting *greetings, size_t count)
{
	cleanup_free struct store_machine *rows = mem_new(count + 1, sizeof(*rows));
	size_t row_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct greeting *greeting = &greetings[i];
		const char *name = greeting->machine->name;
		const char *failure = NULL;
		if (error_is_set(&greeting->error)) {
			error_prefix(
				&greeting->error, "%s on %s", name, greeting->host->site->name);
			failure = greeting->error.text;
		} else if (!greeting->facts) {
			continue; /* another failed before it was asked */
		}
		struct store_machine *row = &rows[row_count++];
		*row = machine_row(start, greeting->host, greeting->machine, name, failure);
		row->facts_json = greeting->facts;
		if (failure)
			row->log = greeting->log = host_machine_log_tail(greeting->machine);
		if (!failure)
			row->start_s = greeting->answered_s - start->begun_s;
	}
	record(start, rows, row_count);
}

static bool any_interrupted(const struct greeting *greetings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (agent_interrupted(greetings[i].machine->agent))
			return true;
	return false;
}

static int greet_all(struct start *start, struct error *e)
{
	const struct team *team = start->team;
	size_t count = team->machine_count;
	struct greeting *greetings = mem_new(count, sizeof(*greetings));

	for (size_t i = 0; i < count; i++) {
		greetings[i].machine = team->machines[i];
		greetings[i].host = machine_place(start, i);
	}
	int status = greet(greetings, count,
		start->begun_s + start->context->plan->campaign->limit_boot_s,
		start->context->interrupt_fd);
	/* An interrupted start is no failure of a machine. */
	if (status == 0 || !any_interrupted(greetings, count))
		record_greetings(start, greetings, count);
	for (size_t i = count; i-- > 0;) {
		if (error_is_set(&greetings[i].error))
			*e = greetings[i].error; /* the first one's in the end */
		free(greetings[i].facts);
		free(greetings[i].log);
	}
	free(greetings);
	return status;
}

/* Divides the machines into seats. */
static void make_seats(const struct start *start)
{
	struct team *team = start->team;
	unsigned per_machine = seats_per_machine(team);
	/* Guests and containers have CPUs of their own; a host's jobs are bound to the
	 * CPUs of its site entry. */
	bool bound = !(campaign_target_caps(team->target) & CAP_GUESTS);

	team->seats = mem_new(team->machine_count * per_machine, sizeof(*team->seats));
	for (size_t m = 0; m < team->machine_count; m++)
		for (unsigned i = 0; i < per_machine; i++) {
			const struct site_host *host = machine_place(start, m)->site;
			struct seat *seat = &team->seats[team->seat_count++];
			seat->machine = team->machines[m];
			size_t first = (size_t)i * team->seat_cpus;
			if (!bound || first + team->seat_cpus > host->cpu_count)
				continue;
			seat->cpu_count = team->seat_cpus;
			seat->cpus = mem_new(seat->cpu_count, sizeof(*seat->cpus));
			memcpy(seat->cpus, host->cpus + first,
				seat->cpu_count * sizeof(*seat->cpus));
		}
}

/* The machine on the first host itself: the only machine there where that is what the target is,
 * else one more, in the image's userspace. */
static int start_host(const struct start *start, struct error *e)
{
	struct team *team = start->team;
	const struct fleet_host *host = machine_place(start, 0);

	if (!(campaign_target_caps(team->target) & CAP_OWN_NETWORK)) {
		team->host = team->machines[0];
		return 0;
	}
	const struct target *base = target_find(HOST_TARGET);
	const struct driver *driver = driver_find(base->driver);
	cleanup_free char *name = str_printf("host-end-%zu", team->first_host + 1);
	void *options = options_new(driver->options, driver->options_size);
	struct host_start one = {
		.host = host->host,
		.driver = driver,
		.spec =
			{
				.name = name,
				.cpus = (unsigned)host->site->cpu_count,
				.memory_bytes = host->site->memory_bytes,
				.scratch_bytes = start->context->plan->campaign->scratch_bytes,
				.pin_cpus = host->site->cpus,
				.pin_count = host->site->cpu_count,
				.options = options,
			},
	};
	hosts_start(&one, 1);
	options_free(driver->options, options);
	team->host = one.machine;
	struct greeting greeting = {.machine = team->host, .host = host, .error = one.error};
	int status = !team->host ? -1
				 : greet(&greeting, 1, clock_monotonic_s() + host_end_timeout_s,
					   start->context->interrupt_fd);
	free(greeting.facts);
	*e = greeting.error;
	return status < 0 ? error_prefix(e, "cannot start the host's end on %s", host->site->name)
			  : 0;
}

struct team *team_start(const struct team_context *context, const struct plan_block *block,
	size_t target, int64_t block_id, bool need_host, struct error *e)
{
	const struct plan *plan = context->plan;
	const struct campaign *campaign = plan->campaign;
	struct team *team = mem_new(1, sizeof(*team));
	struct start start = {context, team, target, block_id, clock_monotonic_s()};

	team->target = &campaign->targets[target];
	team->placement = &campaign->placements[block->placement];
	team->first_host = block->first_host;
	team->host_count = block->host_count;
	team->seat_cpus = campaign_machine_cpus(campaign, plan->site, team->placement);
	team->seat_memory_bytes = campaign_machine_memory(campaign, plan->site, team->placement);
	if (start_all(&start, e) < 0 || greet_all(&start, e) < 0 ||
		(need_host && start_host(&start, e) < 0)) {
		team_stop(team);
		return NULL;
	}
	make_seats(&start);
	return team;
}

/* The index-th machine more; its name and address are the caller's. */
static struct host_start request_more(const struct start *start, size_t index)
{
	const struct team *team = start->team;
	const struct fleet_host *host = machine_place(start, 0);
	unsigned per_host = plan_machines_per_host(team->target, team->placement);
	char *name, *address;
	struct host_start more = request(start, index % per_host, &name, &address);

	free(name);
	more.spec.index = per_host + (unsigned)index;
	more.spec.name =
		index == 0 ? str_printf("%s-more-%zu", team->target->name, team->first_host + 1)
			   : str_printf("%s-more-%zu-%zu", team->target->name, team->first_host + 1,
				     index + 1);
	more.spec.address = address ? own_address(start, host, more.spec.index) : NULL;
	free(address);
	return more;
}

int team_add(const struct team_context *context, const struct team *team, bool disk,
	bool migratable, struct host_machine **machines, size_t count, struct error *e)
{
	struct team one = *team;
	struct start start = {.context = context, .team = &one};
	const struct fleet_host *host = machine_place(&start, 0);
	struct host_start *more = mem_new(count, sizeof(*more));
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		more[i] = request_more(&start, i);
		more[i].spec.migratable = migratable;
		if (!disk)
			more[i].spec.scratch_bytes = 0;
	}
	hosts_start(more, count);
	for (size_t i = 0; i < count; i++) {
		machines[i] = more[i].machine;
		if (!machines[i] && status == 0) {
			*e = more[i].error;
			status = error_prefix(
				e, "cannot start %s on %s", more[i].spec.name, host->site->name);
		}
		free((char *)more[i].spec.name);
		free((char *)more[i].spec.address);
	}
	free(more);
	return status;
}

void team_stop(struct team *team)
{
	if (!team)
		return;
	struct host_machine **all = mem_new(team->machine_count + 1, sizeof(*all));
	size_t count = 0;
	if (team->host && (team->machine_count == 0 || team->host != team->machines[0]))
		all[count++] = team->host;
	for (size_t i = 0; i < team->machine_count; i++)
		all[count++] = team->machines[i];
	hosts_stop(all, count);
	for (size_t i = 0; i < team->seat_count; i++)
		free(team->seats[i].cpus);
	free(all);
	free(team->seats);
	free(team->machines);
	free(team);
}

/* Machines get the site's CPUs in their order, from the first one on; the host's end has all. */
size_t team_cpus(const struct team_context *context, const struct team *team,
	const struct host *host, const unsigned **cpus)
{
	for (size_t i = 0; i < team->host_count; i++) {
		const struct fleet_host *at = &context->fleet->hosts[team->first_host + i];
		if (at->host != host)
			continue;
		bool all =
			team->host && team->host != team->machines[0] && team->host->host == host;
		size_t wanted = (size_t)team->seat_cpus * team->placement->guests;
		*cpus = at->site->cpus;
		return all || wanted > at->site->cpu_count ? at->site->cpu_count : wanted;
	}
	*cpus = NULL;
	return 0;
}
