/* The table of sources, and a reading of all of them. */
#include "counters/counters.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/source.h"

static const struct counter_source *const sources[] = {
	&source_cpu,
	&source_processes,
	&source_pressure,
	&source_kernel,
	&source_throttle,
	&source_frequency,
	&source_scheduler,
	&source_interrupts,
	&source_softirqs,
	&source_memory,
	&source_disks,
	&source_network,
	/* They look at the processes of the same reading. */
	&source_guests,
	&source_kvm,
	&source_exit_reasons,
	&source_xen,
	/* They take the domains of the same reading. */
	&source_xen_disks,
	&source_xen_network,
	&source_cycles,
	&source_energy,
};

const char *counters_source(size_t index, const char **where)
{
	if (index >= ARRAY_COUNT(sources))
		return NULL;
	*where = sources[index]->where;
	return sources[index]->name;
}

/* --- the CPUs that are watched ---------------------------------------------------------------- */

struct cpu_set {
	unsigned *cpus;
	size_t count, capacity;
};

static void add_cpu(void *context, unsigned cpu)
{
	struct cpu_set *set = context;

	array_reserve(&set->cpus, &set->capacity, set->count + 1);
	set->cpus[set->count++] = cpu;
}

static int compare_cpus(const void *left, const void *right)
{
	unsigned a = *(const unsigned *)left, b = *(const unsigned *)right;

	return (a > b) - (a < b);
}

/* The given CPUs and, where the kernel tells, those that share a core with one of them. */
static void watch(struct counters *counters, const unsigned *cpus, size_t count)
{
	struct cpu_set set = {0};
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const char *siblings = counters_filef(counters, NULL,
			"sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpus[i]);
		add_cpu(&set, cpus[i]);
		if (siblings)
			counters_list(siblings, add_cpu, &set);
	}
	if (set.count)
		qsort(set.cpus, set.count, sizeof(*set.cpus), compare_cpus);
	for (size_t i = 0; i < set.count; i++)
		if (kept == 0 || set.cpus[i] != set.cpus[kept - 1])
			set.cpus[kept++] = set.cpus[i];
	free(counters->cpus);
	counters->cpus = set.cpus;
	counters->cpu_count = kept;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct counters *counters_new(const char *root, pid_t self)
{
	struct counters *counters = mem_new(1, sizeof(*counters));

	counters->root = str_printf("%s/", root);
	counters->root_fd = open(counters->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	counters->kernel_log_fd = -1;
	counters->hypervisor_uri = "xen:///system";
	counters->self = self;
	return counters;
}

void counters_ask_libvirt(struct counters *counters, const char *uri)
{
	counters->hypervisor_uri = uri;
}

void counters_free(struct counters *counters)
{
	if (!counters)
		return;
	exit_reasons_stop(counters);
	xen_close(counters);
	if (counters->root_fd >= 0)
		close(counters->root_fd);
	if (counters->kernel_log_fd >= 0)
		close(counters->kernel_log_fd);
	free(counters->root);
	free(counters->campaign_id);
	free(counters->cpus);
	free(counters->known);
	free(counters->own_domains);
	cycles_close(counters);
	text_free(&counters->bytes);
	free(counters);
}

static void read_sources(struct counters *counters, bool after, struct counter_list *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
		struct reading reading = {counters, sources[i]->name, after, out};
		struct error why = {""};
		if (sources[i]->read(&reading, &why) < 0)
			reading_add_gap(&reading, NULL, NULL, COUNTER_TOTAL, why.text);
	}
}

void counters_begin(
	struct counters *counters, const struct counters_scope *scope, struct counter_list *out)
{
	watch(counters, scope->cpus, scope->cpu_count);
	free(counters->campaign_id);
	counters->campaign_id = str_dup(scope->campaign_id);
	counters->wants_reasons = scope->exit_reasons;
	read_sources(counters, false, out);
}

void counters_end(struct counters *counters, struct counter_list *out)
{
	read_sources(counters, true, out);
}
