/* Different campaigns, each over its own baseline: what the day did to both cancels. And what the
 * baselines themselves say of the host. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_build.h"
#include "report/write/words.h"

static long baseline_of(const struct report_model *model)
{
	return model->data->baseline ? side_find_target(model, model->data->baseline) : SIDE_ABSENT;
}

/* Sides of one target name in all earlier campaigns; those without it are empty. */
static struct side *read_earlier(struct comparison *c, const char *name, bool native)
{
	struct side *sides = mem_new(c->options.earlier_count + 1, sizeof(*sides));

	for (size_t i = 0; i < c->options.earlier_count; i++) {
		struct report_model *model = c->earlier_models[i];

		side_read(model, native ? baseline_of(model) : side_find_target(model, name),
			&sides[i]);
	}
	return sides;
}

void compare_natives_read(struct comparison *c, struct compare_pair *pair)
{
	long base = baseline_of(c->base_model), newer = baseline_of(c->new_model);

	if (base == SIDE_ABSENT || newer == SIDE_ABSENT || pair->newer.target == SIDE_ABSENT)
		return;
	pair->is_native = pair->base.target == base && pair->newer.target == newer;
	if (pair->base.target == base || pair->newer.target == newer)
		return;
	pair->natives = mem_new(2, sizeof(*pair->natives));
	side_read(c->base_model, base, &pair->natives[0]);
	side_read(c->new_model, newer, &pair->natives[1]);
	pair->earlier = read_earlier(c, pair->base_name, false);
	pair->earlier_natives = read_earlier(c, pair->base_name, true);
}

void compare_natives_free(const struct comparison *c, struct compare_pair *pair)
{
	if (!pair->natives)
		return;
	side_free(&pair->natives[0]);
	side_free(&pair->natives[1]);
	for (size_t i = 0; i < c->options.earlier_count; i++) {
		side_free(&pair->earlier[i]);
		side_free(&pair->earlier_natives[i]);
	}
	free(pair->natives);
	free(pair->earlier);
	free(pair->earlier_natives);
}

double *compare_over_native(
	const struct side *native, const struct side_value *value, size_t *count)
{
	const struct side_value *own = side_find(native, value);
	double *differences = mem_new(value->block_count + 1, sizeof(*differences));

	*count = 0;
	if (own && own->status == BLOCKS_OK && value->status == BLOCKS_OK)
		*count = blocks_pair(value->blocks, value->block_count, own->blocks,
			own->block_count, differences, NULL, NULL);
	return differences;
}

/* --- the host -----------------------------------------------------------------------------------
 */

/* What is known of both hosts and differs: "kernel 6.1.0 → 6.1.1, microcode …"; "" if nothing. */
static char *differing_facts(const struct comparison *c, const char *placement)
{
	static const struct {
		int fact;
		const char *name;
	} facts[] = {{FACT_KERNEL, "kernel"}, {FACT_CPU_MODEL, "CPU model"},
		{FACT_MICROCODE, "microcode"}, {FACT_MITIGATIONS, "mitigations"},
		{FACT_GOVERNOR, "governor"}, {FACT_SMT, "SMT"}, {FACT_TURBO, "turbo"}};
	long base = baseline_of(c->base_model), newer = baseline_of(c->new_model);
	struct text text = {0};

	for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
		const char *before =
			model_target_fact(c->base_model, (size_t)base, placement, facts[i].fact);
		const char *after =
			model_target_fact(c->new_model, (size_t)newer, placement, facts[i].fact);

		if (before && after && *before && *after && strcmp(before, after) != 0)
			text_addf(&text, "%s%s %.40s → %.40s", text.count ? ", " : "",
				facts[i].name, before, after);
	}
	return text.count ? text_take(&text) : str_dup("");
}

/* Native's interval leaves "no change" out. */
static bool moved(const struct compare_item *item)
{
	double same = item->metric && item->metric->additive ? 0 : 1;

	return item->change.status == INTERVAL_OK &&
	       (item->change.low > same || item->change.high < same);
}

static bool inside_margin(const struct comparison *c, const struct compare_item *item)
{
	return item->change.status == INTERVAL_OK && !item->metric->additive &&
	       item->change.high < 1 + c->options.delta &&
	       item->change.low > 1 / (1 + c->options.delta);
}

static void note_moved(struct comparison *c, const struct compare_item *item)
{
	char cost[WORDS_BYTES], interval[WORDS_BYTES];
	const struct report_value value = {.compared = true,
		.change = item->change,
		.cost = item->cost,
		.cost_low = item->cost_low,
		.cost_high = item->cost_high};

	words_cost(&value, item->metric, cost);
	words_interval(&value, item->metric, interval);
	compare_note(c,
		str_printf("host: %s changed by %s %s in %s %s against %s (+ is worse); below is "
			   "the cost over it",
			item->new_target, cost, interval, item->benchmark, item->metric->name,
			c->base_label));
}

void compare_check_host(struct compare_build *build)
{
	struct comparison *c = build->comparison;
	bool any_over_native = false, any_spread = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];

		any_over_native |= item->over_native;
		any_spread |= item->earlier > 0;
		if (!item->host || !item->headline || !item->metric)
			continue;
		if (moved(item))
			note_moved(c, item);
		cleanup_free char *facts = differing_facts(c, item->placement);
		if (facts[0] && !inside_margin(c, item) && !c->host_changed)
			c->host_changed = compare_keep(c, str_dup(facts));
	}
	if (any_over_native && !any_spread)
		compare_note(
			c, str_printf("the spread between campaigns is not known (fewer than 5 "
				      "earlier ones): a part of a day that the baseline does "
				      "not share can look like a change"));
	if (c->host_changed)
		compare_note(
			c, str_printf("the host changed (%s): use two targets of one campaign, or "
				      "--cost if the cost over native is what you ask",
				   c->host_changed));
}
