/* A machine for measurements by hand. */
#include "tests/perf/machine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"

enum { MEMORY_BYTES = 512 << 20, SCRATCH_BYTES = 512 << 20 };

int perf_open(struct perf_host *host, const char *directory, bool network, struct error *e)
{
	*host = (struct perf_host){.work_dir = NULL};
	if (geteuid() != 0)
		return error_set(e, "must be root to start machines; try sudo");
	snprintf(host->id, sizeof(host->id), "p%d", (int)getpid());
	host->work_dir = str_printf("%s/tare-perf-%s", directory, host->id);
	if (image_open(NULL, &host->image, e) < 0 || dir_make(host->work_dir, e) < 0)
		return -1;
	return network ? network_new(host->id, &host->network, e) : 0;
}

static void ignore(void *context, const char *line)
{
	(void)context;
	(void)line;
}

void perf_close(struct perf_host *host)
{
	network_free(host->network);
	image_free(host->image);
	if (host->work_dir) {
		drivers_clean(host->id, ignore, NULL, NULL);
		dir_remove(host->work_dir, NULL);
	}
	free(host->work_dir);
}

static int set_options(
	const struct driver *driver, void *options, const char *const *settings, struct error *e)
{
	int status = 0;

	for (; status == 0 && settings && *settings; settings++) {
		cleanup_free char *name = str_dup(*settings);
		char *value = strchr(name, '=');
		*value++ = '\0';
		status = option_set(option_find(driver->options, name), options, value, e);
	}
	return status;
}

struct machine *perf_start(struct perf_host *host, const char *target_name, unsigned cpus,
	double *start_s, struct error *e)
{
	return perf_start_with(host, target_name, NULL, cpus, start_s, e);
}

struct machine *perf_start_with(struct perf_host *host, const char *target_name,
	const char *const *settings, unsigned cpus, double *start_s, struct error *e)
{
	const struct target *target = target_find(target_name);
	const struct driver *driver = driver_find(target->driver);
	cleanup_free char *work_dir = str_printf("%s/%s", host->work_dir, target_name);
	cleanup_free char *address = host->network ? network_address(host->network, 0) : NULL;
	struct machine *machine = NULL;
	void *options = target_options(target);
	const struct machine_spec spec = {
		.campaign_id = host->id,
		.name = target_name,
		.cpus = cpus,
		.memory_bytes = MEMORY_BYTES,
		.scratch_bytes = SCRATCH_BYTES,
		.image = host->image,
		.network = host->network,
		.address = driver->caps & CAP_OWN_NETWORK ? address : NULL,
		.work_dir = work_dir,
		.agent_path = PERF_AGENT,
		.options = options,
	};
	int status = set_options(driver, options, settings, e);

	if (status == 0 && driver->probe)
		status = driver->probe(options, host->image, e);
	if (status == 0)
		status = dir_make(work_dir, e);
	if (start_s)
		*start_s = clock_monotonic_s();
	if (status == 0)
		status = driver->start(&spec, &machine, e);
	options_free(driver->options, options);
	return status < 0 ? NULL : machine;
}
