/* The machines of a service and their states. An entry belongs to the thread that made it BUSY,
 * STARTING or STOPPING; the lock is never held while a driver works. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "hosts/here.h"
#include "hosts/leftovers.h"
#include "hosts/service.h"
#include "hosts/service_socket.h"
#include "hosts/wire.h"
#include "hosts/work_root.h"

static const double arrive_limit_s = 600;

struct stopping {
	struct service *service;
	struct entry *entry;
	json_int_t id; /* 0: no request */
};

static struct entry *find(const struct service *service, const char *name)
{
	struct entry *entry = service->entries;

	while (entry && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

/* Ends its tare-attach, which would keep the machine's stream open. */
static void detach(struct entry *entry)
{
	if (entry->attached_fd < 0)
		return;
	shutdown(entry->attached_fd, SHUT_RDWR);
	close(take_fd(&entry->attached_fd));
}

static void entry_remove(struct service *service, struct entry *entry)
{
	struct entry **at = &service->entries;

	pthread_mutex_lock(&service->mutex);
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	detach(entry);
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
	free(entry->name);
	free(entry->work_dir);
	free(entry);
}

/* --- stopping --- */

static void *stop_thread(void *context)
{
	struct stopping *stopping = context;
	struct service *service = stopping->service;
	struct error e = {""};

	machine_stop(stopping->entry->machine);
	int status = dir_remove(stopping->entry->work_dir, &e);
	entry_remove(service, stopping->entry);
	if (stopping->id)
		service_answer(service, stopping->id, status < 0 ? NULL : json_object(), &e);
	free(stopping);
	return NULL;
}

/* The entry is STOPPING by now. */
static void stop_entry(struct service *service, struct entry *entry, json_int_t id)
{
	struct stopping *stopping = mem_new(1, sizeof(*stopping));
	pthread_t thread;

	*stopping = (struct stopping){service, entry, id};
	if (pthread_create(&thread, NULL, stop_thread, stopping) == 0)
		pthread_detach(thread);
	else
		stop_thread(stopping);
}

/* With the lock held. Whether the entry is the caller's to stop. */
static bool want_stop(struct entry *entry, json_int_t id)
{
	detach(entry);
	if (entry->state == MACHINE_RUNS) {
		entry->state = MACHINE_STOPPING;
		return true;
	}
	if (entry->state != MACHINE_STOPPING) {
		entry->stop_wanted = true;
		entry->stop_request = id;
	}
	return false;
}

void registry_stop(struct service *service, json_int_t id, const char *name)
{
	struct error e = {""};

	pthread_mutex_lock(&service->mutex);
	struct entry *entry = find(service, name);
	bool stopping = entry && entry->state == MACHINE_STOPPING;
	bool ours = entry && want_stop(entry, id);
	pthread_mutex_unlock(&service->mutex);
	if (ours)
		stop_entry(service, entry, id);
	if (entry && !stopping)
		return;
	error_set(&e, "%s: %s", name, entry ? "is being stopped already" : "no such machine");
	service_answer(service, id, NULL, &e);
}

/* After work on a BUSY or STARTING entry: it runs, unless it is to be stopped. */
static void release(struct service *service, struct entry *entry)
{
	pthread_mutex_lock(&service->mutex);
	bool stop_wanted = entry->stop_wanted || service->leaving;
	entry->state = stop_wanted ? MACHINE_STOPPING : MACHINE_RUNS;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
	if (stop_wanted)
		stop_entry(service, entry, entry->stop_request);
}

bool registry_stop_all(struct service *service, double timeout_s)
{
	struct timespec deadline;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += (time_t)timeout_s;
	pthread_mutex_lock(&service->mutex);
	for (struct entry *entry = service->entries, *next; entry; entry = next) {
		next = entry->next;
		if (!want_stop(entry, 0))
			continue;
		pthread_mutex_unlock(&service->mutex);
		stop_entry(service, entry, 0);
		pthread_mutex_lock(&service->mutex);
		next = service->entries; /* the list may have changed */
	}
	while (service->entries && late == 0)
		late = pthread_cond_clockwait(
			&service->changed, &service->mutex, CLOCK_MONOTONIC, &deadline);
	bool none = !service->entries;
	pthread_mutex_unlock(&service->mutex);
	return none;
}

/* --- starting --- */

static struct entry *entry_add(struct service *service, const char *name, struct error *e)
{
	struct entry *entry = NULL;

	pthread_mutex_lock(&service->mutex);
	if (!name[0] || strlen(name) > 200 || strchr(name, '/') || name[0] == '.') {
		error_set(e, "\"%s\": invalid machine name", name);
	} else if (find(service, name)) {
		error_set(e, "%s: machine exists already", name);
	} else {
		entry = mem_new(1, sizeof(*entry));
		entry->name = str_dup(name);
		entry->work_dir = str_printf("%s/%s", service->work_root, name);
		entry->attached_fd = -1;
		entry->next = service->entries;
		service->entries = entry;
	}
	pthread_mutex_unlock(&service->mutex);
	return entry;
}

static json_t *describe(const struct machine *machine)
{
	return json_pack("{s:s*, s:s*, s:s*, s:s*, s:b}", "address", machine->address,
		"scratch_dir", machine->scratch_dir, "share_dir", machine->share_dir, "facts",
		machine->facts_json, "emulated", machine->emulated);
}

/* Starts the machine, or receives it if it belongs to another id. */
static int start_with(struct service *service, struct entry *entry, struct machine_spec *spec,
	const json_t *request, struct error *e)
{
	bool is_others = spec->campaign_id != NULL;
	const char *name = json_string_value(json_object_get(request, "driver"));
	const struct driver *driver = name ? driver_find(name) : NULL;

	if (!driver)
		return error_set(e, "no driver %s in this build", name ? name : "");
	void *options = wire_options_read(driver, json_object_get(request, "options"), e);
	if (!options)
		return -1;
	if (!is_others)
		spec->campaign_id = service->id;
	spec->image = service->image;
	spec->network = service->network;
	spec->work_dir = entry->work_dir;
	spec->agent_path =
		json_is_true(json_object_get(request, "agent")) ? service->agent_path : NULL;
	spec->options = options;
	int status = dir_make(entry->work_dir, e);
	if (status == 0 && is_others && !driver->receive)
		status = error_set(e, "driver %s cannot receive machines", driver->name);
	else if (status == 0)
		status = (is_others ? driver->receive : driver->start)(spec, &entry->machine, e);
	options_free(driver->options, options);
	return status;
}

/* other: the id that the machine belongs to; NULL: the service's own. */
static json_t *begin(struct service *service, const struct other_id *other, const json_t *request,
	struct error *e)
{
	struct machine_spec spec = {0};
	cleanup_free unsigned *pin = NULL;

	if (wire_spec_read(json_object_get(request, "spec"), &spec, &pin, e) < 0)
		return NULL;
	struct entry *entry = entry_add(service, spec.name, e);
	if (!entry)
		return NULL;
	if (other) {
		spec.campaign_id = other->id;
		free(entry->work_dir);
		entry->work_dir = str_printf("%s/%s", other->work_root, spec.name);
	}
	int status = start_with(service, entry, &spec, request, e);
	json_t *description = status < 0 ? NULL : describe(entry->machine);
	if (status < 0) {
		entry->machine = NULL;
		dir_remove(entry->work_dir, NULL);
		entry_remove(service, entry);
	} else {
		release(service, entry);
	}
	return description;
}

json_t *registry_start(struct service *service, const json_t *request, struct error *e)
{
	return begin(service, NULL, request, e);
}

/* --- from other hosts --- */

/* A work directory must end in the id, so that nothing else can be removed. */
static bool work_root_valid(const char *work_root, const char *id)
{
	const char *name = strrchr(work_root, '/');

	return work_root[0] == '/' && strcmp(name + 1, id) == 0 && !strstr(work_root, "/../");
}

/* Owns the id on this host, as the service owns its own, so that it is cleaned up after a kill. */
static const struct other_id *other_id_own(
	struct service *service, const char *id, const char *work_root, struct error *e)
{
	for (const struct other_id *at = service->other_ids; at; at = at->next) {
		if (strcmp(at->id, id) == 0)
			return at;
	}
	if (drivers_own(id, e) < 0) {
		error_prefix(e, "the id of the machine's first host is in use on this host");
		return NULL;
	}
	struct other_id *other = mem_new(1, sizeof(*other));
	cleanup_free char *note = str_printf("/run/tare/%s/work_root", id);
	other->id = str_dup(id);
	other->work_root = str_dup(work_root);
	pthread_mutex_lock(&service->mutex);
	other->next = service->other_ids;
	service->other_ids = other;
	pthread_mutex_unlock(&service->mutex);
	bool marked = work_root_make(work_root, e) == 0 &&
		      file_write(note, work_root, strlen(work_root), e) == 0;
	return marked ? other : NULL;
}

json_t *registry_receive(struct service *service, const json_t *request, struct error *e)
{
	const char *id = json_string_value(json_object_get(request, "campaign"));
	const char *work_root = json_string_value(json_object_get(request, "work_root"));

	if (!id || !work_root || !work_root_valid(work_root, id)) {
		error_set(e, "the request to receive a machine is invalid");
		return NULL;
	}
	/* A machine that returns belongs to this service. */
	const struct other_id own = {.id = (char *)service->id, .work_root = service->work_root};
	bool comes_back = strcmp(id, service->id) == 0;
	const struct other_id *other = comes_back ? &own : other_id_own(service, id, work_root, e);
	return other ? begin(service, other, request, e) : NULL;
}

void registry_clean_other_ids(struct service *service)
{
	pthread_mutex_lock(&service->mutex);
	struct other_id *other_ids = take_ptr(service->other_ids);
	pthread_mutex_unlock(&service->mutex);
	while (other_ids) {
		struct other_id *other = other_ids;
		other_ids = other->next;
		leftovers_remove_id(other->id, other->work_root);
		free(other->id);
		free(other->work_root);
		free(other);
	}
}

/* --- while it runs --- */

/* The entry named by the request, BUSY from now on; NULL: no such running machine. */
static struct entry *hold(struct service *service, const json_t *request, struct error *e)
{
	const char *name = json_string_value(json_object_get(request, "name"));

	pthread_mutex_lock(&service->mutex);
	struct entry *entry = name ? find(service, name) : NULL;
	if (entry && entry->state == MACHINE_RUNS)
		entry->state = MACHINE_BUSY;
	else
		entry = NULL;
	pthread_mutex_unlock(&service->mutex);
	if (!entry)
		error_set(e, "%s: no such running machine", name ? name : "");
	return entry;
}

static json_t *done(struct service *service, struct entry *entry, int status)
{
	release(service, entry);
	return status < 0 ? NULL : json_object();
}

json_t *registry_save(struct service *service, const json_t *request, struct error *e)
{
	struct entry *entry = hold(service, request, e);

	if (!entry)
		return NULL;
	pthread_mutex_lock(&service->mutex);
	detach(entry);
	pthread_mutex_unlock(&service->mutex);
	const struct driver *driver = entry->machine->driver;
	int status = driver->save ? driver->save(entry->machine, e)
				  : error_set(e, "driver %s cannot save", driver->name);
	return done(service, entry, status);
}

json_t *registry_restore(struct service *service, const json_t *request, struct error *e)
{
	struct entry *entry = hold(service, request, e);

	if (!entry)
		return NULL;
	const struct driver *driver = entry->machine->driver;
	int status = driver->restore ? driver->restore(entry->machine, e)
				     : error_set(e, "driver %s cannot restore", driver->name);
	return done(service, entry, status);
}

static bool is_to_stop(struct service *service, const struct entry *entry)
{
	pthread_mutex_lock(&service->mutex);
	bool stop_wanted = entry->stop_wanted || service->leaving;
	pthread_mutex_unlock(&service->mutex);
	return stop_wanted;
}

/* Waits until the machine has arrived, or until it is stopped because the migration failed. */
json_t *registry_arrive(struct service *service, const json_t *request, struct error *e)
{
	struct entry *entry = hold(service, request, e);
	double deadline_s = clock_monotonic_s() + arrive_limit_s;
	int status = -1;

	if (!entry)
		return NULL;
	const struct driver *driver = entry->machine->driver;
	while (driver->arrive && status < 0 && !is_to_stop(service, entry) &&
		clock_monotonic_s() < deadline_s) {
		*e = (struct error){""};
		status = driver->arrive(entry->machine, e);
	}
	if (status < 0)
		error_prefix(e, "machine has not arrived");
	return done(service, entry, status);
}

json_t *registry_migrate(struct service *service, const json_t *request, struct error *e)
{
	const struct migration migration = {
		.address = json_string_value(json_object_get(request, "address"))};
	struct entry *entry = hold(service, request, e);

	if (!entry)
		return NULL;
	const struct driver *driver = entry->machine->driver;
	double begun_s = clock_monotonic_s();
	int status = driver->migrate ? driver->migrate(entry->machine, &migration, e)
				     : error_set(e, "driver %s cannot migrate", driver->name);
	double took_s = clock_monotonic_s() - begun_s;
	release(service, entry);
	return status < 0 ? NULL : json_pack("{s:f}", "seconds", took_s);
}

json_t *registry_log(struct service *service, const json_t *request, struct error *e)
{
	struct entry *entry = hold(service, request, e);
	size_t count = 0;

	if (!entry)
		return NULL;
	cleanup_free char *tail = here_file_tail(entry->machine->log_path, &count);
	release(service, entry);
	if (!tail) {
		error_set(e, "no console log");
		return NULL;
	}
	return json_pack("{s:o}", "text", wire_text(tail, count));
}

json_t *registry_counters(struct service *service, const json_t *request, struct error *e)
{
	struct entry *entry = hold(service, request, e);
	struct storage_counters counters = {0};

	if (!entry)
		return NULL;
	const struct driver *driver = entry->machine->driver;
	int status = driver->storage_counters
			     ? driver->storage_counters(entry->machine, &counters, e)
			     : error_set(e, "driver %s has no storage counters", driver->name);
	release(service, entry);
	return status < 0 ? NULL : wire_counters(&counters);
}

void registry_attach(struct service *service, const char *name, int socket_fd)
{
	int read_fd, write_fd;

	pthread_mutex_lock(&service->mutex);
	struct entry *entry = find(service, name);
	/* The state is checked first: another thread frees the machine of an entry that is
	 * stopping. */
	if (entry && entry->state == MACHINE_RUNS && entry->machine && entry->machine->agent) {
		detach(entry); /* an earlier one, whose reach was cut */
		agent_stream(entry->machine->agent, &read_fd, &write_fd);
		if (service_socket_send(socket_fd, read_fd, write_fd) == 0)
			entry->attached_fd = take_fd(&socket_fd);
	}
	pthread_mutex_unlock(&service->mutex);
	if (socket_fd >= 0)
		close(socket_fd);
}
