/* What was varied on purpose: each headline under every value of a parameter against the same
 * target's under that parameter's first value. Network conditions, storage and machines at once are
 * such parameters in every campaign; any other one is where there is but one target. Loads
 * (background) have a table of their own (interference.c), as has scaling over threads. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

static bool is_one_of(const char *key, const char *const *keys)
{
	while (*keys && strcmp(*keys, key) != 0)
		keys++;
	return *keys != NULL;
}

static bool is_varied_on_purpose(const struct report_model *model, const char *key)
{
	static const char *const conditions[] = {"network", "storage", "machines", "pairs", NULL};
	static const char *const own_table[] = {"threads", NULL};

	if (is_one_of(key, conditions))
		return true;
	return model->target_count == 1 && !is_one_of(key, own_table);
}

/* The group of the key's first value, or of "none", among those that differ from this one in
 * nothing else; NULL: this one is it, or there is no other. */
static const struct report_group *first_group(struct report_model *model,
	const struct report_group *group, const char *key, struct report_variation *found)
{
	cleanup_free char *start = str_printf("%s=", key);
	cleanup_text struct text value = {0}, others = {0};
	const struct report_group *first = NULL;

	model_split_parameters(group->parameters, start, &value, &others);
	for (size_t i = 0; i < model->group_count; i++) {
		const struct report_group *g = &model->groups[i];
		cleanup_text struct text its_value = {0}, its_others = {0};
		if (strcmp(g->benchmark, group->benchmark) != 0 ||
			strcmp(g->placement, group->placement) != 0)
			continue;
		model_split_parameters(g->parameters, start, &its_value, &its_others);
		bool none = strcmp(its_value.bytes, "none") == 0;
		if (!its_value.count || strcmp(its_others.bytes, others.bytes) != 0 ||
			(first && !none))
			continue;
		first = g;
		found->value = model_text(model, value.bytes);
		found->first_value = model_text(model, its_value.bytes);
	}
	return first == group ? NULL : first;
}

void model_add_variation(struct report_model *model, const struct report_variation *like,
	const struct report_row *first_row)
{
	const struct report_value *with = &first_row->values[like->target];
	struct report_variation made = *like;

	made.first_row = first_row;
	made.row = model_same_row(made.group, first_row);
	if (made.row) {
		made.shown = made.row->values[made.shown_target];
		made.shown.compared = false;
		made.shown.decided = 0;
		made.shown.headline = true;
		model_compare_value(
			first_row->metric, with, model->options.confidence, &made.shown);
	} else {
		made.shown.cell = &made.group->cells[made.shown_target];
		made.shown.status = REPORT_NOT_MEASURED;
	}
	array_reserve(&model->variations, &model->variation_capacity, model->variation_count + 1);
	model->variations[model->variation_count++] = made;
}

/* Every headline of every target under this value of the key. */
static void add_value(struct report_model *model, struct report_variation *like)
{
	for (size_t i = 0; i < like->first->row_count; i++) {
		const struct report_row *row = &like->first->rows[i];
		for (size_t t = 0; t < model->target_count; t++) {
			like->target = like->shown_target = t;
			if (row->values[t].headline && row->values[t].block_count)
				model_add_variation(model, like, row);
		}
	}
}

static void add_group(struct report_model *model, const struct report_group *group)
{
	const char *at = group->parameters;

	while (*at) {
		size_t length = model_parameter_length(at), key = strcspn(at, "= ");
		if (key < length && at[key] == '=') {
			cleanup_free char *name = str_printf("%.*s", (int)key, at);
			struct report_variation like = {
				.group = group, .key = model_text(model, name)};
			if (is_varied_on_purpose(model, name))
				like.first = first_group(model, group, name, &like);
			if (like.first)
				add_value(model, &like);
		}
		at += length + (at[length] == ' ');
	}
}

static int compare_variations(const void *left, const void *right)
{
	const struct report_variation *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	if (!order)
		order = (a->target > b->target) - (a->target < b->target);
	if (!order)
		order = (a->first > b->first) - (a->first < b->first);
	if (!order)
		order = (a->first_row > b->first_row) - (a->first_row < b->first_row);
	if (!order)
		order = (a->group > b->group) - (a->group < b->group);
	return order ? order
		     : (a->shown_target > b->shown_target) - (a->shown_target < b->shown_target);
}

void model_vary(struct report_model *model)
{
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++)
		add_group(model, &model->groups[g]);
	if (!model->variation_count)
		return;
	qsort(model->variations, model->variation_count, sizeof(*model->variations),
		compare_variations);
	cleanup_free struct model_pair *pairs = mem_new(model->variation_count, sizeof(*pairs));
	for (size_t i = 0; i < model->variation_count; i++) {
		struct report_variation *v = &model->variations[i];
		if (v->shown.compared)
			pairs[count++] = (struct model_pair){
				v->first_row->metric, &v->shown, &v->first_row->values[v->target]};
	}
	model_judge_pairs(model, pairs, count);
}
