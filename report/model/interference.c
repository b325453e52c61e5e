/* What a load in another machine does to a benchmark: each value with a background load against the
 * same target's without one. Knows no other target, and how the load was started does not matter
 * here: only the parameter background=LOAD that the campaign gave its cells. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

static const char key[] = "background=", none[] = "none";

/* A group's name taken apart; all texts are the model's. */
struct load {
	const char *background, *others;
};

static bool same_foreground(
	const struct report_model *model, const struct load *loads, size_t a, size_t b)
{
	return strcmp(model->groups[a].placement, model->groups[b].placement) == 0 &&
	       strcmp(model->groups[a].benchmark, model->groups[b].benchmark) == 0 &&
	       strcmp(loads[a].others, loads[b].others) == 0;
}

static void add(struct report_model *model, const struct load *loads, size_t alone, size_t group,
	const struct report_row *alone_row, size_t target)
{
	const struct report_group *here = &model->groups[group];
	const struct report_row *row = model_same_row(here, alone_row);
	const struct report_value *value = row ? &row->values[target] : NULL;
	const struct report_value *before = &alone_row->values[target];
	bool lower = alone_row->metric->better == REPORT_BETTER_LOWER;
	struct report_interference found = {
		.alone = &model->groups[alone],
		.group = here,
		.alone_row = alone_row,
		.value = value && model_has_ratio(value) ? value : NULL,
		.target = target,
		.foreground = model_printf(model, "%s%s%s", here->benchmark,
			loads[group].others[0] ? ", " : "", loads[group].others),
		.background = loads[group].background,
		.slowdown = {.estimate = NAN,
			.low = NAN,
			.high = NAN,
			.status = INTERVAL_UNDEFINED},
	};

	if (found.value)
		model_compare_blocks(lower ? value : before, lower ? before : value, true,
			model->options.confidence, &found.slowdown);
	array_reserve(&model->interferences, &model->interference_capacity,
		model->interference_count + 1);
	model->interferences[model->interference_count++] = found;
}

/* Every row of the group alone, with every load that the campaign planned. */
static void add_group(
	struct report_model *model, const struct load *loads, size_t alone, size_t target)
{
	const struct report_group *group = &model->groups[alone];

	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric->better == REPORT_BETTER_NONE || row->metric->additive ||
			!model_has_ratio(&row->values[target]))
			continue;
		for (size_t g = 0; g < model->group_count; g++)
			if (g != alone && loads[g].background[0] &&
				same_foreground(model, loads, alone, g))
				add(model, loads, alone, g, row, target);
	}
}

void model_interfere(struct report_model *model)
{
	cleanup_free struct load *loads = mem_new(model->group_count + 1, sizeof(*loads));

	for (size_t g = 0; g < model->group_count; g++) {
		cleanup_text struct text background = {0}, others = {0};
		model_split_parameters(model->groups[g].parameters, key, &background, &others);
		loads[g] = (struct load){
			model_text(model, background.bytes), model_text(model, others.bytes)};
	}
	for (size_t t = 0; t < model->target_count; t++)
		for (size_t g = 0; g < model->group_count; g++)
			if (strcmp(loads[g].background, none) == 0)
				add_group(model, loads, g, t);
}

size_t interference_end(const struct report_model *model, size_t first)
{
	size_t end = first;

	while (end < model->interference_count &&
		model->interferences[end].target == model->interferences[first].target)
		end++;
	return end;
}

size_t interference_backgrounds(
	const struct report_model *model, size_t first, size_t end, const char **backgrounds)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		const char *background = model->interferences[i].background;
		bool known = false;
		for (size_t k = 0; k < count; k++)
			known = known || strcmp(backgrounds[k], background) == 0;
		if (!known)
			backgrounds[count++] = background;
	}
	return count;
}

const struct report_interference *interference_find(
	const struct report_model *model, size_t first, size_t end, const char *background)
{
	const struct report_interference *all = model->interferences;

	for (size_t i = first; i < end && all[i].alone_row == all[first].alone_row; i++)
		if (strcmp(all[i].background, background) == 0)
			return &all[i];
	return NULL;
}
