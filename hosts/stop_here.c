/* Stopping machines of this process, all at once: a guest's end takes a second or two, in which there
 * is nothing to do but to wait. Drivers' stops may be called by any thread, and children of the
 * threads here do not outlive the stop that made them. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/log.h"
#include "hosts/private.h"

enum { STOPPERS_MAX = 64 };

struct stopping {
	struct machine **machines;
	size_t count;
	atomic_size_t next; /* not yet taken by anybody */
};

static void stop_one(struct machine *machine)
{
	struct error e = {""};
	cleanup_free char *work_dir =
		machine->host ? machine_work_dir(machine->host, machine->name) : NULL;

	machine->driver->stop(machine);
	if (work_dir && dir_remove(work_dir, &e) < 0)
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

void stop_here(struct machine **machines, size_t count)
{
	struct stopping stopping = {.machines = machines, .count = count};
	pthread_t threads[STOPPERS_MAX];
	size_t made = 0;

	/* This thread is one of them, and alone where there are no others to be had. */
	while (made + 1 < count && made < STOPPERS_MAX &&
		pthread_create(&threads[made], NULL, stop_some, &stopping) == 0)
		made++;
	stop_some(&stopping);
	while (made > 0)
		pthread_join(threads[--made], NULL);
}
