/* What is missing or went wrong. */
#include "report/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

/* What was not planned was not missed: published data sets have no plan, and a campaign may measure
 * something on some targets only. */
static bool is_absent(const struct report_group *group, size_t target)
{
	return !group->cells[target].planned_runs &&
	       group->cells[target].status == REPORT_NOT_MEASURED;
}

static void add_problem(struct report_model *model, const struct report_problem *problem)
{
	array_reserve(&model->problems, &model->problem_capacity, model->problem_count + 1);
	model->problems[model->problem_count++] = *problem;
}

static void add_cell_problems(
	struct report_model *model, const struct report_group *group, size_t target)
{
	const struct report_cell *cell = &group->cells[target];
	unsigned done = cell->measured_runs + cell->failed_runs;
	struct report_problem problem = {
		.target = model->targets[target].name,
		.placement = group->placement,
		.benchmark = group->benchmark,
		.parameters = group->parameters,
		.what = report_status_text(cell->status),
		.reason = cell->reason,
	};

	if (cell->failed_runs) {
		problem.what = "failed";
		problem.count = cell->failed_runs;
		problem.of = done;
	}
	if (cell->failed_runs || cell->status != REPORT_MEASURED)
		add_problem(model, &problem);
	if (done && done < cell->planned_runs) {
		problem.what = report_status_text(REPORT_NOT_MEASURED);
		problem.reason = "the campaign did not get to these runs";
		problem.count = cell->planned_runs - done;
		problem.of = cell->planned_runs;
		add_problem(model, &problem);
	}
}

/* Once for a target and placement: it holds for every benchmark there. */
static void add_refusal(struct report_model *model, const struct report_group *group, size_t target)
{
	const struct report_problem problem = {
		.target = model->targets[target].name,
		.placement = group->placement,
		.benchmark = "",
		.parameters = "",
		.what = "refused",
		.reason = group->cells[target].refused,
	};

	for (const struct report_group *g = model->groups; g < group; g++)
		if (strcmp(g->placement, group->placement) == 0)
			return;
	if (problem.reason)
		add_problem(model, &problem);
}

/* Machines that never answered, by target and placement, with the first reason. */
static void add_machine_problems(struct report_model *model, size_t target)
{
	const struct store_data *data = model->data;
	size_t first = model->problem_count;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		const char *placement = data->blocks[machine->block_index].placement;
		size_t p = first;
		if (machine->target_index != target)
			continue;
		while (p < model->problem_count &&
			strcmp(model->problems[p].placement, placement) != 0)
			p++;
		if (p == model->problem_count) {
			const struct report_problem problem = {
				.target = model->targets[target].name,
				.placement = model_text(model, placement),
				.benchmark = "",
				.parameters = "",
				.what = "failed to start",
				.reason = "",
			};
			add_problem(model, &problem);
		}
		model->problems[p].of++;
		if (machine->failure && model->problems[p].count++ == 0)
			model->problems[p].reason = model_text(model, machine->failure);
	}
	/* Placements whose machines all came up are no problem. */
	size_t kept = first;
	for (size_t p = first; p < model->problem_count; p++)
		if (model->problems[p].count)
			model->problems[kept++] = model->problems[p];
	model->problem_count = kept;
}

/* What the machines of a target could not measure, each metric of a cell once: the counters of a
 * benchmark are its gaps. */
static void add_gap_problems(struct report_model *model, size_t target)
{
	const struct store_data *data = model->data;
	size_t first = model->problem_count;

	for (size_t i = 0; i < data->reading_count; i++) {
		const struct data_reading *reading = &data->readings[i];
		const struct data_counter *counter = &data->counters[reading->counter_index];
		size_t c = data->runs[reading->run_index].cell_index;
		const struct report_group *group = &model->groups[model->cell_groups[c]];
		if (data->cells[c].target_index != target || !reading->note ||
			strcmp(counter->source, data->cells[c].benchmark) != 0)
			continue;
		const struct report_problem problem = {
			.target = model->targets[target].name,
			.placement = group->placement,
			.benchmark = group->benchmark,
			.parameters = group->parameters,
			.what = report_status_text(REPORT_NOT_MEASURED),
			.reason = model_printf(model, "%s: %s", counter->name, reading->note),
		};
		bool known = false;
		for (size_t p = first; p < model->problem_count && !known; p++)
			known = model->problems[p].parameters == problem.parameters &&
				model->problems[p].placement == problem.placement &&
				strcmp(model->problems[p].reason, problem.reason) == 0;
		if (!known)
			add_problem(model, &problem);
	}
}

void model_list_problems(struct report_model *model)
{
	for (size_t t = 0; t < model->target_count; t++) {
		add_machine_problems(model, t);
		for (size_t g = 0; g < model->group_count; g++)
			add_refusal(model, &model->groups[g], t);
		for (size_t g = 0; g < model->group_count; g++)
			if (!is_absent(&model->groups[g], t))
				add_cell_problems(model, &model->groups[g], t);
		add_gap_problems(model, t);
	}
}
