/* How far the machines' clocks may be believed: the change of a clock's offset from the host's over
 * single runs, which flags the run's samples, and over whole blocks, which is precise enough for a
 * verdict; of several machines the worst counts. Knows only the times that the agent's probes left
 * in the runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "stats/quantile.h"

/* A run is flagged where its clock surely went wrong by more than this part of its length: 100 ppm
 * is what a bad crystal has, and less than what any verdict is about. */
const double clock_drift_bound = 1e-4;
/* The same for the run's length by both clocks. The host's holds the time to say that it ended: on
 * a busy machine that message waits for a CPU. */
const double clock_gap_bound = 1e-2;
static const double late_s = 0.05;
/* A clock jumps where it left its own pace by more than this, and by more than what a time daemon
 * gives it softly (500 ppm, both ways). */
static const double jump_s = 0.01, slew = 1e-3;
/* Below this a drift cannot be told from a time daemon at work. */
static const double keeps_bound = 1e-5;

static const double ns_per_s = 1e9;

double clock_span_s(const struct data_run *run)
{
	return (double)(run->ended_ns - run->started_ns) / ns_per_s;
}

size_t clock_count(const struct report_model *model, size_t run)
{
	return model->first_clocks[run + 1] - model->first_clocks[run];
}

struct clock_reading clock_at(
	const struct report_model *model, size_t run, size_t index, unsigned *machine)
{
	const struct data_clock *clock = &model->data->clocks[model->first_clocks[run] + index];

	*machine = clock->machine;
	return (struct clock_reading){
		clock->offset_before_s, clock->offset_after_s, clock->error_s};
}

/* Two probes, each wrong by half the worse one's round trip at the most; 0 where that was not
 * recorded. */
static double error_of(const struct clock_reading *reading)
{
	return reading->error_s > 0 ? 2 * reading->error_s : 0;
}

static double change_of(const struct clock_reading *reading)
{
	return reading->after_s - reading->before_s;
}

/* Without a job's time nothing was timed in the probed machine: its clock falsifies no value. */
static bool is_flagged(const struct report_model *model, size_t index)
{
	const struct data_run *run = &model->data->runs[index];
	double gap = fmax(run->guest_s - run->host_s, run->host_s - run->guest_s - late_s);
	double gap_error = 0;
	unsigned machine;

	if (!(run->host_s > 0))
		return false;
	for (size_t i = 0; i < clock_count(model, index); i++) {
		struct clock_reading reading = clock_at(model, index, i, &machine);
		double error = error_of(&reading);
		if (machine == 0)
			gap_error = error;
		if (fabs(change_of(&reading)) - error > clock_drift_bound * clock_span_s(run))
			return true;
	}
	return gap - gap_error > clock_gap_bound * run->host_s;
}

/* Clocks are in the order of their runs. */
static void find_first_clocks(struct report_model *model)
{
	const struct store_data *data = model->data;
	size_t at = 0;

	model->first_clocks = model_new(model, data->run_count + 1, sizeof(*model->first_clocks));
	for (size_t run = 0; run <= data->run_count; run++) {
		while (at < data->clock_count && data->clocks[at].run_index < run)
			at++;
		model->first_clocks[run] = at;
	}
}

void model_flag_clocks(struct report_model *model)
{
	const struct store_data *data = model->data;

	find_first_clocks(model);
	model->clock_flags = model_new(model, data->run_count, sizeof(*model->clock_flags));
	for (size_t i = 0; i < data->run_count; i++)
		model->clock_flags[i] = is_flagged(model, i);
}

/* --- the verdict ---------------------------------------------------------------------------------
 */

/* Runs that followed each other in one boot of the machine: from the first one's first probe to the
 * last one's last. */
struct stretch {
	const struct data_run *first, *last; /* NULL: none */
	struct clock_reading at_first, at_last;
};

static double stretch_s(const struct stretch *stretch)
{
	return stretch->first
		       ? (double)(stretch->last->ended_ns - stretch->first->started_ns) / ns_per_s
		       : 0;
}

static double jump_bound_s(double span_s)
{
	return fmax(jump_s, slew * span_s);
}

/* When the campaign was continued, and so had all its machines started anew. */
struct continuations {
	int64_t *times_ns;
	size_t count;
};

static struct continuations find_continuations(const struct store_data *data)
{
	struct continuations found = {
		.times_ns = mem_new(data->event_count + 1, sizeof(*found.times_ns))};

	for (size_t i = 0; i < data->event_count; i++)
		if (strcmp(data->events[i].kind, "continued") == 0)
			found.times_ns[found.count++] = data->events[i].time_ns;
	return found;
}

/* Whether the machine was not started anew between the stretch and a run: a continued campaign did
 * that, and a clock that is elsewhere than before tells. */
static bool same_boot(const struct continuations *continuations, const struct stretch *before,
	const struct data_run *run, const struct clock_reading *reading)
{
	double between_s = (double)(run->started_ns - before->last->ended_ns) / ns_per_s;
	double moved_s = fabs(reading->before_s - before->at_last.after_s);
	double error_s = (error_of(&before->at_last) + error_of(reading)) / 2;

	for (size_t i = 0; i < continuations->count; i++)
		if (continuations->times_ns[i] >= before->last->ended_ns &&
			continuations->times_ns[i] <= run->started_ns)
			return false;
	return moved_s <= jump_bound_s(between_s) + error_s;
}

/* The run's machine of that number; false: it took no part in the run. */
static bool reading_of(const struct report_model *model, size_t run, unsigned machine,
	struct clock_reading *reading)
{
	size_t low = 0, high = clock_count(model, run);
	unsigned found = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		*reading = clock_at(model, run, middle, &found);
		if (found == machine)
			return true;
		if (found < machine)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* The longest stretch of one machine of one target in every block: longest[block]; now is room for
 * as many. A block's runs are in the order in which they were done; after one that lacks a probe
 * its machine may have been another. */
static void find_stretches(const struct report_model *model, size_t target, unsigned machine,
	struct stretch *now, struct stretch *longest)
{
	const struct store_data *data = model->data;
	struct continuations continuations = find_continuations(data);

	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		struct stretch *own = &now[run->block_index];
		struct clock_reading reading;
		if (data->cells[run->cell_index].target_index != target ||
			!reading_of(model, i, machine, &reading))
			continue;
		if (!isfinite(change_of(&reading))) {
			*own = (struct stretch){0};
			continue;
		}
		if (!own->last || !same_boot(&continuations, own, run, &reading)) {
			own->first = run;
			own->at_first = reading;
		}
		own->last = run;
		own->at_last = reading;
		if (stretch_s(own) > stretch_s(&longest[run->block_index]))
			longest[run->block_index] = *own;
	}
	free(continuations.times_ns);
}

/* Medians over blocks of one machine's drift and of its uncertainty; NAN: unknown. */
static void measure_pace(const struct report_model *model, size_t target, unsigned machine,
	double *pace, double *pace_error)
{
	size_t block_count = model->data->block_count, count = 0;
	cleanup_free struct stretch *now = mem_new(block_count + 1, sizeof(*now));
	cleanup_free struct stretch *longest = mem_new(block_count + 1, sizeof(*longest));
	cleanup_free double *drifts = mem_new(block_count + 1, sizeof(*drifts));
	cleanup_free double *errors = mem_new(block_count + 1, sizeof(*errors));

	find_stretches(model, target, machine, now, longest);
	for (size_t b = 0; b < block_count; b++) {
		const struct stretch *stretch = &longest[b];
		double span_s = stretch_s(stretch);
		if (!(span_s > 0))
			continue;
		drifts[count] = (stretch->at_last.after_s - stretch->at_first.before_s) / span_s;
		errors[count++] =
			fmax(error_of(&stretch->at_first), error_of(&stretch->at_last)) / span_s;
	}
	*pace = count ? quantile_median(drifts, count) : NAN;
	*pace_error = count ? quantile_median(errors, count) : NAN;
}

/* jumped: data run → whether any machine's clock did so in it. */
static void find_jumps(const struct report_model *model, size_t target, unsigned machine,
	double pace, bool *jumped)
{
	const struct store_data *data = model->data;

	for (size_t i = 0; i < data->run_count; i++) {
		struct clock_reading reading;
		double span_s = clock_span_s(&data->runs[i]);
		if (data->cells[data->runs[i].cell_index].target_index != target ||
			!reading_of(model, i, machine, &reading))
			continue;
		if (fabs(change_of(&reading) - pace * span_s) >
			jump_bound_s(span_s) + error_of(&reading))
			jumped[i] = true;
	}
}

/* The least number, from one on, of the target's machines that have a clock; -1: none. Numbers of a
 * file from elsewhere may have gaps of any size. */
static int64_t next_machine(const struct report_model *model, size_t target, int64_t least)
{
	const struct store_data *data = model->data;
	int64_t found = -1;

	for (size_t i = 0; i < data->clock_count; i++) {
		const struct data_clock *clock = &data->clocks[i];
		const struct data_run *run = &data->runs[clock->run_index];
		if (data->cells[run->cell_index].target_index == target &&
			clock->machine >= least && (found < 0 || clock->machine < found))
			found = clock->machine;
	}
	return found;
}

/* How much of a drift is sure. */
static double sure_drift(double pace, double pace_error)
{
	return fabs(pace) - pace_error;
}

/* A team keeps time as well as the worst of its machines. */
static void judge_machines(
	const struct report_model *model, struct report_honesty *honesty, bool *jumped)
{
	int64_t number = -1;

	while ((number = next_machine(model, honesty->target, number + 1)) >= 0) {
		unsigned machine = (unsigned)number;
		double pace, pace_error;
		measure_pace(model, honesty->target, machine, &pace, &pace_error);
		find_jumps(model, honesty->target, machine, pace, jumped);
		if (isnan(pace) || sure_drift(pace, pace_error) <=
					   sure_drift(honesty->pace, honesty->pace_error))
			continue;
		honesty->pace = pace;
		honesty->pace_error = pace_error;
	}
}

bool clock_is_drift(const struct report_honesty *honesty)
{
	return fabs(honesty->pace) > fmax(keeps_bound, honesty->pace_error);
}

void clock_judge(const struct report_model *model, struct report_honesty *honesty)
{
	const struct store_data *data = model->data;
	cleanup_free bool *jumped = mem_new(data->run_count + 1, sizeof(*jumped));

	honesty->pace = honesty->pace_error = NAN;
	honesty->clock = CLOCK_UNKNOWN;
	judge_machines(model, honesty, jumped);
	for (size_t i = 0; i < data->run_count; i++) {
		bool own = data->cells[data->runs[i].cell_index].target_index == honesty->target;
		honesty->flagged_runs += own && model->clock_flags[i];
		honesty->jumps += jumped[i];
	}
	if (isnan(honesty->pace))
		return;
	if (honesty->jumps)
		honesty->clock = CLOCK_JUMPS;
	else if (clock_is_drift(honesty))
		honesty->clock = CLOCK_DRIFTS;
	else
		honesty->clock = CLOCK_KEEPS;
}
