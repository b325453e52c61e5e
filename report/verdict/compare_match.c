/* Which numbers belong together, what is missing on a side and why, and what must not be
 * compared at all. No statistics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_build.h"

/* What is wrong with comparing two things: refused, or with --force noted. Takes what. */
static int refuse(struct comparison *c, char *what, const char *remedy, struct error *e)
{
	cleanup_free char *text = what;

	if (!c->options.force)
		return error_set(e, "%s; %s, or compare anyway with --force", text, remedy);
	compare_note(c, str_printf("WARNING: %s; compared because of --force", text));
	return 0;
}

static const struct report_cell *cell_of(const struct side *side, long group)
{
	return group < 0 ? NULL : &side->model->groups[group].cells[side->target];
}

static bool both_and_different(const char *a, const char *b)
{
	return a && b && *a && *b && strcmp(a, b) != 0;
}

static int check_images(struct comparison *c, struct error *e)
{
	const char *base = c->base->image_digest, *newer = c->newer->image_digest;

	if (both_and_different(base, newer))
		return refuse(c,
			str_printf("different images: %s has %.19s, %s has %.19s", c->base_label,
				base, c->new_label, newer),
			"measure both with one image", e);
	if (!base != !newer)
		compare_note(
			c, str_printf("the image of %s is not known (imported, or measured without "
				      "one)",
				   base ? c->new_label : c->base_label));
	return 0;
}

static void note_privileges(
	struct comparison *c, const struct compare_pair *pair, const char *placement)
{
	const char *base = model_target_fact(
		c->base_model, (size_t)pair->base.target, placement, FACT_PRIVILEGES);
	const char *newer = model_target_fact(
		c->new_model, (size_t)pair->newer.target, placement, FACT_PRIVILEGES);

	if (both_and_different(base, newer))
		compare_note(c,
			str_printf("WARNING: different privileges in %s: %s ran with those of %s, "
				   "%s with those of %s",
				placement, pair->base_name, base, pair->new_name, newer));
}

/* What holds for a pair of targets in a placement. */
static int check_setting(struct comparison *c, const struct compare_pair *pair,
	const char *placement, struct error *e)
{
	struct report_model *base = c->base_model, *newer = c->new_model;
	size_t from = (size_t)pair->base.target, to = (size_t)pair->newer.target;
	const char *images[2] = {model_target_fact(base, from, placement, FACT_IMAGE),
		model_target_fact(newer, to, placement, FACT_IMAGE)};
	const char *kernels[2] = {model_target_fact(base, from, placement, FACT_KERNEL),
		model_target_fact(newer, to, placement, FACT_KERNEL)};

	if (both_and_different(images[0], images[1]) &&
		refuse(c,
			str_printf("different images in %s: %s has %.19s, %s has %.19s", placement,
				pair->base_name, images[0], pair->new_name, images[1]),
			"measure both with one image", e) < 0)
		return -1;
	if (both_and_different(kernels[0], kernels[1]))
		compare_note(c,
			str_printf("WARNING: different kernels in %s: %s ran %s, %s ran %s (marked "
				   "ker)",
				placement, pair->base_name, kernels[0], pair->new_name,
				kernels[1]));
	note_privileges(c, pair, placement);
	return 0;
}

static int check_emulation(struct comparison *c, const struct compare_item *item,
	const struct report_cell *base, const struct report_cell *newer, struct error *e)
{
	if (!base || !newer || base->emulated == newer->emulated)
		return 0;
	return refuse(c,
		str_printf("%s in %s is emulated and %s in %s is not",
			base->emulated ? item->base_target : item->new_target,
			base->emulated ? c->base_label : c->new_label,
			base->emulated ? item->new_target : item->base_target,
			base->emulated ? c->new_label : c->base_label),
		"emulation says nothing about hardware", e);
}

static int check_metric(struct comparison *c, const struct report_metric *a,
	const struct report_metric *b, struct error *e)
{
	if (strcmp(a->unit, b->unit) != 0)
		return refuse(c,
			str_printf("%s %s is in %s in %s and in %s in %s", a->benchmark, a->name,
				a->unit, c->base_label, b->unit, c->new_label),
			"import one of them in the other's unit", e);
	if (a->better != b->better || a->additive != b->additive ||
		strcmp(a->statistic, b->statistic) != 0)
		return refuse(c,
			str_printf("%s %s is declared differently (better, scale or statistic) in "
				   "%s and %s",
				a->benchmark, a->name, c->base_label, c->new_label),
			"measure both with one version of tare", e);
	return 0;
}

/* --- items --------------------------------------------------------------------------------------
 */

static void fill_side(
	const struct report_cell *cell, const struct side_value *value, struct compare_side *side)
{
	side->value = NAN;
	if (cell) {
		side->planned_runs = cell->planned_runs;
		side->measured_runs = cell->measured_runs;
		side->failed_runs = cell->failed_runs;
	}
	if (value) {
		side->blocks = value->block_count;
		side->runs = value->runs;
		side->samples = value->samples;
	}
}

static bool is_headline(const struct comparison *c, const struct compare_input *input,
	const struct report_group *group, const struct report_metric *metric, double x)
{
	/* The side that the group and the metric are of. */
	const struct compare_pair *pair = input->pair;
	bool of_base =
		input->base_group >= 0 && group == &pair->base.model->groups[input->base_group];

	for (size_t i = 0; i < c->options.margin_count; i++)
		if (metric && compare_margin_names(&c->options.margins[i], metric))
			return true;
	return !metric ||
	       model_is_headline(of_base ? c->base_model : c->new_model, group, metric, x);
}

/* Why a side has no value; sets the item's state unless a worse one is set. */
static void set_missing(struct comparison *c, struct compare_item *item, const char *label,
	const char *target, const struct report_cell *cell, bool target_exists)
{
	bool failed = cell && cell->status == REPORT_FAILED;
	const char *why = "was planned for no such cell";

	if (!target_exists)
		why = "has no such target";
	else if (cell && cell->status == REPORT_MEASURED)
		why = "ran without reporting it";
	else if (cell)
		why = report_status_text(cell->status);
	if (item->state != COMPARE_FAILED)
		item->state = failed ? COMPARE_FAILED : COMPARE_NOT_MEASURED;
	item->reason = compare_keep(
		c, str_printf("%s%s%s:%s %s%s%s", item->reason, item->reason[0] ? "; " : "", label,
			   target, why, cell && cell->reason[0] ? ": " : "",
			   cell && cell->reason[0] ? cell->reason : ""));
}

static bool declares(const struct report_model *model, const struct report_metric *metric)
{
	for (size_t i = 0; i < model->metric_count; i++)
		if (strcmp(model->metrics[i].benchmark, metric->benchmark) == 0 &&
			strcmp(model->metrics[i].name, metric->name) == 0)
			return true;
	return false;
}

static struct compare_item *add_item(struct compare_build *build, const struct compare_input *input,
	const struct report_group *group, const struct report_metric *metric, double x)
{
	struct comparison *c = build->comparison;
	const struct compare_pair *pair = input->pair;
	const struct report_cell *base = cell_of(&pair->base, input->base_group);
	const struct report_cell *newer = cell_of(&pair->newer, input->new_group);
	struct compare_item *item;

	array_reserve(&c->items, &c->capacity, c->count + 1);
	array_reserve(&build->inputs, &build->input_capacity, c->count + 1);
	build->inputs[c->count] = *input;
	item = &c->items[c->count++];
	*item = (struct compare_item){
		.base_target = pair->base_name,
		.new_target = pair->new_name,
		.placement = group->placement,
		.benchmark = group->benchmark,
		.parameters = group->parameters,
		.metric = metric,
		.x = metric && metric->x_name ? x : NAN,
		.headline = is_headline(c, input, group, metric, x),
		.reason = "",
		.disagrees = "",
		.paired = pair->paired,
		.emulated = (base && base->emulated) || (newer && newer->emulated),
	};
	fill_side(base, input->base, &item->base);
	fill_side(newer, input->newer, &item->newer);
	if (metric && !input->base && input->newer && pair->base.target != SIDE_ABSENT &&
		(!base || !declares(c->base_model, metric))) {
		item->state = COMPARE_NEW;
		item->reason = "not in the base: nothing to compare with";
		return item;
	}
	if (!input->base)
		set_missing(c, item, c->base_label, pair->base_name, base,
			pair->base.target != SIDE_ABSENT);
	if (!input->newer)
		set_missing(c, item, c->new_label, pair->new_name, newer,
			pair->newer.target != SIDE_ABSENT);
	return item;
}

/* A side of several machines that talk over a network, beside one machine. */
static void mark_network(
	struct comparison *c, const struct compare_pair *pair, struct compare_item *item)
{
	size_t base = (size_t)pair->base.target, newer = (size_t)pair->newer.target;
	bool in_base = model_has_more_machines(
		c->base_model, base, c->new_model, newer, item->placement, item->benchmark);
	bool in_new = model_has_more_machines(
		c->new_model, newer, c->base_model, base, item->placement, item->benchmark);

	item->network_differs = in_base || in_new;
	if (item->network_differs)
		compare_note(c,
			str_printf("net: in %s the machines of %s talk over a network, %s inside "
				   "fewer machines: the network is part of the difference",
				item->placement, in_base ? pair->base_name : pair->new_name,
				in_base ? pair->new_name : pair->base_name));
}

/* An item that both sides have must be the same thing. */
static int check_item(struct comparison *c, const struct compare_input *input,
	struct compare_item *item, struct error *e)
{
	const struct compare_pair *pair = input->pair;
	const struct report_cell *base = cell_of(&pair->base, input->base_group);
	const struct report_cell *newer = cell_of(&pair->newer, input->new_group);

	if (!input->base || !input->newer)
		return 0;
	item->kernel_differs =
		both_and_different(model_target_fact(c->base_model, (size_t)pair->base.target,
					   item->placement, FACT_KERNEL),
			model_target_fact(c->new_model, (size_t)pair->newer.target, item->placement,
				FACT_KERNEL));
	mark_network(c, pair, item);
	if (check_metric(c, input->base->metric, input->newer->metric, e) < 0)
		return -1;
	return check_emulation(c, item, base, newer, e);
}

static int match_values(
	struct compare_build *build, const struct compare_pair *pair, struct error *e)
{
	struct comparison *c = build->comparison;
	const struct side *base = &pair->base, *newer = &pair->newer;

	for (size_t i = 0; i < base->count; i++) {
		const struct side_value *value = &base->values[i];
		if (value->metric->kind == REPORT_VALIDITY)
			continue;
		const struct compare_input input = {
			.base = value,
			.newer = side_find(newer, value),
			.pair = pair,
			.base_group = value->group - base->model->groups,
			.new_group = side_find_group(newer, value->group),
		};
		if (check_item(c, &input,
			    add_item(build, &input, value->group, value->metric, value->x), e) < 0)
			return -1;
	}
	for (size_t i = 0; i < newer->count; i++) {
		const struct side_value *value = &newer->values[i];
		const struct compare_input input = {
			.newer = value,
			.pair = pair,
			.base_group = side_find_group(base, value->group),
			.new_group = value->group - newer->model->groups,
		};
		if (value->metric->kind != REPORT_VALIDITY && !side_find(base, value))
			add_item(build, &input, value->group, value->metric, value->x);
	}
	return 0;
}

static bool has_values(const struct side *side, const struct report_group *group)
{
	for (size_t i = 0; group && i < side->count; i++)
		if (side->values[i].group == group)
			return true;
	return false;
}

static const struct report_group *group_at(const struct side *side, long group)
{
	return group < 0 ? NULL : &side->model->groups[group];
}

/* A cell that neither side has a number of still has its metrics, if any is known. */
static void add_empty_cell(struct compare_build *build, const struct compare_input *input,
	const struct report_model *model, const struct report_group *group)
{
	size_t before = build->comparison->count;

	for (size_t i = 0; i < model->metric_count; i++)
		if (model->metrics[i].kind != REPORT_VALIDITY &&
			strcmp(model->metrics[i].benchmark, group->benchmark) == 0)
			add_item(build, input, group, &model->metrics[i], NAN);
	if (build->comparison->count == before)
		add_item(build, input, group, NULL, NAN);
}

static void match_empty(struct compare_build *build, const struct compare_pair *pair)
{
	const struct side *base = &pair->base, *newer = &pair->newer;

	for (size_t g = 0; g < base->model->group_count; g++) {
		const struct report_group *group = &base->model->groups[g];
		const struct compare_input input = {
			.pair = pair,
			.base_group = (long)g,
			.new_group = side_find_group(newer, group),
		};
		if (base->has_cell[g] && !has_values(base, group) &&
			!has_values(newer, group_at(newer, input.new_group)))
			add_empty_cell(build, &input, base->model, group);
	}
	for (size_t g = 0; g < newer->model->group_count; g++) {
		const struct report_group *group = &newer->model->groups[g];
		const struct compare_input input = {
			.pair = pair,
			.base_group = side_find_group(base, group),
			.new_group = (long)g,
		};
		if (newer->has_cell[g] && input.base_group < 0 && !has_values(newer, group))
			add_empty_cell(build, &input, newer->model, group);
	}
}

static int check_settings(struct comparison *c, const struct compare_pair *pair, struct error *e)
{
	for (size_t g = 0; g < pair->base.model->group_count; g++) {
		const struct report_group *group = &pair->base.model->groups[g];
		bool first = pair->base.has_cell[g];
		for (size_t k = 0; first && k < g; k++)
			first = !pair->base.has_cell[k] ||
				strcmp(pair->base.model->groups[k].placement, group->placement) !=
					0;
		if (first && side_find_group(&pair->newer, group) >= 0 &&
			check_setting(c, pair, group->placement, e) < 0)
			return -1;
	}
	return 0;
}

struct sorted {
	struct compare_item item;
	struct compare_input input;
};

static int order_items(const void *left, const void *right)
{
	const struct compare_item *a = &((const struct sorted *)left)->item;
	const struct compare_item *b = &((const struct sorted *)right)->item;
	const struct compare_pair *pair = ((const struct sorted *)left)->input.pair;
	const struct compare_pair *other = ((const struct sorted *)right)->input.pair;
	int order = (pair > other) - (pair < other);

	if (!order)
		order = strcmp(a->placement, b->placement);
	if (!order)
		order = strcmp(a->benchmark, b->benchmark);
	if (!order)
		order = strcmp(a->parameters, b->parameters);
	if (!order && a->metric && b->metric)
		order = strcmp(a->metric->name, b->metric->name);
	return order ? order : (a->x > b->x) - (a->x < b->x);
}

static void sort_items(struct compare_build *build)
{
	struct comparison *c = build->comparison;
	cleanup_free struct sorted *sorted = mem_new(c->count, sizeof(*sorted));

	for (size_t i = 0; i < c->count; i++)
		sorted[i] = (struct sorted){c->items[i], build->inputs[i]};
	qsort(sorted, c->count, sizeof(*sorted), order_items);
	for (size_t i = 0; i < c->count; i++) {
		c->items[i] = sorted[i].item;
		build->inputs[i] = sorted[i].input;
	}
}

int compare_match(struct compare_build *build, struct error *e)
{
	struct comparison *c = build->comparison;

	if (check_images(c, e) < 0)
		return -1;
	for (size_t p = 0; p < build->pair_count; p++) {
		const struct compare_pair *pair = &build->pairs[p];
		if (check_settings(c, pair, e) < 0 || match_values(build, pair, e) < 0)
			return -1;
		match_empty(build, pair);
	}
	if (!c->count)
		return error_set(e, "%s and %s have no benchmark in common; nothing to compare",
			c->base_label, c->new_label);
	sort_items(build);
	return 0;
}
