/* Migrating a machine from one remote host to another. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "hosts/private.h"
#include "hosts/wire.h"

static const double migrate_timeout_s = 600;

/* Prepares the destination; returns the machine as expected there; NULL: failed. */
static struct host_machine *receive(
	const struct host_machine *machine, struct host *destination, struct error *e)
{
	const struct host *source = machine->host;
	const struct host_machine_state *state = machine->state;
	cleanup_free char *work_root = str_printf("%s/%s", source->spec.work_dir, source->id);
	json_t *arguments = json_copy(state->arguments);
	struct call call = {0}, *calls[] = {&call};
	struct host_machine *there = NULL;

	/* It keeps the names that it was started with, however often it migrates. */
	if (!json_object_get(arguments, "campaign")) {
		json_object_set_new(arguments, "campaign", json_string(source->id));
		json_object_set_new(arguments, "work_root", json_string(work_root));
	}
	call_begin(&call, destination, "receive", json_incref(arguments),
		remote_start_timeout_s(destination));
	calls_wait(calls, 1, false);
	if (call.result)
		there = remote_machine(destination, machine->driver, machine->name, call.result);
	if (!there) {
		*e = call.error;
		remote_abandon(destination, &call, machine->name);
		error_prefix(e, "%s cannot receive the machine", destination->spec.name);
		json_decref(arguments);
	} else {
		there->state->arguments = arguments;
	}
	call_end(&call);
	return there;
}

/* Both ends at the same time. The source's answer is awaited first: if it fails, nothing will
 * arrive. */
static int move(struct host_machine *machine, const struct host_machine *there, double *took_s,
	struct error *e)
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

/* Stops it on the source first, because it might still arrive at the destination. Afterwards the
 * object of the source only needs to be freed. */
static void stop_both(struct host_machine *machine, struct host_machine *there)
{
	struct call stop = {0}, *calls[] = {&stop};
	struct host_machine_state *state = machine->state;

	if (remote_lives(machine)) {
		call_begin(&stop, machine->host, "stop", json_pack("{s:s}", "name", machine->name),
			remote_stop_timeout_s);
		calls_wait(calls, 1, true);
		if (!stop.result)
			log_warn("%s: %s", machine->name, stop.error.text);
		call_end(&stop);
	}
	state->generation = 0;
	remote_stop(&there, 1);
}

static int migrate_check(
	const struct host_machine *machine, const struct host *destination, struct error *e)
{
	if (!destination->is_remote)
		return error_set(e, "machines migrate between remote hosts only");
	if (machine->host == destination)
		return error_set(e, "machine is already on %s", destination->spec.name);
	if (!destination->spec.address)
		return error_set(e,
			"%s has no address on the data network; add address: to the host in the "
			"site file",
			destination->spec.name);
	return remote_lives(machine) ? 0 : error_set(e, "its host was lost");
}

/* Afterwards machine is the one at the destination, and there what remains at the source. */
static void swap_ends(struct host_machine *machine, struct host_machine *there)
{
	struct host_machine moved = *there;

	*there = *machine;
	*machine = moved;
	machine->agent = there->agent;
	there->agent = NULL;
}

int remote_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e)
{
	int read_fd, write_fd;
	pid_t pid;

	if (migrate_check(machine, destination, e) < 0)
		return -1;
	struct host_machine *there = receive(machine, destination, e);
	if (!there)
		return -1;
	if (move(machine, there, took_s, e) < 0 ||
		remote_attach(destination, machine->name, &pid, &read_fd, &write_fd, e) < 0) {
		stop_both(machine, there);
		return -1;
	}
	agent_set_stream(machine->agent, read_fd, write_fd, pid);
	machine->state->reach = 0;
	there->state->reach = pid;
	swap_ends(machine, there);
	remote_stop(&there, 1);
	return 0;
}
