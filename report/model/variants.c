/* What options buy: targets that are the same but for their options (a sweep over an option, an old
 * and a new QEMU), each against the first of them that measures the same. They stand among the
 * variations, with OPTIONS_KEY; against the baseline they stand in the overview. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

/* The driver and its summary say what a target is, whatever its name; both are of the program. */
static bool are_variants(const struct report_model *model, size_t a, size_t b)
{
	const struct data_target *one = &model->data->targets[a], *other = &model->data->targets[b];

	return one->summary && *one->summary && other->summary && one->options_json &&
	       other->options_json && strcmp(one->driver, other->driver) == 0 &&
	       strcmp(one->summary, other->summary) == 0 &&
	       strcmp(one->options_json, other->options_json) != 0;
}

/* What has not been measured yet will be. */
static bool measures(const struct report_group *group, size_t target)
{
	const struct report_cell *cell = &group->cells[target];

	return cell->planned_runs > 0 && cell->status != REPORT_SKIPPED && !cell->refused;
}

/* The first variant that measures the group; the target itself where there is none before it. */
static size_t first_variant(
	const struct report_model *model, const struct report_group *group, size_t target)
{
	for (size_t t = 0; t < target; t++)
		if (are_variants(model, t, target) && measures(group, t))
			return t;
	return target;
}

json_t *model_option_changes(const struct report_model *model, size_t first, size_t target)
{
	json_t *before = json_loads(model->data->targets[first].options_json, 0, NULL);
	json_t *after = json_loads(model->data->targets[target].options_json, 0, NULL);
	json_t *changes = json_object(), *value;
	const char *key;

	json_object_foreach(after, key, value) if (!json_equal(value, json_object_get(before, key)))
		json_object_set(changes, key, value);
	json_decref(before);
	json_decref(after);
	return changes;
}

static void add_group(struct report_model *model, const struct report_group *group, size_t target)
{
	size_t first = first_variant(model, group, target);
	struct report_variation like = {.group = group,
		.first = group,
		.key = OPTIONS_KEY,
		.target = first,
		.shown_target = target,
		.value = model->targets[target].name,
		.first_value = model->targets[first].name};

	/* Against the baseline is what the overview says. */
	if (first == target || first == model->baseline || !measures(group, target))
		return;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_value *value = &group->rows[i].values[first];
		if (value->headline && value->block_count)
			model_add_variation(model, &like, &group->rows[i]);
	}
}

void model_vary_targets(struct report_model *model)
{
	for (size_t t = 0; t < model->target_count; t++)
		for (size_t g = 0; t != model->baseline && g < model->group_count; g++)
			add_group(model, &model->groups[g], t);
}
