/* What disturbed the runs, from the counters of their hosts: others used the CPUs, the CPUs were
 * slowed down, the kernel warned, memory was short. Runs beyond a bound are marked; their numbers
 * stay as they are. The bounds are declared here and nowhere else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/counters.h"
#include "report/model/honesty.h"

/* Busy: others had more than this part of one CPU. The kernel samples what a CPU does and rounds
 * it: that error, about two hundredths of a second, and what the kernel itself does now and then,
 * grow with the root of the number of CPUs. */
const double disturbance_busy_share = 0.05;
static const double sampling_error_s = 0.02;
/* Throttled: below this part of the base frequency, while the CPUs worked half of the time. */
const double disturbance_frequency_bound = 0.9;
static const double working_share = 0.5;
/* Short of memory: processes waited for it in more than this part of the run. */
const double disturbance_memory_share = 0.01;

/* The counters that count here. */
enum slot {
	CLOCK,
	WATCHED,
	BUSY,
	STEAL,
	OWN,
	KERNEL_THREADS,
	WARNINGS,
	THROTTLED_CORE,
	THROTTLED_PACKAGE,
	APERF,
	MPERF,
	MEMORY_SOME,
	SLOTS
};

static const struct {
	const char *source, *name;
} slots[SLOTS] = {
	[CLOCK] = {"cpu", "clock"},
	[WATCHED] = {"cpu", "watched"},
	[BUSY] = {"cpu", "busy"},
	[STEAL] = {"cpu", "steal"},
	[OWN] = {"processes", "own"},
	[KERNEL_THREADS] = {"processes", "kernel_threads"},
	[WARNINGS] = {"kernel", "warnings"},
	[THROTTLED_CORE] = {"throttle", "core"},
	[THROTTLED_PACKAGE] = {"throttle", "package"},
	[APERF] = {"frequency", "aperf"},
	[MPERF] = {"frequency", "mperf"},
	[MEMORY_SOME] = {"pressure", "memory_some"},
};

/* One host's in a run: growth by slot, NAN where not available. */
struct host_counts {
	double at[SLOTS];
	double span_s; /* between the readings, or of the run where that is not known */
	const char *warning; /* the kernel's, or NULL */
	bool is_host; /* false: only what a guest beyond the host's first counted in itself */
};

/* CPU time that the watched CPUs gave to others, that a hypervisor kept from them included; NAN:
 * not known. Own processes may also have run on CPUs that are not watched: then it is too little,
 * never too much. */
static double others_s(const struct host_counts *counts)
{
	const double *at = counts->at;

	return fmax(0, at[BUSY] - at[OWN] - at[KERNEL_THREADS]) + at[STEAL] +
	       0 * (at[BUSY] - at[OWN] - at[KERNEL_THREADS]);
}

static bool is_busy(const struct host_counts *counts)
{
	double bound_s = disturbance_busy_share * counts->span_s + sampling_error_s;

	return others_s(counts) > bound_s * sqrt(counts->at[WATCHED]);
}

static bool is_throttled(const struct host_counts *counts)
{
	const double *at = counts->at;
	double worked = at[BUSY] / (at[WATCHED] * counts->span_s);
	bool slow = at[APERF] < disturbance_frequency_bound * at[MPERF];

	return at[THROTTLED_CORE] > 0 || at[THROTTLED_PACKAGE] > 0 ||
	       (slow && worked > working_share);
}

static unsigned marks_of(const struct host_counts *counts)
{
	unsigned marks = 0;

	if (is_busy(counts))
		marks |= RUN_BUSY;
	if (is_throttled(counts))
		marks |= RUN_THROTTLED;
	if (counts->at[WARNINGS] > 0)
		marks |= RUN_WARNED;
	if (counts->at[MEMORY_SOME] > disturbance_memory_share * counts->span_s)
		marks |= RUN_STALLED;
	return marks;
}

/* --- over all runs ------------------------------------------------------------------------------
 */

/* By data counter: its slot, or SLOTS. Caller frees. */
static enum slot *slots_of(const struct store_data *data)
{
	enum slot *found = mem_new(data->counter_count + 1, sizeof(*found));

	for (size_t i = 0; i < data->counter_count; i++) {
		const struct data_counter *counter = &data->counters[i];
		size_t s = 0;
		while (s < SLOTS && (strcmp(slots[s].source, counter->source) != 0 ||
					    strcmp(slots[s].name, counter->name) != 0))
			s++;
		found[i] = (enum slot)s;
	}
	return found;
}

static bool is_of_guest(const struct data_counter *counter)
{
	static const char prefix[] = "guest_";

	return strncmp(counter->source, prefix, strlen(prefix)) == 0;
}

/* What one host counted in a run, from the reading at *next on, which is moved beyond it. */
static struct host_counts counts_of(
	const struct store_data *data, const enum slot *slot_of, size_t end, size_t *next)
{
	const struct data_reading *first = &data->readings[*next];
	struct host_counts counts = {.span_s = clock_span_s(&data->runs[first->run_index])};

	for (size_t s = 0; s < SLOTS; s++)
		counts.at[s] = NAN;
	for (; *next < end && data->readings[*next].machine == first->machine; ++*next) {
		const struct data_reading *reading = &data->readings[*next];
		enum slot slot = slot_of[reading->counter_index];
		counts.is_host |= !is_of_guest(&data->counters[reading->counter_index]);
		if (slot == SLOTS)
			continue;
		counts.at[slot] = counters_growth(data, reading);
		if (slot == WARNINGS)
			counts.warning = reading->note;
	}
	if (counts.at[CLOCK] > 0)
		counts.span_s = counts.at[CLOCK];
	return counts;
}

void model_mark_runs(struct report_model *model)
{
	const struct store_data *data = model->data;
	cleanup_free enum slot *slot_of = slots_of(data);

	counters_find_runs(model);
	model->run_marks = model_new(model, data->run_count, sizeof(*model->run_marks));
	for (size_t i = 0; i < data->run_count; i++)
		for (size_t next = model->first_readings[i]; next < model->first_readings[i + 1];) {
			struct host_counts counts =
				counts_of(data, slot_of, model->first_readings[i + 1], &next);
			model->run_marks[i] |= marks_of(&counts);
		}
}

/* --- for the honesty of a target ---------------------------------------------------------------
 */

struct sums {
	double others_s, cpu_s;
};

static void add_host(struct report_model *model, const struct host_counts *counts,
	struct report_honesty *honesty, struct sums *sums)
{
	/* The kernel counts in ticks, which are coarse for a short run. */
	double cpu_s = counts->span_s * counts->at[WATCHED], used_s = fmin(others_s(counts), cpu_s);

	if (counts->warning && !honesty->warning)
		honesty->warning = model_text(model, counts->warning);
	if (!isfinite(others_s(counts)) || !(cpu_s > 0))
		return;
	sums->others_s += used_s;
	sums->cpu_s += cpu_s;
	honesty->others_high = fmax(honesty->others_high, used_s / cpu_s);
}

/* Whether the run's hosts reported how much CPU time others had: all of them, or one that was busy.
 */
static bool add_run(struct report_model *model, const enum slot *slot_of, size_t run,
	struct report_honesty *honesty, struct sums *sums)
{
	size_t next = model->first_readings[run], end = model->first_readings[run + 1];
	bool known = next < end;

	while (next < end) {
		struct host_counts counts = counts_of(model->data, slot_of, end, &next);
		known = known && (!counts.is_host || isfinite(others_s(&counts)));
		add_host(model, &counts, honesty, sums);
	}
	return known || (model->run_marks[run] & RUN_BUSY);
}

void disturbance_judge(struct report_model *model, struct report_honesty *honesty)
{
	const struct store_data *data = model->data;
	cleanup_free enum slot *slot_of = slots_of(data);
	struct sums sums = {0};

	honesty->others = honesty->others_high = NAN;
	for (size_t i = 0; i < data->run_count; i++) {
		unsigned marks = model->run_marks[i];
		if (data->cells[data->runs[i].cell_index].target_index != honesty->target)
			continue;
		honesty->watched_runs += add_run(model, slot_of, i, honesty, &sums);
		honesty->busy_runs += (marks & RUN_BUSY) != 0;
		honesty->throttled_runs += (marks & RUN_THROTTLED) != 0;
		honesty->warned_runs += (marks & RUN_WARNED) != 0;
		honesty->stalled_runs += (marks & RUN_STALLED) != 0;
	}
	if (sums.cpu_s > 0)
		honesty->others = sums.others_s / sums.cpu_s;
}
