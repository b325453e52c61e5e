/* Known noise in a comparison: what was declared for a metric does not make a gate red until it
 * expires. Only numbers are excused, never what failed or was not measured. */
#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_build.h"

static struct expectation_key key_of(const struct compare_item *item)
{
	return (struct expectation_key){
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): asked for metrics only */
		.metric = item->metric->name,
		.target = item->new_target,
		.benchmark = item->benchmark,
		.placement = item->placement,
		.parameters = item->parameters};
}

void compare_expect(struct comparison *c, struct compare_item *item)
{
	if (!item->metric || (item->gate != GATE_REGRESSION && item->gate != GATE_INCONCLUSIVE))
		return;
	const struct expectation_key key = key_of(item);

	item->expectation = expectations_find(c->options.expectations, &key);
	if (!item->expectation)
		return;
	item->gate = item->expectation->expired ? item->gate : GATE_EXPECTED;
	cleanup_free char *excuse = expectation_text(item->expectation);
	item->reason = compare_keep(
		c, str_printf("%s%s%s", excuse, item->reason[0] ? "; " : "", item->reason));
}

bool compare_is_excused(const struct comparison *c, const struct compare_item *item)
{
	if (!item->metric)
		return false;
	const struct expectation_key key = key_of(item);
	const struct expectation *one = expectations_find(c->declared.expectations, &key);

	return one && !one->expired;
}

/* How many metrics one expectation is about, and how many it excuses. */
static void count(
	const struct comparison *c, const struct expectation *one, size_t *about, size_t *excused)
{
	*about = *excused = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];

		*excused += item->expectation == one && !one->expired;
		if (!item->metric)
			continue;
		const struct expectation_key key = key_of(item);
		*about += expectation_matches(one, &key);
	}
}

void compare_note_expectations(struct comparison *c)
{
	const struct expectations *all = c->options.expectations;

	for (size_t i = 0; all && i < all->count; i++) {
		const struct expectation *one = &all->list[i];
		size_t about, excused;

		count(c, one, &about, &excused);
		cleanup_free char *what =
			!about         ? str_dup("no metric is of this name")
			: one->expired ? str_printf("EXPIRED on %s: it counts again", one->until)
			: excused      ? str_printf("until %s, %zu excused", one->until, excused)
				       : str_printf("until %s, not needed here", one->until);
		compare_note(c, str_printf("known noise %s (%s; %s:%u): %s", one->metric,
					one->reason, all->path, one->line, what));
	}
}
