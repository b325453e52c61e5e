/* Names the options by which the variants of a target differ from the first one. */
#include "report/write/variants_text.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"

static void add_options(
	const struct report_model *model, const struct report_variation *v, struct text *out)
{
	json_t *changes = model_option_changes(model, v->target, v->shown_target), *value;
	const char *key;

	text_add(out, "\n");
	text_add_clean(out, model->targets[v->shown_target].name);
	text_add(out, ":");
	json_object_foreach(changes, key, value)
	{
		text_add(out, " ");
		text_add_clean(out, key);
		text_add(out, "=");
		text_add_clean(out, json_is_string(value) ? json_string_value(value) : "?");
	}
	json_decref(changes);
}

/* Whether an earlier one from first on is of the same variant. */
static bool is_known(const struct report_model *model, size_t first, size_t index)
{
	for (size_t i = first; i < index; i++)
		if (model->variations[i].shown_target == model->variations[index].shown_target)
			return true;
	return false;
}

/* The options of targets with different drivers are not comparable. */
static bool has_options(const struct report_model *model, const struct report_variation *v)
{
	const struct report_target *target = &model->targets[v->shown_target];

	return v->shown_target != v->target &&
	       strcmp(target->driver, model->targets[v->target].driver) == 0;
}

char *variants_text(const struct report_model *model, size_t first, size_t end)
{
	struct text out = {0};

	text_add(&out, "");
	for (size_t i = first; i < end; i++) {
		const struct report_variation *v = &model->variations[i];
		if (has_options(model, v) && !is_known(model, first, i))
			add_options(model, v, &out);
	}
	return text_take(&out);
}
