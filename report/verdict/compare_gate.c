/* What a gate makes of each item of a comparison, how many there are of each kind, and what it says
 * of all. */
#include "base/array.h"
#include "report/verdict/compare_build.h"

static unsigned missing_of(const struct compare_side *side)
{
	unsigned done = side->measured_runs + side->failed_runs;

	return side->planned_runs > done ? side->planned_runs - done : 0;
}

static unsigned missing_runs(const struct compare_item *item)
{
	return missing_of(&item->base) + missing_of(&item->newer);
}

static unsigned failed_runs(const struct compare_item *item)
{
	return item->base.failed_runs + item->newer.failed_runs;
}

static bool is_decided_about(const struct compare_item *item)
{
	return item->headline || item->state == COMPARE_JUDGED;
}

/* Runs failed or are missing although the item has numbers. */
static bool is_incomplete(const struct compare_item *item)
{
	return is_decided_about(item) && item->state != COMPARE_NOT_MEASURED &&
	       item->state != COMPARE_FAILED && (failed_runs(item) || missing_runs(item));
}

static void set_gate(struct comparison *c, struct compare_item *item)
{
	static const enum compare_gate gates[] = {
		[COMPARE_EXPLORATORY] = GATE_NONE,
		[COMPARE_UNTESTABLE] = GATE_INCONCLUSIVE,
		[COMPARE_NOT_MEASURED] = GATE_NOT_MEASURED,
		[COMPARE_FAILED] = GATE_FAILED,
		[COMPARE_NEW] = GATE_NONE,
	};
	static const enum compare_gate verdicts[] = {
		[VERDICT_INCONCLUSIVE] = GATE_INCONCLUSIVE,
		[VERDICT_REGRESSION] = GATE_REGRESSION,
		[VERDICT_IMPROVEMENT] = GATE_PASS,
		[VERDICT_EQUIVALENT] = GATE_PASS,
		[VERDICT_NOT_WORSE] = GATE_PASS,
	};
	unsigned failed = failed_runs(item), missing = missing_runs(item);

	item->gate = GATE_NONE;
	if (!is_decided_about(item))
		return;
	item->gate =
		item->state == COMPARE_JUDGED ? verdicts[item->judged.verdict] : gates[item->state];
	if (!is_incomplete(item))
		return;
	if (item->gate != GATE_REGRESSION)
		item->gate = failed ? GATE_FAILED : GATE_NOT_MEASURED;
	item->reason = compare_keep(
		c, str_printf("%s%s%u run%s failed, %u missing", item->reason,
			   item->reason[0] ? "; " : "", failed, failed == 1 ? "" : "s", missing));
}

static void count_item(struct compare_counts *counts, const struct compare_item *item)
{
	size_t *const states[] = {
		[COMPARE_EXPLORATORY] = &counts->exploratory,
		[COMPARE_UNTESTABLE] = &counts->inconclusive,
		[COMPARE_NOT_MEASURED] = &counts->not_measured,
		[COMPARE_FAILED] = &counts->failed,
		[COMPARE_NEW] = &counts->only_new,
	};
	size_t *const verdicts[] = {
		[VERDICT_INCONCLUSIVE] = &counts->inconclusive,
		[VERDICT_REGRESSION] = &counts->regressions,
		[VERDICT_IMPROVEMENT] = &counts->improvements,
		[VERDICT_EQUIVALENT] = &counts->equivalents,
		[VERDICT_NOT_WORSE] = &counts->not_worse,
	};

	counts->incomplete += is_incomplete(item);
	if (item->gate == GATE_EXPECTED)
		counts->expected++;
	if (!item->headline) {
		counts->details++;
		counts->details_worse += item->gate == GATE_REGRESSION;
		return;
	}
	if (item->gate != GATE_EXPECTED)
		(*(item->state == COMPARE_JUDGED ? verdicts[item->judged.verdict]
						 : states[item->state]))++;
}

static bool is_in_family(const struct compare_item *item)
{
	return item->headline && item->state != COMPARE_EXPLORATORY && item->state != COMPARE_NEW;
}

void compare_set_gates(struct comparison *c)
{
	for (size_t i = 0; i < c->count; i++) {
		c->family += is_in_family(&c->items[i]);
		set_gate(c, &c->items[i]);
		compare_expect(c, &c->items[i]);
		count_item(&c->counts, &c->items[i]);
	}
}

void compare_keep_items(struct comparison *c,
	bool (*wanted)(const struct compare_item *item, const void *context), const void *context)
{
	size_t details = c->counts.details, kept = 0;

	for (size_t i = 0; i < c->count; i++)
		if (wanted(&c->items[i], context))
			c->items[kept++] = c->items[i];
	c->count = kept;
	c->counts = (struct compare_counts){0};
	for (size_t i = 0; i < c->count; i++)
		count_item(&c->counts, &c->items[i]);
	c->counts.details = details;
}

int compare_gate_status(const struct comparison *comparison)
{
	size_t passed = 0, open = 0;

	if (comparison->host_changed && !comparison->options.cost)
		return 4;
	for (size_t i = 0; i < comparison->count; i++) {
		switch (comparison->items[i].gate) {
		case GATE_REGRESSION:
			return 1;
		case GATE_PASS:
			passed++;
			break;
		case GATE_NONE:
		case GATE_EXPECTED:
			break;
		default:
			open++;
		}
	}
	return open || !passed ? 4 : 0;
}
