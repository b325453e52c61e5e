/* See decision.h. */
#include "report/verdict/decision.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
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

/* The headline that an item against the baseline is about; NULL: there is none. */
static struct report_value *find_value(
	const struct report_model *model, size_t target, const struct compare_item *item)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; same_place(group, item) && i < group->row_count; i++)
			if (same_point(&group->rows[i], item) &&
				group->rows[i].values[target].headline)
				return &group->rows[i].values[target];
	}
	return NULL;
}

/* Likewise against the target that the campaign decides against. */
static struct report_value *find_decided(
	const struct report_model *model, size_t target, const struct compare_item *item)
{
	for (size_t i = 0; i < model->variation_count; i++) {
		struct report_variation *v = &model->variations[i];
		if (strcmp(v->key, DECISION_KEY) == 0 && v->shown_target == target &&
			same_place(v->group, item) && same_point(v->first_row, item))
			return &v->shown;
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

/* What a gate refuses, such as emulated against not, is decided all the same, as it is while the
 * campaign runs. */
static int apply_target(struct report_model *model, size_t base, size_t target, struct error *e)
{
	const struct compare_source old = {model->data, model->name, model->targets[base].name};
	const struct compare_source newer = {model->data, model->name, model->targets[target].name};
	const struct compare_options options = {.force = true};
	struct comparison *comparison;

	if (compare_new(&old, &newer, &options, &comparison, e) < 0)
		return -1;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];
		struct report_value *value = base == model->baseline
						     ? find_value(model, target, item)
						     : find_decided(model, target, item);
		if (value && value->compared)
			take_verdict(value, item);
	}
	compare_free(comparison);
	return 0;
}

/* All targets but the one, against it. */
static int apply_all(struct report_model *model, size_t base, struct error *e)
{
	int status = 0;

	for (size_t t = 0; status == 0 && t < model->target_count; t++)
		if (t != base && t != model->baseline)
			status = apply_target(model, base, t, e);
	return status;
}

/* --- against another target than the baseline --------------------------------------------------
 */

static size_t find_base(const struct report_model *model, const struct declared *declared)
{
	for (size_t t = 0; declared->base && t < model->target_count; t++)
		if (strcmp(model->data->targets[t].name, declared->base) == 0)
			return t;
	return model->baseline;
}

static void add_headline(struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t base)
{
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_variation like = {.first = group,
			.group = group,
			.key = DECISION_KEY,
			.value = model->targets[t].name,
			.first_value = model->targets[base].name,
			.target = base,
			.shown_target = t};
		if (t != base && t != model->baseline && group->cells[t].planned_runs)
			model_add_variation(model, &like, row);
	}
}

/* What only says again what is decided: the variants of the base. */
static bool is_repeated(const struct report_variation *v, size_t base)
{
	return strcmp(v->key, OPTIONS_KEY) == 0 && v->target == base;
}

/* Those from first on before all others. */
static void put_first(struct report_model *model, size_t first, size_t base)
{
	size_t count = model->variation_count - first;
	struct report_variation *all = model->variations;
	cleanup_free struct report_variation *ordered =
		mem_new(model->variation_count + 1, sizeof(*ordered));

	memcpy(ordered, all + first, count * sizeof(*ordered));
	for (size_t i = 0; i < first; i++)
		if (!is_repeated(&all[i], base))
			ordered[count++] = all[i];
	if (count)
		memcpy(all, ordered, count * sizeof(*all));
	model->variation_count = count;
}

static void add_headlines(struct report_model *model, size_t base)
{
	size_t first = model->variation_count;

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_row *row = &model->groups[g].rows[i];
			if (row->values[base].headline && row->values[base].block_count)
				add_headline(model, &model->groups[g], row, base);
		}
	put_first(model, first, base);
}

int decision_apply(struct report_model *model, struct error *e)
{
	struct declared declared;
	int status = declared_read(model->data, &declared, e);

	if (status == 0 && declared.delta) {
		size_t base = find_base(model, &declared);
		model->decision = model_printf(model,
			"Decided while it ran, against %s, as by tare gate: a change of more than "
			"%s matters; looks after %u, %u … %u pairs of blocks share one alpha of "
			"%g.",
			model->targets[base].name, declared.delta, declared.first,
			declared.first + declared.step,
			sequential_last(declared.first, declared.step, declared.most),
			declared.alpha);
		status = apply_all(model, model->baseline, e);
		if (status == 0 && base != model->baseline) {
			add_headlines(model, base);
			status = apply_all(model, base, e);
		}
	}
	declared_free(&declared);
	return status;
}
