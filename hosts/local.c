/* This machine as a host: drivers are called in this process. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "hosts/here.h"
#include "hosts/private.h"
#include "hosts/wire.h"
#include "hosts/work_root.h"

enum { STOPPERS_MAX = 64 };

static char *work_root(const struct host *host)
{
	return str_printf("%s/%s", host->spec.work_dir, host->id);
}

/* What others left, and what cannot be removed of it, is in no one's way. */
static void clean_others(void)
{
	struct error uncleaned = {""};

	if (drivers_clean("", NULL, NULL, &uncleaned) < 0)
		log_warn("%s", uncleaned.text);
}

/* All hosts that are this machine have the same to clean, which looks at every one of them. */
static int local_connect(struct host *host, double timeout_s, struct error *e)
{
	static pthread_once_t cleaned = PTHREAD_ONCE_INIT;
	cleanup_free char *left = work_root(host);

	(void)timeout_s;
	pthread_once(&cleaned, clean_others);
	if (drivers_own(host->id, e) < 0 ||
		(work_root_is_own(left) && work_root_remove(left, e) < 0))
		return -1;
	here_facts(&host->facts, host->spec.wants_qemu_version);
	host->connected = true;
	return 0;
}

static void local_disconnect(struct host *host)
{
	cleanup_free char *left = work_root(host);

	host->connected = false;
	counters_free(host->counters);
	host->counters = NULL;
	drivers_clean(host->id, NULL, NULL, NULL);
	if (work_root_is_own(left))
		work_root_remove(left, NULL);
	wire_facts_free(&host->facts);
}

static void local_ping(struct host *host)
{
	(void)host;
}

static int local_stage(struct host *host, struct error *e)
{
	(void)host;
	(void)e;
	return 0;
}

static int local_network(struct host *host, const struct host_data *data, struct error *e)
{
	return here_network(host->id, data, host->spec.address, &host->network, e);
}

static void local_network_end(struct host *host)
{
	if (host->network_given)
		wire_network_free(host->network);
	else
		network_free(host->network);
}

static int local_clock(struct host *host, int64_t *far_ns, struct error *e)
{
	(void)host;
	(void)e;
	*far_ns = clock_realtime_ns();
	return 0;
}

static void local_count(struct host_counting *countings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct host *host = countings[i].host;
		if (!host->is_remote)
			here_count(&host->counters, &countings[i], host->id);
	}
}

static int local_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not)
{
	return driver->probe(options, host->spec.image, why_not);
}

/* --- machines --------------------------------------------------------------------------------- */

static char *work_dir_of(const struct host *host, const char *name)
{
	return str_printf("%s/%s/%s", host->spec.work_dir, host->id, name);
}

static struct host_machine *wrap(struct host *host, struct machine *machine)
{
	struct host_machine *wrapped = mem_new(1, sizeof(*wrapped));
	struct host_machine_state *state = mem_new(1, sizeof(*state));

	state->local = machine;
	*wrapped = (struct host_machine){.host = host,
		.driver = machine->driver,
		.agent = machine->agent,
		.name = machine->name,
		.address = machine->address,
		.scratch_dir = machine->scratch_dir,
		.share_dir = machine->share_dir,
		.facts_json = machine->facts_json,
		.emulated = machine->emulated,
		.state = state};
	return wrapped;
}

static void start_one(struct host_start *start)
{
	struct host *host = start->host;
	cleanup_free char *root = work_root(host), *work_dir = work_dir_of(host, start->spec.name);
	struct machine_spec spec = start->spec;
	struct machine *machine = NULL;

	spec.campaign_id = host->id;
	spec.work_dir = work_dir;
	spec.image = host->spec.image;
	spec.network = host->network;
	spec.agent_path = host->spec.agent_path;
	if (work_root_make(root, &start->error) < 0 || dir_make(work_dir, &start->error) < 0)
		return;
	if (start->driver->start(&spec, &machine, &start->error) < 0)
		dir_remove(work_dir, NULL);
	else
		start->machine = wrap(host, machine);
}

static void local_start(struct host_start *starts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!starts[i].host->is_remote)
			start_one(&starts[i]);
}

/* Stopping a guest takes a second or two of waiting, so several are stopped in parallel. Drivers'
 * stop functions may be called by any thread, and what these threads start ends with the stop that
 * started it. */
struct stopping {
	struct host_machine **machines;
	size_t count;
	atomic_size_t next; /* the first that no thread has taken yet */
};

static void stop_one(struct host_machine *machine)
{
	struct error e = {""};
	cleanup_free char *work_dir = work_dir_of(machine->host, machine->name);

	machine->driver->stop(machine->state->local);
	free(machine->state);
	free(machine);
	if (dir_remove(work_dir, &e) < 0)
		log_warn("%s", e.text);
}

static void *stop_some(void *context)
{
	struct stopping *stopping = context;
	size_t i;

	while ((i = atomic_fetch_add(&stopping->next, 1)) < stopping->count)
		stop_one(stopping->machines[i]);
	return NULL;
}

static void stop_all(struct stopping *stopping)
{
	pthread_t threads[STOPPERS_MAX];
	size_t made = 0;

	/* This thread takes part, and works alone if no others can be created. */
	while (made + 1 < stopping->count && made < STOPPERS_MAX &&
		pthread_create(&threads[made], NULL, stop_some, stopping) == 0)
		made++;
	stop_some(stopping);
	while (made > 0)
		pthread_join(threads[--made], NULL);
}

static void local_stop(struct host_machine **machines, size_t count)
{
	cleanup_free struct host_machine **own = mem_new(count + 1, sizeof(*own));
	struct stopping stopping = {.machines = own};

	for (size_t i = 0; i < count; i++)
		if (machines[i] && !machines[i]->host->is_remote)
			own[stopping.count++] = take_ptr(machines[i]);
	stop_all(&stopping);
}

static char *local_log_tail(struct host_machine *machine)
{
	size_t count;

	return here_file_tail(machine->state->local->log_path, &count);
}

static int local_save(struct host_machine *machine, struct error *e)
{
	return machine->driver->save(machine->state->local, e);
}

static int local_restore(struct host_machine *machine, struct error *e)
{
	return machine->driver->restore(machine->state->local, e);
}

static int local_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e)
{
	(void)machine;
	(void)destination;
	(void)took_s;
	return error_set(e, "machines migrate between remote hosts only");
}

static int local_counters(
	struct host_machine *machine, struct storage_counters *out, struct error *e)
{
	return machine->driver->storage_counters(machine->state->local, out, e);
}

const struct host_operations local_operations = {
	.connect = local_connect,
	.disconnect = local_disconnect,
	.ping = local_ping,
	.stage = local_stage,
	.network = local_network,
	.network_end = local_network_end,
	.clock = local_clock,
	.count = local_count,
	.probe = local_probe,
	.start = local_start,
	.stop = local_stop,
	.log_tail = local_log_tail,
	.save = local_save,
	.restore = local_restore,
	.migrate = local_migrate,
	.storage_counters = local_counters,
};
