/* How a benchmark scales over placements and threads: each value against the same target's in the
 * first placement, or with the fewest threads, that measured it. Knows no other target: what a
 * target costs is values.c's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

/* The CPUs of a target's machines in a placement together, as its first whole start had them. */
static double cpus_of(const struct report_model *model, size_t target, const char *placement)
{
	const struct store_data *data = model->data;
	size_t block = SIZE_MAX;
	double sum = 0;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		if (machine->target_index != target || !machine->cpus || machine->failure ||
			strcmp(data->blocks[machine->block_index].placement, placement) != 0)
			continue;
		if (block == SIZE_MAX)
			block = machine->block_index;
		if (machine->block_index == block)
			sum += machine->cpus;
	}
	return sum > 0 ? sum : NAN;
}

/* Rates, and the time of a whole piece of work, say how much gets done; the time of one message or
 * access does not, and has no efficiency. */
static bool is_work(const struct report_metric *metric)
{
	if (metric->better == REPORT_BETTER_LOWER)
		return strcmp(metric->unit, "s") == 0 && !metric->x_name;
	return model_is_rate(metric);
}

/* The parameter threads=N, 0 if there is none, and the other parameters. */
static double threads_of(const struct report_group *group, struct text *others)
{
	cleanup_text struct text threads = {0};

	model_split_parameters(group->parameters, "threads=", &threads, others);
	return strtod(threads.bytes, NULL);
}

/* What a row is compared with. */
struct origin {
	const struct report_group *group; /* NULL: nothing */
	const struct report_row *row;
	double cpus, first_cpus;
};

static void add_scaling(struct report_model *model, const struct origin *first,
	const struct report_group *group, const struct report_row *row, size_t target)
{
	const struct report_value *from = &first->row->values[target], *to = &row->values[target];
	bool lower = row->metric->better == REPORT_BETTER_LOWER;
	const struct report_value *above = lower ? from : to, *below = lower ? to : from;
	double copies = (double)to->machines / (double)from->machines;
	struct report_scaling scaling = {
		.group = group,
		.first = first->group,
		.row = row,
		.first_row = first->row,
		.target = target,
		.cpus = first->cpus,
		.first_cpus = first->first_cpus,
	};

	/* Blocks are of a placement: those of another are no partners. */
	if (strcmp(group->placement, first->group->placement) == 0)
		model_compare_blocks(
			above, below, true, model->options.confidence, &scaling.speedup);
	else
		interval_ratio_welch(above->blocks, above->block_count, below->blocks,
			below->block_count, model->options.confidence, &scaling.speedup);
	/* A value is the mean over the machines of a run: with more of them more gets done. */
	scaling.speedup.estimate *= copies;
	scaling.speedup.low *= copies;
	scaling.speedup.high *= copies;
	scaling.efficiency = is_work(row->metric)
				     ? scaling.speedup.estimate / (first->cpus / first->first_cpus)
				     : NAN;
	array_reserve(&model->scalings, &model->scaling_capacity, model->scaling_count + 1);
	model->scalings[model->scaling_count++] = scaling;
}

/* The row of g that measured the same for the target, or NULL. */
static const struct report_row *usable_row(
	const struct report_group *g, const struct report_row *row, size_t target)
{
	const struct report_row *found = model_same_row(g, row);

	return found && model_has_ratio(&found->values[target]) ? found : NULL;
}

/* The first group of the same benchmark and parameters that measured the row's metric. */
static struct origin first_placement(const struct report_model *model,
	const struct report_group *group, const struct report_row *row, size_t target)
{
	for (const struct report_group *g = model->groups; g < group; g++) {
		const struct report_row *found;
		if (strcmp(g->benchmark, group->benchmark) != 0 ||
			strcmp(g->parameters, group->parameters) != 0)
			continue;
		found = usable_row(g, row, target);
		if (found)
			return (struct origin){g, found, cpus_of(model, target, group->placement),
				cpus_of(model, target, g->placement)};
	}
	return (struct origin){0};
}

/* The one with the fewest threads among those that differ in nothing else. */
static struct origin fewest_threads(const struct report_model *model,
	const struct report_group *group, const struct report_row *row, size_t target)
{
	cleanup_text struct text others = {0};
	double threads = threads_of(group, &others);
	struct origin first = {.cpus = threads, .first_cpus = threads};

	for (size_t i = 0; threads > 0 && i < model->group_count; i++) {
		const struct report_group *g = &model->groups[i];
		cleanup_text struct text its = {0};
		if (strcmp(g->benchmark, group->benchmark) != 0 ||
			strcmp(g->placement, group->placement) != 0)
			continue;
		double fewer = threads_of(g, &its);
		const struct report_row *found = usable_row(g, row, target);
		if (!found || !(fewer > 0 && fewer < first.first_cpus) ||
			strcmp(its.bytes, others.bytes) != 0)
			continue;
		first.group = g;
		first.row = found;
		first.first_cpus = fewer;
	}
	return first;
}

void model_scale(struct report_model *model)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++) {
			const struct report_row *row = &group->rows[i];
			if (row->metric->better == REPORT_BETTER_NONE || row->metric->additive)
				continue;
			for (size_t t = 0; t < model->target_count; t++) {
				struct origin first = {0};
				if (!model_has_ratio(&row->values[t]))
					continue;
				first = first_placement(model, group, row, t);
				if (!first.group)
					first = fewest_threads(model, group, row, t);
				if (first.group)
					add_scaling(model, &first, group, row, t);
			}
		}
	}
}
