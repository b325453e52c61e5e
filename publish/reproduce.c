/* See reproduce.h. */
#include "publish/reproduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

enum { FEWEST_BLOCKS = 3 };

const char *reproduce_text(enum reproduce_answer answer)
{
	static const char *const texts[] = {[REPRODUCE_CANNOT_TELL] = "CANNOT TELL",
		[REPRODUCE_SAME] = "REPRODUCED",
		[REPRODUCE_DIFFERS] = "DIFFERS"};

	return texts[answer];
}

/* --- the machines -------------------------------------------------------------------------------
 */

/* All values of a fact, each with its targets: "6.1.0-18 (native, container); …". */
static char *fact_text(const struct report_model *model, const char *name)
{
	cleanup_text struct text text = {0};

	for (size_t i = 0; i < model->fact_count; i++)
		if (strcmp(model->facts[i].name, name) == 0)
			text_addf(&text, "%s%s (%s)", text.count ? "; " : "", model->facts[i].value,
				model->facts[i].targets);
	return text_take(&text);
}

static void add_difference(struct reproduction *out, const char *fact, char *published, char *here)
{
	array_reserve(&out->differences, &out->difference_capacity, out->difference_count + 1);
	out->differences[out->difference_count++] =
		(struct reproduce_difference){fact, published, here};
}

static void compare_fact(struct reproduction *out, const char *name)
{
	for (size_t i = 0; i < out->difference_count; i++)
		if (strcmp(out->differences[i].fact, name) == 0)
			return;
	char *published = fact_text(out->published, name), *here = fact_text(out->here, name);
	if (strcmp(published, here) == 0) {
		free(published);
		free(here);
		return;
	}
	add_difference(out, name, published, here);
}

static void compare_facts(struct reproduction *out)
{
	const struct report_model *models[] = {out->published, out->here};

	if (strcmp(out->published->image_digest, out->here->image_digest) != 0)
		add_difference(out, "image", str_dup(out->published->image_digest),
			str_dup(out->here->image_digest));
	for (size_t m = 0; m < ARRAY_COUNT(models); m++)
		for (size_t i = 0; i < models[m]->fact_count; i++)
			compare_fact(out, models[m]->facts[i].name);
}

/* --- one headline -------------------------------------------------------------------------------
 */

static long find_target(const struct report_model *model, const char *name)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (strcmp(model->targets[t].name, name) == 0)
			return (long)t;
	return -1;
}

static bool same_metric(const struct report_row *a, const struct report_row *b)
{
	return strcmp(a->metric->name, b->metric->name) == 0 &&
	       strcmp(a->metric->unit, b->metric->unit) == 0 &&
	       (a->x == b->x || (isnan(a->x) && isnan(b->x)));
}

static const struct report_value *find_here(
	const struct report_model *model, const struct reproduce_item *item, long target)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		if (strcmp(group->placement, item->group->placement) != 0 ||
			strcmp(group->benchmark, item->group->benchmark) != 0 ||
			strcmp(group->parameters, item->group->parameters) != 0)
			continue;
		for (size_t i = 0; i < group->row_count; i++)
			if (same_metric(&group->rows[i], item->row))
				return &group->rows[i].values[target];
	}
	return NULL;
}

/* On the scale of the tests: logarithms of ratios, or the metric's unit. */
static const struct interval *interval_of(
	const struct reproduce_item *item, const struct report_value *value)
{
	if (item->absolute)
		return value->status == REPORT_MEASURED ? &value->value : NULL;
	return value->compared ? &value->change : NULL;
}

static double margin_of(
	const struct compare_options *options, double delta, const struct reproduce_item *item)
{
	const struct report_metric *metric = item->row->metric;

	for (size_t i = 0; i < options->margin_count; i++)
		if (compare_margin_names(&options->margins[i], metric))
			return metric->additive ? options->margins[i].value
						: log1p(options->margins[i].value);
	return metric->additive ? NAN : log1p(delta);
}

/* Both sides are independent samples: their variances add, with Satterthwaite's degrees of
 * freedom. */
static void set_case(const struct interval *published, const struct interval *here, bool inverse,
	struct verdict_case *judged)
{
	double a = published->error * published->error, b = here->error * here->error;

	judged->centre = (here->centre - published->centre) * (inverse ? -1 : 1);
	judged->error = sqrt(a + b);
	judged->df = a + b > 0 ? (a + b) * (a + b) / (a * a / published->df + b * b / here->df)
			       : fmin(published->df, here->df);
	judged->blocks = published->blocks < here->blocks ? published->blocks : here->blocks;
	judged->claim_equivalence = true;
}

/* A slowdown is the inverse of the ratio of rates. */
static bool is_inverse(const struct reproduce_item *item)
{
	return !item->absolute && !item->row->metric->additive &&
	       item->row->metric->better == REPORT_BETTER_HIGHER;
}

/* Why nothing can be tested; "" where it can. */
static const char *obstacle(const struct reproduce_item *item, const struct report_value *published,
	const struct report_value *here, const struct interval *a, const struct interval *b)
{
	if (!a || !b)
		return "not measured, or not compared, here";
	if (published->cell->emulated != here->cell->emulated)
		return "the CPU was emulated on one side";
	if (published->logarithmic != here->logarithmic)
		return "not positive on one side";
	if (a->blocks < FEWEST_BLOCKS || b->blocks < FEWEST_BLOCKS)
		return "fewer than 3 blocks on a side";
	if (a->status != INTERVAL_OK || b->status != INTERVAL_OK)
		return "no interval on a side";
	if (isnan(item->judged.margin))
		return "no margin: it needs --delta METRIC=MARGIN in its unit";
	return "";
}

static void judge_item(struct reproduction *out, const struct compare_options *options,
	struct reproduce_item *item)
{
	const struct report_value *published = &item->row->values[item->target], *here = NULL;
	long target = find_target(out->here, out->published->targets[item->target].name);

	if (target >= 0)
		here = find_here(out->here, item, target);
	item->published = item->here = item->ratio = item->low = item->high = NAN;
	item->judged = (struct verdict_case){.margin = margin_of(options, out->delta, item),
		.centre = NAN,
		.error = NAN,
		.df = NAN};
	item->reason = "not part of the measurement here";
	if (!here)
		return;
	const struct interval *a = interval_of(item, published), *b = interval_of(item, here);
	item->reason = obstacle(item, published, here, a, b);
	item->published = !a ? NAN : is_inverse(item) ? 1 / a->estimate : a->estimate;
	item->here = !b ? NAN : is_inverse(item) ? 1 / b->estimate : b->estimate;
	if (!item->reason[0])
		set_case(a, b, is_inverse(item), &item->judged);
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void add_items(struct reproduction *out, const struct report_group *group,
	const struct report_row *row, bool absolute)
{
	const struct report_model *model = out->published;

	/* What was not measured, or not compared, was not claimed. */
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (!value->headline || value->status != REPORT_MEASURED ||
			(!absolute && !value->compared))
			continue;
		array_reserve(&out->items, &out->capacity, out->count + 1);
		out->items[out->count++] = (struct reproduce_item){
			.group = group, .row = row, .target = t, .absolute = absolute};
	}
}

/* The interval that lies in the margins exactly where both tests reject. */
static void set_interval(struct reproduce_item *item, double alpha)
{
	struct interval interval = {0};

	if (item->reason[0])
		return;
	(item->row->metric->additive ? interval_difference : interval_ratio)(item->judged.centre,
		item->judged.error, item->judged.df, item->judged.blocks, 1 - 2 * alpha, &interval);
	item->ratio = interval.estimate;
	item->low = interval.low;
	item->high = interval.high;
}

static void judge_all(struct reproduction *out)
{
	struct verdict_case *cases = mem_new(out->count + 1, sizeof(*cases));
	const struct verdict_levels levels = {
		.worse = out->alpha, .better = out->alpha, .equivalence = true};

	for (size_t i = 0; i < out->count; i++)
		cases[i] = out->items[i].judged;
	verdict_judge(cases, out->count, &levels);
	for (size_t i = 0; i < out->count; i++) {
		struct reproduce_item *item = &out->items[i];
		item->judged = cases[i];
		item->answer = item->reason[0]                            ? REPRODUCE_CANNOT_TELL
			       : cases[i].verdict == VERDICT_EQUIVALENT   ? REPRODUCE_SAME
			       : cases[i].verdict == VERDICT_INCONCLUSIVE ? REPRODUCE_CANNOT_TELL
									  : REPRODUCE_DIFFERS;
		out->same += item->answer == REPRODUCE_SAME;
		out->different += item->answer == REPRODUCE_DIFFERS;
		out->unknown += item->answer == REPRODUCE_CANNOT_TELL;
		set_interval(item, out->alpha);
	}
	free(cases);
}

static int check_margins(
	const struct report_model *model, const struct compare_options *options, struct error *e)
{
	for (size_t m = 0; m < options->margin_count; m++) {
		bool known = false;
		for (size_t i = 0; i < model->metric_count; i++)
			known = known ||
				compare_margin_names(&options->margins[m], &model->metrics[i]);
		if (!known)
			return error_set(e, "--delta: the crate has no metric \"%s\"",
				options->margins[m].name);
	}
	return 0;
}

int reproduce(const struct report_model *published, const struct report_model *here,
	const struct compare_options *options, struct reproduction *out, struct error *e)
{
	static const double default_delta = 0.05, default_alpha = 0.05;
	bool absolute = published->target_count == 1;

	*out = (struct reproduction){.published = published,
		.here = here,
		.delta = options->delta > 0 ? options->delta : default_delta,
		.alpha = options->alpha > 0 ? options->alpha : default_alpha};
	if (check_margins(published, options, e) < 0)
		return -1;
	compare_facts(out);
	for (size_t g = 0; g < published->group_count; g++)
		for (size_t i = 0; i < published->groups[g].row_count; i++)
			add_items(out, &published->groups[g], &published->groups[g].rows[i],
				absolute);
	for (size_t i = 0; i < out->count; i++)
		judge_item(out, options, &out->items[i]);
	judge_all(out);
	return 0;
}

void reproduce_free(struct reproduction *reproduction)
{
	for (size_t i = 0; i < reproduction->difference_count; i++) {
		free(reproduction->differences[i].published);
		free(reproduction->differences[i].here);
	}
	free(reproduction->differences);
	free(reproduction->items);
	*reproduction = (struct reproduction){0};
}
