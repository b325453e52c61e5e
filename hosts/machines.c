/* Machines on hosts. One on a host that is reached looks like any other: the same driver's struct,
 * and an agent whose stream is one more reach, of «tare-host attach». */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/log.h"
#include "hosts/here.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* Hypervisors start and stop guests one after the other, and every answer may have to wait for an
 * outage of 30 s and TCP's next try after it. */
static const double start_least_s = 600, start_more_s = 120, stop_timeout_s = 90, stop_each_s = 30,
		    save_timeout_s = 600, migrate_timeout_s = 600, quick_timeout_s = 120;

/* machine->state of a machine elsewhere. */
struct remote {
	unsigned generation; /* of the host's connection in which it was started */
	pid_t reach; /* whose stdin and stdout are its stream; 0: none */
	json_t *arguments; /* of the request that started it */
};

static bool is_remote(const struct machine *machine)
{
	return machine->host && !host_is_local(machine->host);
}

/* --- starting --------------------------------------------------------------------------------- */

/* How long the host may take to answer that a machine has started. */
static double start_timeout_s(const struct host *host)
{
	return fmax(start_least_s, host->spec.boot_limit_s + start_more_s);
}

char *machine_work_dir(const struct host *host, const char *name)
{
	return str_printf("%s/%s/%s", host->spec.work_dir, host->id, name);
}

static void start_here(struct host_start *start)
{
	struct host *host = start->host;
	cleanup_free char *work_dir = machine_work_dir(host, start->spec.name);
	struct machine_spec *spec = &start->spec;

	spec->campaign_id = host->id;
	spec->work_dir = work_dir;
	spec->image = host->spec.image;
	spec->network = host->network;
	spec->agent_path = host->spec.agent_path;
	if (dir_make(work_dir, &start->error) < 0)
		return;
	if (start->driver->start(spec, &start->machine, &start->error) < 0) {
		start->machine = NULL;
		dir_remove(work_dir, NULL);
	} else {
		start->machine->host = host;
	}
	spec->work_dir = NULL;
}

static json_t *start_arguments(const struct host_start *start)
{
	const struct host_spec *host = &start->host->spec;

	return json_pack("{s:s, s:o, s:o, s:s*, s:b}", "driver", start->driver->name, "options",
		wire_options(start->driver, start->spec.options), "spec", wire_spec(&start->spec),
		"image", host->image ? host->image->digest : NULL, "agent",
		host->agent_path != NULL);
}

static void start_there(struct host_start *start, struct call *call)
{
	struct host *host = start->host;

	start->spec.campaign_id = host->id;
	if (word_is_plain(start->spec.name) && !strchr(start->spec.name, '/')) {
		call_begin(call, host, "start", start_arguments(start), start_timeout_s(host));
		return;
	}
	call->done = true;
	error_set(&call->error, "«%s» is no machine's name", start->spec.name);
}

/* The stream of a machine there. */
static int attach(struct host *host, const char *name, pid_t *pid, int *read_fd, int *write_fd,
	struct error *e)
{
	cleanup_argv struct argv argv = {0};

	reach_argv(&host->reach, &argv, host->program, "attach", host->id, name, NULL);
	return keeper_spawn(&argv, host->spec.log_path, pid, write_fd, read_fd, e);
}

static struct machine *machine_of(
	struct host *host, const struct driver *driver, const char *name, const json_t *result)
{
	const char *address = NULL, *scratch = NULL, *facts = NULL;
	int emulated = 0;

	if (json_unpack((json_t *)result, "{s?:s, s?:s, s?:s, s:b}", "address", &address,
		    "scratch_dir", &scratch, "facts", &facts, "emulated", &emulated) < 0)
		return NULL;
	struct machine *machine = mem_new(1, sizeof(*machine));
	struct remote *remote = mem_new(1, sizeof(*remote));
	remote->generation = host->generation;
	machine->driver = driver;
	machine->name = str_dup(name);
	machine->address = str_dup(address);
	machine->scratch_dir = str_dup(scratch);
	machine->facts_json = str_dup(facts);
	machine->emulated = emulated;
	machine->state = remote;
	machine->host = host;
	return machine;
}

/* After a start that failed: it may still come up, and is stopped as soon as it has. */
static void abandon(struct host *host, const struct call *call, const char *name)
{
	struct call stop = {0};

	if (host->connected && call->id)
		call_begin(&stop, host, "stop", json_pack("{s:s}", "name", name), 0);
	if (stop.id && !stop.done) /* nobody waits for it */
		host->calls = stop.next;
}

static void finish_start(struct host_start *start, struct call *call)
{
	struct host *host = start->host;
	int read_fd, write_fd;
	pid_t pid;

	start->error = call->error;
	if (!call->result) {
		abandon(host, call, start->spec.name);
		return;
	}
	struct machine *machine = machine_of(host, start->driver, start->spec.name, call->result);
	if (!machine) {
		error_set(&start->error, "%s: garbage where a machine should be described",
			host->spec.name);
	} else if (attach(host, machine->name, &pid, &read_fd, &write_fd, &start->error) == 0) {
		machine->agent = agent_new(machine->name, read_fd, write_fd, pid);
		((struct remote *)machine->state)->reach = pid;
		((struct remote *)machine->state)->arguments = start_arguments(start);
		start->machine = machine;
	} else {
		struct machine *machines[] = {machine};
		hosts_stop(machines, 1);
	}
}

void hosts_start(struct host_start *starts, size_t count)
{
	cleanup_free struct call *calls = mem_new(count + 1, sizeof(*calls));
	cleanup_free struct call **waited = mem_new(count + 1, sizeof(*waited));

	for (size_t i = 0; i < count; i++) {
		starts[i].machine = NULL;
		starts[i].error = (struct error){""};
		if (host_is_local(starts[i].host))
			continue;
		start_there(&starts[i], &calls[i]);
		waited[i] = &calls[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (host_is_local(starts[i].host))
			start_here(&starts[i]);
	}
	calls_wait(waited, count, false);
	for (size_t i = 0; i < count; i++) {
		if (waited[i])
			finish_start(&starts[i], &calls[i]);
		call_end(&calls[i]);
	}
}

/* --- stopping --------------------------------------------------------------------------------- */

/* The stream of a machine that is gone is not worth a goodbye: its reach may hang in a network that
 * is gone, too. Nothing happens where the agent has reaped it. */
static void kill_reach(const struct machine *machine)
{
	const struct remote *remote = machine->state;
	siginfo_t info;

	if (remote->reach > 0 &&
		waitid(P_PID, (id_t)remote->reach, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(-remote->reach, SIGKILL);
}

static void remote_free(struct machine *machine)
{
	kill_reach(machine);
	agent_free(machine->agent);
	free(machine->name);
	free(machine->address);
	free(machine->scratch_dir);
	free(machine->facts_json);
	json_decref(((struct remote *)machine->state)->arguments);
	free(machine->state);
	free(machine);
}

/* Whether the machine still is a matter of the far end. */
static bool lives_there(const struct machine *machine)
{
	const struct remote *remote = machine->state;

	return machine->host->connected && remote->generation == machine->host->generation;
}

/* The more of them are to be stopped on its host, the longer each may have to wait. */
static double stop_limit_s(const struct machine *machine, struct machine *const *all, size_t count)
{
	size_t others = 0;

	for (size_t i = 0; i < count; i++)
		others += all[i] && all[i] != machine && all[i]->host == machine->host;
	return stop_timeout_s + stop_each_s * (double)others;
}

void hosts_stop(struct machine **machines, size_t count)
{
	cleanup_free struct call *calls = mem_new(count + 1, sizeof(*calls));
	cleanup_free struct call **waited = mem_new(count + 1, sizeof(*waited));
	cleanup_free struct machine **here = mem_new(count + 1, sizeof(*here));
	size_t here_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (!machines[i] || !is_remote(machines[i]) || !lives_there(machines[i]))
			continue;
		call_begin(&calls[i], machines[i]->host, "stop",
			json_pack("{s:s}", "name", machines[i]->name),
			stop_limit_s(machines[i], machines, count));
		waited[i] = &calls[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (machines[i] && !is_remote(machines[i]))
			here[here_count++] = take_ptr(machines[i]);
	}
	stop_here(here, here_count);
	calls_wait(waited, count, true);
	for (size_t i = 0; i < count; i++) {
		if (waited[i] && machines[i] && !calls[i].result)
			log_warn("%s: %s", machines[i]->name, calls[i].error.text);
		call_end(&calls[i]);
		if (machines[i])
			remote_free(take_ptr(machines[i]));
	}
}

/* --- while they run --------------------------------------------------------------------------- */

struct host *machine_host(const struct machine *machine)
{
	return machine->host;
}

static int ask(struct machine *machine, const char *verb, double timeout_s, json_t **result,
	struct error *e)
{
	if (!lives_there(machine))
		return error_set(e, "%s",
			machine->host->lost.text[0] ? machine->host->lost.text
						    : "its host is gone");
	return call_do(machine->host, verb, json_pack("{s:s}", "name", machine->name), timeout_s,
		result, e);
}

char *machine_log_tail(struct machine *machine)
{
	json_t *result = NULL;
	size_t count;

	if (!is_remote(machine))
		return here_file_tail(machine->log_path, &count);
	if (ask(machine, "log", quick_timeout_s, &result, NULL) < 0)
		return NULL;
	char *text = str_dup(json_string_value(json_object_get(result, "text")));
	json_decref(result);
	return text;
}

static int unable(const struct machine *machine, const char *what, struct error *e)
{
	return error_set(
		e, "%s: driver %s cannot %s a machine", machine->name, machine->driver->name, what);
}

int machine_save(struct machine *machine, struct error *e)
{
	if (!machine->driver->save)
		return unable(machine, "save", e);
	return is_remote(machine) ? ask(machine, "save", save_timeout_s, NULL, e)
				  : machine->driver->save(machine, e);
}

int machine_restore(struct machine *machine, struct error *e)
{
	int read_fd, write_fd;
	pid_t pid;

	if (!machine->driver->restore)
		return unable(machine, "restore", e);
	if (!is_remote(machine))
		return machine->driver->restore(machine, e);
	if (ask(machine, "restore", save_timeout_s, NULL, e) < 0 ||
		attach(machine->host, machine->name, &pid, &read_fd, &write_fd, e) < 0)
		return -1;
	agent_set_stream(machine->agent, read_fd, write_fd, pid);
	((struct remote *)machine->state)->reach = pid;
	return 0;
}

/* --- moving ----------------------------------------------------------------------------------- */

/* The machine as it is expected there; NULL: it is not. */
static struct machine *receive(
	const struct machine *machine, struct host *destination, struct error *e)
{
	const struct host *source = machine->host;
	const struct remote *remote = machine->state;
	cleanup_free char *work_root = str_printf("%s/%s", source->spec.work_dir, source->id);
	json_t *arguments = json_copy(remote->arguments);
	struct call call = {0}, *calls[] = {&call};
	struct machine *there = NULL;

	/* It keeps the names that it was started with, however often it moves. */
	if (!json_object_get(arguments, "campaign")) {
		json_object_set_new(arguments, "campaign", json_string(source->id));
		json_object_set_new(arguments, "work_root", json_string(work_root));
	}
	call_begin(&call, destination, "receive", json_incref(arguments),
		start_timeout_s(destination));
	calls_wait(calls, 1, false);
	if (call.result)
		there = machine_of(destination, machine->driver, machine->name, call.result);
	if (!there) {
		*e = call.error;
		abandon(destination, &call, machine->name);
		error_prefix(e, "%s cannot receive it", destination->spec.name);
		json_decref(arguments);
	} else {
		((struct remote *)there->state)->arguments = arguments;
	}
	call_end(&call);
	return there;
}

/* Both ends at once. The source's answer is awaited first: without it nobody will arrive. */
static int move(
	struct machine *machine, const struct machine *there, double *took_s, struct error *e)
{
	struct call arrive = {0}, migrate = {0}, *first[] = {&migrate}, *second[] = {&arrive};

	call_begin(&arrive, there->host, "arrive", json_pack("{s:s}", "name", machine->name),
		migrate_timeout_s);
	call_begin(&migrate, machine->host, "migrate",
		json_pack(
			"{s:s, s:s}", "name", machine->name, "address", there->host->spec.address),
		migrate_timeout_s);
	calls_wait(first, 1, false);
	if (migrate.result)
		calls_wait(second, 1, false);
	else
		call_forget(&arrive);
	int status = migrate.result && arrive.result ? 0 : -1;
	if (status < 0)
		*e = migrate.result ? arrive.error : migrate.error;
	*took_s = json_number_value(json_object_get(migrate.result, "seconds"));
	call_end(&migrate);
	call_end(&arrive);
	return status;
}

/* Ends it where it was before it ends where it may still come to. What is left of it then wants only
 * to be freed. */
static void stop_both(struct machine *machine, struct machine *there)
{
	struct call stop = {0}, *calls[] = {&stop};
	struct remote *remote = machine->state;

	if (lives_there(machine)) {
		call_begin(&stop, machine->host, "stop", json_pack("{s:s}", "name", machine->name),
			stop_timeout_s);
		calls_wait(calls, 1, true);
		if (!stop.result)
			log_warn("%s: %s", machine->name, stop.error.text);
		call_end(&stop);
	}
	remote->generation = 0;
	hosts_stop(&there, 1);
}

static int migrate_check(
	const struct machine *machine, const struct host *destination, struct error *e)
{
	if (!machine->driver->migrate)
		return unable(machine, "migrate", e);
	if (!is_remote(machine) || host_is_local(destination))
		return error_set(e, "machines move only between hosts that are reached");
	if (machine->host == destination)
		return error_set(e, "it is on %s already", destination->spec.name);
	if (!destination->spec.address)
		return error_set(e,
			"%s has no address on the data network: the site has to name it",
			destination->spec.name);
	return lives_there(machine) ? 0 : error_set(e, "its host is gone");
}

int machine_migrate(
	struct machine *machine, struct host *destination, double *took_s, struct error *e)
{
	int read_fd, write_fd;
	pid_t pid;

	if (migrate_check(machine, destination, e) < 0)
		return -1;
	struct machine *there = receive(machine, destination, e);
	if (!there)
		return -1;
	if (move(machine, there, took_s, e) < 0 ||
		attach(destination, machine->name, &pid, &read_fd, &write_fd, e) < 0) {
		stop_both(machine, there);
		return -1;
	}
	agent_set_stream(machine->agent, read_fd, write_fd, pid);
	((struct remote *)machine->state)->reach = 0;
	((struct remote *)there->state)->reach = pid;
	/* What is left at the source becomes a machine of its own, which is stopped. */
	void *left = machine->state;
	machine->state = there->state;
	there->state = left;
	there->host = machine->host;
	machine->host = destination;
	hosts_stop(&there, 1);
	return 0;
}

int machine_storage_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	json_t *result = NULL;

	if (!machine->driver->storage_counters)
		return error_set(
			e, "%s: driver %s does not count", machine->name, machine->driver->name);
	if (!is_remote(machine))
		return machine->driver->storage_counters(machine, out, e);
	if (ask(machine, "counters", quick_timeout_s, &result, e) < 0)
		return -1;
	int status = wire_counters_read(result, out, e);
	json_decref(result);
	return status;
}
