/* The comparison's frame: what it owns, which target is compared with which, and the answer. */
#include "report/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "report/compare_build.h"
#include "report/words.h"

const char *compare_keep(struct comparison *comparison, char *text)
{
	array_reserve(&comparison->pool, &comparison->pool_capacity, comparison->pool_count + 1);
	comparison->pool[comparison->pool_count++] = text;
	return text;
}

void compare_note(struct comparison *comparison, char *text)
{
	const char *kept = compare_keep(comparison, text);

	for (size_t i = 0; i < comparison->note_count; i++)
		if (!strcmp(comparison->notes[i], kept))
			return;
	array_reserve(&comparison->notes, &comparison->note_capacity, comparison->note_count + 1);
	comparison->notes[comparison->note_count++] = kept;
}

static bool same_campaign(const struct store_data *a, const struct store_data *b)
{
	return !strcmp(a->campaign_id, b->campaign_id) && a->started_ns == b->started_ns;
}

static void add_pair(struct compare_build *build, long base, const char *base_name, long newer,
	const char *new_name)
{
	struct comparison *comparison = build->comparison;
	struct compare_pair *pair = &build->pairs[build->pair_count++];

	*pair = (struct compare_pair){
		.base_name = base_name,
		.new_name = new_name,
		.paired = same_campaign(comparison->base, comparison->newer),
	};
	side_read(comparison->base_model, base, &pair->base);
	side_read(comparison->new_model, newer, &pair->newer);
	comparison->paired = comparison->paired || pair->paired;
}

static int find_target(const struct report_model *model, const char *label, const char *name,
	long *found, struct error *e)
{
	cleanup_free const char **names = mem_new(model->target_count + 1, sizeof(*names));
	cleanup_text struct text list = {0};

	*found = side_find_target(model, name);
	if (*found != SIDE_ABSENT)
		return 0;
	for (size_t t = 0; t < model->target_count; t++) {
		names[t] = model->targets[t].name;
		text_addf(&list, "%s%s", t ? ", " : "", names[t]);
	}
	const char *near = nearest_name(name, names, model->target_count);
	return error_set(e, "%s has no target \"%s\"; %s%s%s", label, name,
		near ? "did you mean \"" : "it has ",
		near         ? near
		: list.count ? list.bytes
			     : "none",
		near ? "\"?" : "");
}

/* One side names a target: the other's of that name, its only one, or the one it names. */
static int pair_named(struct compare_build *build, const struct compare_source *base,
	const struct compare_source *newer, struct error *e)
{
	const struct comparison *c = build->comparison;
	const char *base_name = base->target ? base->target : newer->target;
	const char *new_name = newer->target ? newer->target : base->target;
	long from, to;

	if (!base->target && c->base_model->target_count == 1)
		base_name = c->base_model->targets[0].name;
	if (!newer->target && c->new_model->target_count == 1)
		new_name = c->new_model->targets[0].name;
	if (find_target(c->base_model, c->base_label, base_name, &from, e) < 0)
		return -1;
	/* A gate is told what to watch: that it is gone is an answer, not a mistake. */
	if (c->options.all_of_base) {
		to = side_find_target(c->new_model, new_name);
	} else if (find_target(c->new_model, c->new_label, new_name, &to, e) < 0) {
		return -1;
	}
	add_pair(build, from, c->base_model->targets[from].name, to,
		to == SIDE_ABSENT ? c->base_model->targets[from].name
				  : c->new_model->targets[to].name);
	return 0;
}

static int pair_all(struct compare_build *build, struct error *e)
{
	struct comparison *c = build->comparison;
	const struct report_model *base = c->base_model, *newer = c->new_model;

	if (base->target_count == 1 && newer->target_count == 1 && !c->options.all_of_base) {
		add_pair(build, 0, base->targets[0].name, 0, newer->targets[0].name);
		return 0;
	}
	for (size_t t = 0; t < base->target_count; t++) {
		const char *name = base->targets[t].name;
		long to = side_find_target(newer, name);
		if (to != SIDE_ABSENT || c->options.all_of_base)
			add_pair(build, (long)t, name, to, name);
		else
			compare_note(c, str_printf("target %s is only in %s", name, c->base_label));
	}
	for (size_t t = 0; t < newer->target_count; t++)
		if (side_find_target(base, newer->targets[t].name) == SIDE_ABSENT)
			compare_note(c, str_printf("target %s is only in %s",
						newer->targets[t].name, c->new_label));
	if (!build->pair_count)
		return error_set(e,
			"%s and %s have no target in common; name them: %s:TARGET %s:TARGET",
			c->base_label, c->new_label, c->base_label, c->new_label);
	return 0;
}

int compare_pair_targets(struct compare_build *build, const struct compare_source *base,
	const struct compare_source *newer, struct error *e)
{
	const struct comparison *c = build->comparison;
	bool same = same_campaign(c->base, c->newer);
	bool same_target = base->target == newer->target ||
			   (base->target && newer->target && !strcmp(base->target, newer->target));

	build->pairs = mem_new(c->base_model->target_count + 1, sizeof(*build->pairs));
	if (same && (same_target || !base->target || !newer->target))
		return error_set(e,
			"%s and %s are the same campaign; name two of its targets: %s:TARGET "
			"%s:OTHER",
			c->base_label, c->new_label, c->base_label, c->new_label);
	return base->target || newer->target ? pair_named(build, base, newer, e)
					     : pair_all(build, e);
}

static int check_options(const struct compare_options *options, struct error *e)
{
	if (!(options->delta > 0 && isfinite(options->delta)))
		return error_set(e, "the margin must be above 0, such as 1%%, not %g%%",
			100 * options->delta);
	if (!(options->alpha > 0 && options->alpha < 0.5))
		return error_set(
			e, "alpha must be between 0 and 0.5, such as 0.05, not %g", options->alpha);
	return 0;
}

static void build_free(struct compare_build *build)
{
	for (size_t i = 0; i < build->pair_count; i++) {
		side_free(&build->pairs[i].base);
		side_free(&build->pairs[i].newer);
	}
	free(build->pairs);
	free(build->inputs);
}

static int make(struct comparison *comparison, const struct compare_source *base,
	const struct compare_source *newer, struct error *e)
{
	struct compare_build build = {.comparison = comparison};
	struct report_options options = {.confidence = 1 - comparison->options.alpha};
	int status = -1;

	if (check_options(&comparison->options, e) == 0 &&
		report_model_new(base->data, &options, &comparison->base_model, e) == 0 &&
		report_model_new(newer->data, &options, &comparison->new_model, e) == 0 &&
		compare_pair_targets(&build, base, newer, e) == 0 && compare_match(&build, e) == 0)
		status = compare_judge(&build, e);
	build_free(&build);
	return status;
}

/* A file name need not be UTF-8, but every format is. */
static const char *clean_label(struct comparison *comparison, const char *label)
{
	struct text clean = {0};

	words_add_utf8(&clean, label);
	return compare_keep(comparison, text_take(&clean));
}

int compare_new(const struct compare_source *base, const struct compare_source *newer,
	const struct compare_options *options, struct comparison **out, struct error *e)
{
	struct comparison *comparison = mem_new(1, sizeof(*comparison));

	*comparison = (struct comparison){
		.base = base->data,
		.newer = newer->data,
		.options = *options,
	};
	comparison->base_label = clean_label(comparison, base->label);
	comparison->new_label = clean_label(comparison, newer->label);
	if (comparison->options.delta == 0)
		comparison->options.delta = 0.01;
	if (comparison->options.alpha == 0)
		comparison->options.alpha = 0.05;
	if (make(comparison, base, newer, e) < 0) {
		compare_free(comparison);
		return -1;
	}
	*out = comparison;
	return 0;
}

void compare_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	for (size_t i = 0; i < comparison->pool_count; i++)
		free(comparison->pool[i]);
	free(comparison->pool);
	free(comparison->notes);
	free(comparison->items);
	report_model_free(comparison->base_model);
	report_model_free(comparison->new_model);
	free(comparison);
}

const char *compare_state_text(const struct compare_item *item)
{
	static const char *const texts[] = {
		[COMPARE_EXPLORATORY] = "exploratory",
		[COMPARE_UNTESTABLE] = "INCONCLUSIVE",
		[COMPARE_NOT_MEASURED] = "NOT MEASURED",
		[COMPARE_FAILED] = "FAILED",
		[COMPARE_NEW] = "new",
	};

	return item->state == COMPARE_JUDGED ? verdict_text(item->judged.verdict)
					     : texts[item->state];
}

char *compare_decides(const struct compare_item *item, char buffer[256])
{
	size_t further = item->judged.further_blocks;
	bool open = item->state == COMPARE_UNTESTABLE ||
		    (item->state == COMPARE_JUDGED && item->judged.verdict == VERDICT_INCONCLUSIVE);

	buffer[0] = '\0';
	if (!open)
		snprintf(buffer, 256, "%s", item->reason);
	else if (item->state == COMPARE_UNTESTABLE && further > 0 && further != VERDICT_UNDECIDABLE)
		snprintf(buffer, 256, "%s; at least %zu more", item->reason, further);
	else if (item->state == COMPARE_UNTESTABLE)
		snprintf(buffer, 256, "%s", item->reason);
	else if (further == VERDICT_UNDECIDABLE)
		snprintf(buffer, 256, "no number of blocks decides this: it is at the margin%s%s",
			item->reason[0] ? "; " : "", item->reason);
	else
		snprintf(buffer, 256, "%zu more block%s%s%s%s", further, further == 1 ? "" : "s",
			item->paired ? "" : " a side", item->reason[0] ? "; " : "", item->reason);
	/* Without the half of a character that did not fit. */
	text_one_line(buffer);
	return buffer;
}

int compare_gate_status(const struct comparison *comparison)
{
	size_t passed = 0, open = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		switch (comparison->items[i].gate) {
		case GATE_REGRESSION:
			return 1;
		case GATE_PASS:
			passed++;
			break;
		case GATE_NONE:
			break;
		default:
			open++;
		}
	}
	return open || !passed ? 4 : 0;
}
