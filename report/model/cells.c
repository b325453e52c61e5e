/* Groups (placement × benchmark × parameters) and what became of each target in them. */
#include "report/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The group with this key, made at its first cell, so that groups keep the plan's order. */
static size_t group_of(struct report_model *model, const char *placement, const char *benchmark,
	const char *parameters)
{
	struct report_group *group;

	for (size_t i = 0; i < model->group_count; i++) {
		group = &model->groups[i];
		if (strcmp(group->placement, placement) == 0 &&
			strcmp(group->benchmark, benchmark) == 0 &&
			strcmp(group->parameters, parameters) == 0)
			return i;
	}
	array_reserve(&model->groups, &model->group_capacity, model->group_count + 1);
	group = &model->groups[model->group_count];
	*group = (struct report_group){
		.placement = placement, .benchmark = benchmark, .parameters = parameters};
	group->cells = model_new(model, model->target_count, sizeof(*group->cells));
	for (size_t t = 0; t < model->target_count; t++)
		group->cells[t] = (struct report_cell){
			.status = REPORT_NOT_MEASURED, .reason = "not part of the campaign"};
	return model->group_count++;
}

/* Whether a parameter begins here: a key with its "=". */
static bool is_key(const char *text)
{
	size_t length = strcspn(text, "= ()");

	return length && text[length] == '=';
}

size_t model_parameter_length(const char *text)
{
	size_t length = 0;
	long depth = 0;

	for (; text[length]; length++) {
		if (text[length] == ' ' && depth <= 0 && is_key(text + length + 1))
			break;
		depth += (text[length] == '(') - (text[length] == ')');
	}
	return length;
}

void model_split_parameters(
	const char *parameters, const char *key, struct text *value, struct text *others)
{
	text_add(value, "");
	text_add(others, "");
	while (*parameters) {
		size_t length = model_parameter_length(parameters);
		if (strncmp(parameters, key, strlen(key)) == 0)
			text_add_bytes(value, parameters + strlen(key), length - strlen(key));
		else
			text_addf(others, "%s%.*s", others->count ? " " : "", (int)length,
				parameters);
		parameters += length + (parameters[length] == ' ');
	}
}

/* By target, whether it is emulated in the placement; where no machine was recorded there,
 * what holds for the target. */
static bool is_emulated(const struct report_model *model, size_t target, const char *placement)
{
	const struct store_data *data = model->data;
	bool known = false, emulated = false;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		if (machine->target_index != target ||
			strcmp(data->blocks[machine->block_index].placement, placement) != 0)
			continue;
		known = true;
		emulated = emulated || machine->emulated;
	}
	return known ? emulated : model->targets[target].emulated;
}

/* What is the same for every benchmark of a target in a placement. */
struct setting {
	const char *placement, *kernel, *image;
	size_t target;
	bool emulated;
};

static const struct setting *setting_of(struct report_model *model, struct setting *settings,
	size_t *count, size_t target, const char *placement)
{
	for (size_t i = 0; i < *count; i++)
		if (settings[i].target == target && strcmp(settings[i].placement, placement) == 0)
			return &settings[i];
	settings[*count] = (struct setting){
		.placement = placement,
		.target = target,
		.kernel = model_target_fact(model, target, placement, FACT_KERNEL),
		.image = model_target_fact(model, target, placement, FACT_IMAGE),
		.emulated = is_emulated(model, target, placement),
	};
	return &settings[(*count)++];
}

static bool both_and_different(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b) != 0;
}

static void compare_settings(struct report_model *model)
{
	struct setting *settings =
		model_new(model, model->group_count * model->target_count, sizeof(*settings));
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		struct report_group *group = &model->groups[g];
		const struct setting *baseline =
			setting_of(model, settings, &count, model->baseline, group->placement);
		for (size_t t = 0; t < model->target_count; t++) {
			const struct setting *setting =
				setting_of(model, settings, &count, t, group->placement);
			group->cells[t].emulated = setting->emulated;
			group->cells[t].emulation_known = model->targets[t].is_known;
			group->cells[t].kernel_known = *setting->kernel && *baseline->kernel;
			group->cells[t].kernel_differs =
				both_and_different(setting->kernel, baseline->kernel);
			if (both_and_different(setting->image, baseline->image))
				group->cells[t].refused = model_printf(model,
					"not compared: image %s, the baseline's is %s",
					setting->image, baseline->image);
		}
	}
}

static void count_runs(struct report_model *model)
{
	const struct store_data *data = model->data;

	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		size_t target = data->cells[run->cell_index].target_index;
		struct report_cell *cell =
			&model->groups[model->cell_groups[run->cell_index]].cells[target];
		if (!run->failure) {
			cell->measured_runs++;
			continue;
		}
		if (cell->failed_runs++ == 0)
			cell->reason = model_text(model, run->failure);
	}
}

static void set_status(struct report_cell *cell)
{
	if (cell->measured_runs) {
		cell->status = REPORT_MEASURED;
		if (!cell->failed_runs)
			cell->reason = "";
	} else if (cell->failed_runs) {
		cell->status = REPORT_FAILED;
	}
}

void model_read_cells(struct report_model *model)
{
	const struct store_data *data = model->data;

	model->cell_groups = model_new(model, data->cell_count, sizeof(*model->cell_groups));
	for (size_t i = 0; i < data->cell_count; i++) {
		const struct data_cell *from = &data->cells[i];
		size_t index = group_of(model, model_text(model, from->placement),
			model_text(model, from->benchmark), model_text(model, from->parameters));
		struct report_cell *cell = &model->groups[index].cells[from->target_index];
		model->cell_groups[i] = index;
		cell->planned_runs = from->planned_blocks * from->planned_runs;
		cell->reason = "the campaign did not get to it";
		if (from->skip_reason) {
			cell->status = REPORT_SKIPPED;
			cell->reason = model_text(model, from->skip_reason);
		}
	}
	count_runs(model);
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++)
			set_status(&model->groups[g].cells[t]);
	compare_settings(model);
}
