/* See decision.h. */
#include "report/verdict/decision.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "report/model/build.h"
#include "report/verdict/compare.h"
#include "stats/sequential.h"

static bool same_place(const struct report_group *group, const struct compare_item *item)
{
	return compare_is_of(item, group->placement, group->benchmark, group->parameters);
}

static bool same_point(const struct report_row *row, const struct compare_item *item)
{
	bool anywhere = isnan(row->x) && isnan(item->x);

	return item->metric && strcmp(row->metric->name, item->metric->name) == 0 &&
	       (anywhere || row->x == item->x);
}

/* The value of the model that the item is about; NULL: it shows none. */
static struct report_value *find_value(
	const struct report_model *model, size_t target, const struct compare_item *item)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; same_place(group, item) && i < group->row_count; i++)
			if (same_point(&group->rows[i], item))
				return &group->rows[i].values[target];
	}
	return NULL;
}

static void take_verdict(struct report_value *value, const struct compare_item *item)
{
	bool judged = item->state == COMPARE_JUDGED;
	enum verdict verdict = judged ? item->judged.verdict : VERDICT_INCONCLUSIVE;

	value->decided = verdict == VERDICT_REGRESSION    ? 1
			 : verdict == VERDICT_IMPROVEMENT ? -1
							  : 0;
	value->settled = verdict == VERDICT_EQUIVALENT || verdict == VERDICT_NOT_WORSE;
	value->blocks_needed = 0;
	if (!item->sequential || item->change.status != INTERVAL_OK)
		return;
	value->change = item->change;
	value->cost = item->cost;
	value->cost_low = item->cost_low;
	value->cost_high = item->cost_high;
}

/* Against the baseline; what a gate refuses, such as emulated against not, is decided all the
 * same, as it is while the campaign runs. */
static int apply_target(struct report_model *model, size_t target, struct error *e)
{
	const struct compare_source base = {
		model->data, model->name, model->targets[model->baseline].name};
	const struct compare_source newer = {model->data, model->name, model->targets[target].name};
	const struct compare_options options = {.force = true};
	struct comparison *comparison;

	if (compare_new(&base, &newer, &options, &comparison, e) < 0)
		return -1;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];
		struct report_value *value = find_value(model, target, item);
		if (value && value->headline && value->compared)
			take_verdict(value, item);
	}
	compare_free(comparison);
	return 0;
}

int decision_apply(struct report_model *model, struct error *e)
{
	struct declared declared;
	int status = declared_read(model->data, &declared, e);

	if (status == 0 && declared.delta) {
		model->decision = model_printf(model,
			"Decided while it ran, as by tare gate: a change of more than %s matters; "
			"looks after %u, %u … %u pairs of blocks share one alpha of %g.",
			declared.delta, declared.first, declared.first + declared.step,
			sequential_last(declared.first, declared.step, declared.most),
			declared.alpha);
		for (size_t t = 0; status == 0 && t < model->target_count; t++)
			if (t != model->baseline)
				status = apply_target(model, t, e);
	}
	declared_free(&declared);
	return status;
}
