/* The first answer (what does each target cost, benchmark by benchmark, and where is it worst) and
 * the list of what is missing or went wrong. */
#include "report/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

/* The summary of a target in a benchmark and placement, made at its first group. */
static struct report_summary *summary_of(
	struct report_model *model, size_t target, const struct report_group *group)
{
	struct report_summary *summary;

	for (size_t i = 0; i < model->summary_count; i++) {
		summary = &model->summaries[i];
		if (summary->target == target &&
			strcmp(summary->benchmark, group->benchmark) == 0 &&
			strcmp(summary->placement, group->placement) == 0)
			return summary;
	}
	array_reserve(&model->summaries, &model->summary_capacity, model->summary_count + 1);
	summary = &model->summaries[model->summary_count++];
	*summary = (struct report_summary){
		.target = target,
		.benchmark = group->benchmark,
		.placement = group->placement,
		.status = REPORT_NOT_MEASURED,
		.reason = group->cells[target].reason,
	};
	return summary;
}

static bool counts(const struct report_row *row, const struct report_value *value)
{
	return value->compared && !row->metric->additive &&
	       row->metric->better != REPORT_BETTER_NONE && isfinite(value->cost);
}

/* Losing half of a rate is as bad as doubling a time: the order is by the ratio, not by the
 * difference. */
static double badness(const struct report_row *row, const struct report_value *value)
{
	double ratio = log(value->change.estimate);

	return row->metric->better == REPORT_BETTER_HIGHER ? -ratio : ratio;
}

static void add_group(struct report_summary *summary, const struct report_group *group)
{
	const struct report_cell *cell = &group->cells[summary->target];

	summary->planned_runs += cell->planned_runs;
	summary->failed_runs += cell->failed_runs;
	summary->emulated = summary->emulated || cell->emulated;
	summary->kernel_differs = summary->kernel_differs || cell->kernel_differs;
	if (cell->status < summary->status) {
		summary->status = cell->status;
		summary->reason = cell->reason;
	}
	if (cell->refused && cell->status == REPORT_MEASURED)
		summary->reason = cell->refused;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		const struct report_value *value = &row->values[summary->target];
		if (!counts(row, value))
			continue;
		summary->compared++;
		if (!summary->worst ||
			badness(row, value) >
				badness(summary->worst, &summary->worst->values[summary->target])) {
			summary->worst = row;
			summary->worst_group = group;
		}
	}
}

/* A published data set has no plan: what it lacks was not missed. */
static bool is_absent(
	const struct report_model *model, const struct report_group *group, size_t target)
{
	return !model->data->started_ns && !group->cells[target].planned_runs &&
	       group->cells[target].status == REPORT_NOT_MEASURED;
}

static bool belongs(const struct report_summary *summary, const struct report_group *group)
{
	return strcmp(group->benchmark, summary->benchmark) == 0 &&
	       strcmp(group->placement, summary->placement) == 0;
}

struct ranked {
	double badness;
	const struct report_row *row;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	return (a->badness > b->badness) - (a->badness < b->badness);
}

static void set_median(const struct report_model *model, struct report_summary *summary)
{
	cleanup_free struct ranked *ranked = mem_new(summary->compared + 1, sizeof(*ranked));
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		if (!belongs(summary, group))
			continue;
		for (size_t i = 0; i < group->row_count; i++) {
			const struct report_row *row = &group->rows[i];
			const struct report_value *value = &row->values[summary->target];
			if (counts(row, value))
				ranked[count++] = (struct ranked){badness(row, value), row};
		}
	}
	qsort(ranked, count, sizeof(*ranked), compare_ranked);
	summary->median = count ? ranked[count / 2].row : NULL;
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

void model_summarise(struct report_model *model)
{
	for (size_t t = 0; t < model->target_count; t++) {
		add_machine_problems(model, t);
		for (size_t g = 0; g < model->group_count; g++)
			add_refusal(model, &model->groups[g], t);
		for (size_t g = 0; g < model->group_count; g++)
			if (!is_absent(model, &model->groups[g], t))
				add_cell_problems(model, &model->groups[g], t);
		if (t == model->baseline)
			continue;
		for (size_t g = 0; g < model->group_count; g++)
			if (!is_absent(model, &model->groups[g], t))
				add_group(
					summary_of(model, t, &model->groups[g]), &model->groups[g]);
	}
	for (size_t i = 0; i < model->summary_count; i++)
		set_median(model, &model->summaries[i]);
}
