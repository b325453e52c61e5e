/* Machines on remote hosts: starting, stopping, and requests while they run. The agent of each is
 * reached through a separate reach, of tare-attach. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* Hypervisors start and stop guests one after the other, and every answer may be delayed by an
 * outage of 30 s and TCP's wait for its next retransmission. */
static const double start_least_s = 600, start_more_s = 120, stop_each_s = 30, save_timeout_s = 600,
		    quick_timeout_s = 120;

/* --- starting --------------------------------------------------------------------------------- */

double remote_start_timeout_s(const struct host *host)
{
	return fmax(start_least_s, host->spec.boot_limit_s + start_more_s);
}

static json_t *start_arguments(const struct host_start *start)
{
	const struct host_spec *host = &start->host->spec;

	return json_pack("{s:s, s:o, s:o, s:b}", "driver", start->driver->name, "options",
		wire_options(start->driver, start->spec.options), "spec", wire_spec(&start->spec),
		"agent", host->agent_path != NULL);
}

static void begin_start(struct host_start *start, struct call *call)
{
	struct host *host = start->host;

	start->spec.campaign_id = host->id;
	if (reach_word_is_plain(start->spec.name) && !strchr(start->spec.name, '/')) {
		call_begin(
			call, host, "start", start_arguments(start), remote_start_timeout_s(host));
		return;
	}
	call->done = true;
	error_set(&call->error, "\"%s\": invalid machine name", start->spec.name);
}

int remote_attach(struct host *host, const char *name, pid_t *pid, int *read_fd, int *write_fd,
	struct error *e)
{
	cleanup_argv struct argv argv = {0};

	reach_argv(&host->reach, &argv, host->attach_program, host->id, name, NULL);
	return reach_thread_spawn(&argv, host->spec.log_path, pid, write_fd, read_fd, e);
}

struct host_machine *remote_machine(
	struct host *host, const struct driver *driver, const char *name, const json_t *result)
{
	const char *address = NULL, *scratch = NULL, *share = NULL, *facts = NULL;
	int emulated = 0;

	if (json_unpack((json_t *)result, "{s?:s, s?:s, s?:s, s?:s, s:b}", "address", &address,
		    "scratch_dir", &scratch, "share_dir", &share, "facts", &facts, "emulated",
		    &emulated) < 0)
		return NULL;
	struct host_machine *machine = mem_new(1, sizeof(*machine));
	struct host_machine_state *state = mem_new(1, sizeof(*state));
	*state = (struct host_machine_state){.generation = host->generation,
		.name = str_dup(name),
		.address = str_dup(address),
		.scratch_dir = str_dup(scratch),
		.share_dir = str_dup(share),
		.facts_json = str_dup(facts)};
	*machine = (struct host_machine){.host = host,
		.driver = driver,
		.name = state->name,
		.address = state->address,
		.scratch_dir = state->scratch_dir,
		.share_dir = state->share_dir,
		.facts_json = state->facts_json,
		.emulated = emulated,
		.state = state};
	return machine;
}

void remote_abandon(struct host *host, const struct call *call, const char *name)
{
	struct call stop = {0};

	if (host->connected && call->id)
		call_begin(&stop, host, "stop", json_pack("{s:s}", "name", name), 0);
	if (stop.id && !stop.done) /* its answer is ignored */
		host->calls = stop.next;
}

static void finish_start(struct host_start *start, struct call *call)
{
	struct host *host = start->host;
	int read_fd, write_fd;
	pid_t pid;

	start->error = call->error;
	if (!call->result) {
		remote_abandon(host, call, start->spec.name);
		return;
	}
	struct host_machine *machine =
		remote_machine(host, start->driver, start->spec.name, call->result);
	if (!machine) {
		error_set(&start->error, "%s: invalid description of a machine", host->spec.name);
	} else if (remote_attach(host, machine->name, &pid, &read_fd, &write_fd, &start->error) ==
		   0) {
		machine->agent = agent_new(machine->name, read_fd, write_fd, pid);
		machine->state->reach = pid;
		machine->state->arguments = start_arguments(start);
		start->machine = machine;
	} else {
		struct host_machine *machines[] = {machine};
		remote_stop(machines, 1);
	}
}

void remote_start(struct host_start *starts, size_t count)
{
	cleanup_free struct call *calls = mem_new(count + 1, sizeof(*calls));
	cleanup_free struct call **waited = mem_new(count + 1, sizeof(*waited));

	for (size_t i = 0; i < count; i++) {
		if (!starts[i].host->is_remote)
			continue;
		begin_start(&starts[i], &calls[i]);
		waited[i] = &calls[i];
	}
	calls_wait(waited, count, false);
	for (size_t i = 0; i < count; i++) {
		if (waited[i])
			finish_start(&starts[i], &calls[i]);
		call_end(&calls[i]);
	}
}

/* --- stopping --------------------------------------------------------------------------------- */

/* The stream of a stopped machine need not be closed in an orderly way: its reach may hang if the
 * network is down. Does nothing if the agent has reaped the process. */
static void kill_reach(const struct host_machine *machine)
{
	const struct host_machine_state *state = machine->state;
	siginfo_t info;

	if (state->reach > 0 &&
		waitid(P_PID, (id_t)state->reach, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(-state->reach, SIGKILL);
}

static void machine_end(struct host_machine *machine)
{
	struct host_machine_state *state = machine->state;

	kill_reach(machine);
	agent_free(machine->agent);
	free(state->name);
	free(state->address);
	free(state->scratch_dir);
	free(state->share_dir);
	free(state->facts_json);
	json_decref(state->arguments);
	free(state);
	free(machine);
}

bool remote_lives(const struct host_machine *machine)
{
	const struct host_machine_state *state = machine->state;

	return machine->host->connected && state->generation == machine->host->generation;
}

/* The more machines are stopped on the host, the longer each may have to wait. */
static double stop_limit_s(
	const struct host_machine *machine, struct host_machine *const *all, size_t count)
{
	size_t others = 0;

	for (size_t i = 0; i < count; i++)
		others += all[i] && all[i] != machine && all[i]->host == machine->host;
	return remote_stop_timeout_s + stop_each_s * (double)others;
}

void remote_stop(struct host_machine **machines, size_t count)
{
	cleanup_free struct call *calls = mem_new(count + 1, sizeof(*calls));
	cleanup_free struct call **waited = mem_new(count + 1, sizeof(*waited));

	for (size_t i = 0; i < count; i++) {
		if (!machines[i] || !machines[i]->host->is_remote || !remote_lives(machines[i]))
			continue;
		call_begin(&calls[i], machines[i]->host, "stop",
			json_pack("{s:s}", "name", machines[i]->name),
			stop_limit_s(machines[i], machines, count));
		waited[i] = &calls[i];
	}
	calls_wait(waited, count, true);
	for (size_t i = 0; i < count; i++) {
		if (waited[i] && !calls[i].result)
			log_warn("%s: %s", machines[i]->name, calls[i].error.text);
		call_end(&calls[i]);
		if (machines[i] && machines[i]->host->is_remote)
			machine_end(take_ptr(machines[i]));
	}
}

/* --- while they run --------------------------------------------------------------------------- */

static int ask(struct host_machine *machine, const char *verb, double timeout_s, json_t **result,
	struct error *e)
{
	if (!remote_lives(machine))
		return error_set(e, "%s",
			error_is_set(&machine->host->lost) ? machine->host->lost.text
							   : "its host was lost");
	return call_do(machine->host, verb, json_pack("{s:s}", "name", machine->name), timeout_s,
		result, e);
}

char *remote_log_tail(struct host_machine *machine)
{
	json_t *result = NULL;

	if (ask(machine, "log", quick_timeout_s, &result, NULL) < 0)
		return NULL;
	char *text = str_dup(json_string_value(json_object_get(result, "text")));
	json_decref(result);
	return text;
}

int remote_save(struct host_machine *machine, struct error *e)
{
	return ask(machine, "save", save_timeout_s, NULL, e);
}

int remote_restore(struct host_machine *machine, struct error *e)
{
	int read_fd, write_fd;
	pid_t pid;

	if (ask(machine, "restore", save_timeout_s, NULL, e) < 0 ||
		remote_attach(machine->host, machine->name, &pid, &read_fd, &write_fd, e) < 0)
		return -1;
	agent_set_stream(machine->agent, read_fd, write_fd, pid);
	machine->state->reach = pid;
	return 0;
}

int remote_counters(struct host_machine *machine, struct storage_counters *out, struct error *e)
{
	json_t *result = NULL;

	if (ask(machine, "counters", quick_timeout_s, &result, e) < 0)
		return -1;
	int status = wire_counters_read(result, out, e);
	json_decref(result);
	return status;
}
