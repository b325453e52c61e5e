/* The table of sources, and a reading of all of them. */
#include "counters/counters.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
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
};

static const char *const kind_texts[] = {
	[COUNTER_TOTAL] = "total", [COUNTER_TOTAL_32] = "total32", [COUNTER_LEVEL] = "level"};

const char *counter_kind_text(enum counter_kind kind)
{
	return kind_texts[kind];
}

int counter_kind_read(const char *text, enum counter_kind *kind)
{
	for (size_t i = 0; i < ARRAY_COUNT(kind_texts); i++)
		if (strcmp(kind_texts[i], text) == 0) {
			*kind = (enum counter_kind)i;
			return 0;
		}
	return -1;
}

const char *counters_source(size_t index, const char **where)
{
	if (index >= ARRAY_COUNT(sources))
		return NULL;
	*where = sources[index]->where;
	return sources[index]->name;
}

/* --- lists ----------------------------------------------------------------------------------- */

void counter_list_add(struct counter_list *list, const struct counter *counter)
{
	array_reserve(&list->items, &list->capacity, list->count + 1);
	list->items[list->count++] = (struct counter){
		.source = str_dup(counter->source),
		.name = str_dup(counter->name),
		.unit = str_dup(counter->unit),
		.kind = counter->kind,
		.value = counter->value,
		.note = str_dup(counter->note),
	};
}

void counter_list_free(struct counter_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct counter *counter = &list->items[i];
		const char *const strings[] = {
			counter->source, counter->name, counter->unit, counter->note};
		for (size_t s = 0; s < ARRAY_COUNT(strings); s++)
			free((char *)strings[s]);
	}
	free(list->items);
	*list = (struct counter_list){0};
}

void reading_add(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, double value)
{
	struct counter counter = {reading->source, name, unit, kind, value, NULL};

	counter_list_add(reading->out, &counter);
}

void reading_add_gap(struct reading *reading, const char *name, const char *unit,
	enum counter_kind kind, const char *why)
{
	struct counter counter = {reading->source, name, unit, kind, NAN, why};

	counter_list_add(reading->out, &counter);
}

/* --- the CPUs that are watched ---------------------------------------------------------------- */

bool counters_watches(const struct counters *counters, unsigned cpu)
{
	size_t low = 0, high = counters->cpu_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (counters->cpus[middle] == cpu)
			return true;
		if (counters->cpus[middle] < cpu)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

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
	counters->self = self;
	return counters;
}

void counters_free(struct counters *counters)
{
	if (!counters)
		return;
	if (counters->root_fd >= 0)
		close(counters->root_fd);
	if (counters->kernel_log_fd >= 0)
		close(counters->kernel_log_fd);
	free(counters->root);
	free(counters->campaign_id);
	free(counters->cpus);
	free(counters->known);
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
	read_sources(counters, false, out);
}

void counters_end(struct counters *counters, struct counter_list *out)
{
	read_sources(counters, true, out);
}
