#include "campaign/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"

/* Where host-guest benchmarks run on the host: the same userspace as everywhere. */
#define HOST_TARGET "native"

enum { LOG_TAIL_BYTES = 64 * 1024 };
static const double facts_timeout_s = 30, network_timeout_s = 30;

struct start {
	const struct team_context *context;
	struct team *team;
	size_t target;
	int64_t block_id;
};

const char *seat_address(const struct seat *seat, const struct network *network)
{
	if (seat->machine->address)
		return seat->machine->address;
	return network ? network->host_address : "127.0.0.1";
}

/* The end of a log that a guest wrote: what explains a failure is there. */
static char *log_tail(const char *path)
{
	char *bytes = NULL;
	size_t count = 0;
	if (!path || file_read(path, (size_t)64 << 20, &bytes, &count, NULL) < 0)
		return NULL;
	if (count > LOG_TAIL_BYTES) {
		char *tail = str_dup(bytes + count - LOG_TAIL_BYTES);
		free(bytes);
		return tail;
	}
	return bytes;
}

static void record(const struct start *start, const struct machine *machine, const char *name,
	double start_s, const char *facts, const char *failure)
{
	const struct team *team = start->team;
	cleanup_free char *log = failure && machine ? log_tail(machine->log_path) : NULL;
	struct error e = {""};
	struct store_machine row = {
		.block_id = start->block_id,
		.target_id = start->context->target_ids[start->target],
		.name = name,
		.host = start->context->plan->site->hosts[0].name,
		.cpus = team->seat_cpus,
		.memory_bytes = team->seat_memory_bytes,
		.emulated = machine && machine->emulated,
		.start_s = start_s,
		.facts_json = facts,
		.driver_json = machine ? machine->facts_json : NULL,
		.log = log,
		.failure = failure,
	};
	if (store_add_machine(start->context->store, &row, &e) < 0)
		log_warn("%s", e.text);
}

static struct machine *start_machine(const struct start *start,
	const struct campaign_target *target, const char *name, unsigned index, unsigned cpus,
	uint64_t memory_bytes, const unsigned *pin, size_t pin_count, struct error *e)
{
	const struct team_context *context = start->context;
	struct team *team = start->team;
	struct machine *machine = NULL;
	char *work_dir =
		str_printf("%s/%s/%s", context->plan->site->work_dir, context->campaign_id, name);
	team->work_dirs[team->work_dir_count++] = work_dir;
	if (dir_make(work_dir, e) < 0)
		return NULL;
	cleanup_free char *address =
		context->network ? network_address(context->network, index) : NULL;
	bool own_address = target->driver->caps & CAP_OWN_NETWORK;
	struct machine_spec spec = {
		.campaign_id = context->campaign_id,
		.name = name,
		.index = index,
		.cpus = cpus,
		.memory_bytes = memory_bytes,
		.scratch_bytes = context->plan->campaign->scratch_bytes,
		.pin_cpus = pin,
		.pin_count = pin_count,
		.image = context->image,
		.network = context->network,
		.address = own_address ? address : NULL,
		.work_dir = work_dir,
		.agent_path = context->agent_path,
		.options = target->options,
	};
	if (target->driver->start(&spec, &machine, e) < 0)
		return NULL;
	return machine;
}

/* Waits for the answer, and sets the machine's network up from inside where that is ours. */
static int greet(const struct start *start, struct machine *machine, double timeout_s, char **facts,
	struct error *e)
{
	const struct network *network = start->context->network;
	agent_set_interrupt(machine->agent, start->context->interrupt_fd);
	if (agent_hello(machine->agent, timeout_s, e) < 0)
		return -1;
	if (network && machine->address && !(machine->driver->caps & (CAP_SHARES_KERNEL)) &&
		(machine->driver->caps & CAP_OWN_NETWORK)) {
		cleanup_free char *address = str_printf("%s/%u", machine->address, network->prefix);
		if (agent_network(machine->agent, NULL, address, network_timeout_s, e) < 0)
			return -1;
	}
	return agent_facts(machine->agent, facts_timeout_s, facts, e);
}

/* Starts the machines of the placement, all before the first is waited for, so that their boots
 * overlap. */
static int start_all(struct start *start, double *begun_s, struct error *e)
{
	const struct plan *plan = start->context->plan;
	struct team *team = start->team;
	const struct site_host *host = &plan->site->hosts[0];
	unsigned per_host = plan_machines_per_host(team->target, team->placement);
	unsigned seats = team->placement->guests / per_host;
	for (unsigned i = 0; i < per_host; i++) {
		cleanup_free char *name = str_printf("%s-%u", team->target->name, i + 1);
		unsigned cpus = team->seat_cpus * seats;
		size_t first = (size_t)i * cpus;
		bool fits = first + cpus <= host->cpu_count;
		begun_s[i] = clock_monotonic_s();
		struct machine *machine = start_machine(start, team->target, name, i, cpus,
			team->seat_memory_bytes * seats, fits ? host->cpus + first : host->cpus,
			fits ? cpus : host->cpu_count, e);
		if (!machine) {
			error_prefix(e, "cannot start %s on %s", name, host->name);
			record(start, NULL, name, NAN, NULL, e->text);
			return -1;
		}
		team->machines[team->machine_count++] = machine;
	}
	return 0;
}

static int greet_all(struct start *start, const double *begun_s, struct error *e)
{
	struct team *team = start->team;
	double limit_s = start->context->plan->campaign->limit_boot_s;
	for (size_t i = 0; i < team->machine_count; i++) {
		struct machine *machine = team->machines[i];
		cleanup_free char *facts = NULL;
		double left_s = limit_s - (clock_monotonic_s() - begun_s[i]);
		int status = greet(start, machine, left_s > 1 ? left_s : 1, &facts, e);
		double took_s = clock_monotonic_s() - begun_s[i];
		if (status < 0 && agent_interrupted(machine->agent))
			return -1; /* nobody failed */
		if (status < 0)
			error_prefix(e, "%s", machine->name);
		record(start, machine, machine->name, status < 0 ? NAN : took_s, facts,
			status < 0 ? e->text : NULL);
		if (status < 0)
			return -1;
	}
	return 0;
}

/* Divides the machines into seats. */
static void make_seats(struct team *team, const struct site_host *host)
{
	unsigned per_machine =
		team->placement->guests / plan_machines_per_host(team->target, team->placement);
	/* Guests and containers have CPUs of their own; a host's jobs are bound to what is lent. */
	bool bound = !(team->target->driver->caps & CAP_GUESTS);
	team->seats = mem_new(team->machine_count * per_machine, sizeof(*team->seats));
	for (size_t m = 0; m < team->machine_count; m++)
		for (unsigned i = 0; i < per_machine; i++) {
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

/* The machine on the host itself: the only machine where that is what the target is, else one
 * more, in the image's userspace. */
static int start_host(struct start *start, struct error *e)
{
	struct team *team = start->team;
	const struct site_host *host = &start->context->plan->site->hosts[0];
	if (!(team->target->driver->caps & CAP_OWN_NETWORK)) {
		team->host = team->machines[0];
		return 0;
	}
	const struct target *base = target_find(HOST_TARGET);
	struct campaign_target target = {.base = base, .driver = driver_find(base->driver)};
	cleanup_free char *facts = NULL;
	target.options = options_new(target.driver->options, target.driver->options_size);
	team->host = start_machine(start, &target, "host-end", 0, (unsigned)host->cpu_count,
		host->memory_bytes, host->cpus, host->cpu_count, e);
	options_free(target.driver->options, target.options);
	if (!team->host || greet(start, team->host, 30, &facts, e) < 0)
		return error_prefix(e, "cannot start the host's end on %s", host->name);
	return 0;
}

struct team *team_start(const struct team_context *context, size_t target, size_t placement,
	int64_t block_id, bool need_host, struct error *e)
{
	const struct plan *plan = context->plan;
	const struct campaign *campaign = plan->campaign;
	struct team *team = mem_new(1, sizeof(*team));
	struct start start = {context, team, target, block_id};
	team->target = &campaign->targets[target];
	team->placement = &campaign->placements[placement];
	team->seat_cpus = campaign_machine_cpus(campaign, plan->site, team->placement);
	team->seat_memory_bytes = campaign_machine_memory(campaign, plan->site, team->placement);
	size_t count = plan_machines_per_host(team->target, team->placement);
	team->machines = mem_new(count, sizeof(*team->machines));
	team->work_dirs = mem_new(count + 1, sizeof(*team->work_dirs));
	cleanup_free double *begun_s = mem_new(count, sizeof(*begun_s));
	if (start_all(&start, begun_s, e) < 0 || greet_all(&start, begun_s, e) < 0 ||
		(need_host && start_host(&start, e) < 0)) {
		team_stop(team);
		return NULL;
	}
	make_seats(team, &plan->site->hosts[0]);
	return team;
}

void team_stop(struct team *team)
{
	if (!team)
		return;
	if (team->host && (team->machine_count == 0 || team->host != team->machines[0]))
		machine_stop(team->host);
	for (size_t i = 0; i < team->machine_count; i++)
		machine_stop(team->machines[i]);
	for (size_t i = 0; i < team->work_dir_count; i++) {
		struct error e = {""};
		if (dir_remove(team->work_dirs[i], &e) < 0)
			log_warn("%s", e.text);
		free(team->work_dirs[i]);
	}
	for (size_t i = 0; i < team->seat_count; i++)
		free(team->seats[i].cpus);
	free(team->seats);
	free(team->machines);
	free(team->work_dirs);
	free(team);
}
