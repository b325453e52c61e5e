/* Which target of one side of a comparison belongs to which of the other. */
#include "report/verdict/compare_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "report/model/build.h"
#include "report/write/words.h"

static void add_pair(struct compare_build *build, long base, const char *base_name, long newer,
	const char *new_name)
{
	struct comparison *comparison = build->comparison;
	struct compare_pair *pair = &build->pairs[build->pair_count++];

	*pair = (struct compare_pair){
		.base_name = base_name,
		.new_name = new_name,
		.paired = side_same_campaign(comparison->base, comparison->newer),
	};
	side_read(comparison->base_model, base, &pair->base);
	side_read(comparison->new_model, newer, &pair->newer);
	comparison->paired = comparison->paired || pair->paired;
	if (!pair->paired)
		compare_natives_read(comparison, pair);
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
	cleanup_free char *hint = nearest_hint(name, names, model->target_count);
	if (hint[0])
		return error_set(e, "%s has no target \"%s\"%s", label, name, hint);
	return error_set(e, "%s has no target \"%s\"; it has %s", label, name,
		list.count ? list.bytes : "none");
}

/* The baselines against each other: what they say of the host holds for a single target, too. */
static void add_natives(struct compare_build *build)
{
	const struct comparison *c = build->comparison;
	const char *base = c->base->baseline, *newer = c->newer->baseline;

	add_pair(build, side_find_target(c->base_model, base), base,
		side_find_target(c->new_model, newer), newer);
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
	/* A gate names its targets: a missing one is a result, not a mistake. */
	if (c->options.all_of_base) {
		to = side_find_target(c->new_model, new_name);
	} else if (find_target(c->new_model, c->new_label, new_name, &to, e) < 0) {
		return -1;
	}
	add_pair(build, from, c->base_model->targets[from].name, to,
		to == SIDE_ABSENT ? c->base_model->targets[from].name
				  : c->new_model->targets[to].name);
	if (c->options.all_of_base && build->pairs[0].natives)
		add_natives(build);
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
	bool same = side_same_campaign(c->base, c->newer);
	bool same_target =
		base->target == newer->target ||
		(base->target && newer->target && strcmp(base->target, newer->target) == 0);

	build->pairs = mem_new(c->base_model->target_count + 1, sizeof(*build->pairs));
	if (same && (same_target || !base->target || !newer->target))
		return error_set(e,
			"%s and %s are the same campaign; name two of its targets: %s:TARGET "
			"%s:OTHER",
			c->base_label, c->new_label, c->base_label, c->new_label);
	return base->target || newer->target ? pair_named(build, base, newer, e)
					     : pair_all(build, e);
}

struct compare_pairs compare_pairs_of(
	const struct compare_input *input, const struct compare_item *item)
{
	struct compare_pairs pairs = {0};
	const struct side_value *base = input->base, *newer = input->newer;

	if (!base || !newer || base->status != BLOCKS_OK || newer->status != BLOCKS_OK)
		return pairs;
	pairs.differences = mem_new(base->block_count + 1, sizeof(*pairs.differences));
	pairs.blocks = mem_new(base->block_count + 1, sizeof(*pairs.blocks));
	pairs.count = blocks_pair(newer->blocks, newer->block_count, base->blocks,
		base->block_count, pairs.differences, pairs.blocks, NULL);
	for (size_t i = 0;
		item->metric && item->metric->better == REPORT_BETTER_HIGHER && i < pairs.count;
		i++)
		pairs.differences[i] = -pairs.differences[i];
	return pairs;
}

void compare_pairs_free(struct compare_pairs *pairs)
{
	free(pairs->differences);
	free(pairs->blocks);
	*pairs = (struct compare_pairs){0};
}
