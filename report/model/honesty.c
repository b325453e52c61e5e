/* What every number of a target has to be read with: its clock (clock.c judges it), its disk
 * (flush.c), how much time was stolen from it, whether its CPU was emulated, whether its kernel was
 * another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"

/* The larger; a NaN is not known and loses. */
static double worst(double so_far, double found)
{
	return fmax(so_far, fabs(found));
}

struct steal_sum {
	double stolen_s, cpu_s;
};

/* The CPUs of the machines that a target had in a block. */
static double block_cpus(const struct report_model *model, size_t target, size_t block)
{
	double sum = 0;

	for (size_t i = 0; i < model->data->machine_count; i++) {
		const struct data_machine *machine = &model->data->machines[i];
		if (machine->target_index == target && machine->block_index == block)
			sum += machine->cpus;
	}
	return sum;
}

static void add_clocks(
	const struct report_model *model, size_t index, struct report_honesty *honesty)
{
	double span_s = clock_span_s(&model->data->runs[index]);
	bool all = clock_count(model, index) > 0;
	unsigned machine;

	for (size_t i = 0; i < clock_count(model, index); i++) {
		struct clock_reading reading = clock_at(model, index, i, &machine);
		honesty->offset_s =
			worst(worst(honesty->offset_s, reading.before_s), reading.after_s);
		honesty->offset_error_s = worst(honesty->offset_error_s, reading.error_s);
		if (span_s > 0)
			honesty->drift = worst(
				honesty->drift, (reading.after_s - reading.before_s) / span_s);
		all &= isfinite(reading.before_s) && isfinite(reading.after_s);
	}
	honesty->probed_runs += all;
}

static void add_run(struct report_honesty *honesty, const struct data_run *run, double cpus,
	struct steal_sum *steal)
{
	honesty->runs++;
	if (run->host_s > 0)
		honesty->clock_gap = worst(honesty->clock_gap, run->guest_s / run->host_s - 1);
	if (isfinite(run->steal_s) && run->host_s > 0 && cpus > 0) {
		steal->stolen_s += run->steal_s;
		steal->cpu_s += run->host_s * cpus;
		honesty->steal_high =
			worst(honesty->steal_high, run->steal_s / (run->host_s * cpus));
	}
}

static void count_unsteady(const struct report_model *model, struct report_honesty *honesty)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t r = 0; r < model->groups[g].row_count; r++) {
			const struct report_value *value =
				&model->groups[g].rows[r].values[honesty->target];
			honesty->series += value->series_count;
			honesty->unsteady += value->unsteady;
		}
}

void model_be_honest(struct report_model *model)
{
	const struct store_data *data = model->data;
	cleanup_free struct steal_sum *steals = mem_new(model->target_count, sizeof(*steals));
	cleanup_free double *cpus =
		mem_new(model->target_count * (data->block_count + 1), sizeof(*cpus));

	/* A published data set knows nothing of this. */
	if (!data->run_count || !data->started_ns)
		return;
	model->honesties = model_new(model, model->target_count, sizeof(*model->honesties));
	model->honesty_count = model->target_count;
	for (size_t t = 0; t < model->target_count; t++) {
		model->honesties[t] = (struct report_honesty){
			.target = t,
			.offset_s = NAN,
			.offset_error_s = NAN,
			.drift = NAN,
			.clock_gap = NAN,
			.steal = NAN,
			.steal_high = NAN,
			.emulated = model->targets[t].emulated,
		};
		count_unsteady(model, &model->honesties[t]);
		for (size_t b = 0; b < data->block_count; b++)
			cpus[t * data->block_count + b] = block_cpus(model, t, b);
		for (size_t g = 0; g < model->group_count; g++) {
			const struct report_cell *cell = &model->groups[g].cells[t];
			model->honesties[t].kernel_differs |= cell->kernel_differs;
			model->honesties[t].kernel_known |= cell->kernel_known;
		}
	}
	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		size_t t = data->cells[run->cell_index].target_index;
		add_clocks(model, i, &model->honesties[t]);
		add_run(&model->honesties[t], run, cpus[t * data->block_count + run->block_index],
			&steals[t]);
	}
	for (size_t t = 0; t < model->target_count; t++) {
		if (steals[t].cpu_s > 0)
			model->honesties[t].steal = steals[t].stolen_s / steals[t].cpu_s;
		clock_judge(model, &model->honesties[t]);
		disturbance_judge(model, &model->honesties[t]);
	}
}
