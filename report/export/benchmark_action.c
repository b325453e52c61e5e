/* The JSON that the GitHub action "benchmark" reads, a file per direction of better
 * (customBiggerIsBetter, customSmallerIsBetter). Headlines only. */
#include "report/export/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/json.h"
#include "report/write/words.h"

struct action {
	const struct report_model *model;
	enum report_better better;
	json_t *list;
};

/* How far the interval's farther end is from the value, as the action shows it: "± 1.2"; NULL
 * where there is no interval. */
static char *range_of(const struct interval *interval)
{
	if (!isfinite(interval->low) || !isfinite(interval->high))
		return NULL;
	return str_printf("\u00b1 %.12g",
		fmax(interval->high - interval->estimate, interval->estimate - interval->low));
}

static char *extra_of(const struct report_model *model, const struct export_value *value)
{
	const struct interval *interval = &value->value->value;
	char cost[WORDS_BYTES];
	cleanup_text struct text text = {0};

	text_addf(&text, "%zu blocks, %zu runs", value->value->block_count, value->value->runs);
	if (isfinite(interval->low) && isfinite(interval->high))
		text_addf(&text, "\n%g %% interval: %.12g to %.12g",
			100 * model->options.confidence, interval->low, interval->high);
	if (value->value->compared)
		text_addf(&text, "\nslowdown against %s: %s", model->targets[model->baseline].name,
			words_cost(value->value, value->row->metric, cost));
	if (value->group->cells[value->target].emulated)
		text_add(&text, "\nemulated CPU: says nothing about hardware virtualization");
	return text_take(&text);
}

static void add_value(const struct export_value *value, void *context)
{
	struct action *action = context;
	const struct report_model *model = action->model;

	if (value->row->metric->better != action->better)
		return;
	cleanup_free char *name = export_value_name(model, value->group, value->row, value->target);
	cleanup_free char *range = range_of(&value->value->value);
	cleanup_free char *extra = extra_of(model, value);
	json_t *object = json_pack("{s:s, s:s, s:f, s:s}", "name", name, "unit",
		value->row->metric->unit, "value", value->value->value.estimate, "extra", extra);
	if (range)
		json_object_set_new(object, "range", json_string(range));
	json_array_append_new(action->list, object);
}

void export_benchmark_action(const struct report_model *model, struct export_files *files)
{
	static const struct {
		enum report_better better;
		const char *file;
	} directions[] = {{REPORT_BETTER_HIGHER, "bigger-is-better.json"},
		{REPORT_BETTER_LOWER, "smaller-is-better.json"}};

	for (size_t i = 0; i < ARRAY_COUNT(directions); i++) {
		struct action action = {model, directions[i].better, json_array()};
		export_values(model, true, add_value, &action);
		json_add(export_add_file(files, directions[i].file), action.list);
	}
}
