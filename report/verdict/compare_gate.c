/* What a gate makes of each item of a comparison, how many there are of each kind, and what it says
 * of all. */
#include "base/array.h"
#include "report/verdict/compare_build.h"

/* Runs that failed or are missing although the item has numbers. */
static unsigned missing_runs(const struct compare_side *side)
{
	unsigned done = side->measured_runs + side->failed_runs;

	return side->planned_runs > done ? side->planned_runs - done : 0;
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
	unsigned failed = item->base.failed_runs + item->newer.failed_runs;
	unsigned missing = missing_runs(&item->base) + missing_runs(&item->newer);

	item->gate = GATE_NONE;
	if (!item->headline && item->state != COMPARE_JUDGED)
		return;
	item->gate =
		item->state == COMPARE_JUDGED ? verdicts[item->judged.verdict] : gates[item->state];
	if (item->state == COMPARE_NOT_MEASURED || item->state == COMPARE_FAILED ||
		(!failed && !missing))
		return;
	c->counts.incomplete++;
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

void compare_set_gates(struct comparison *c)
{
	for (size_t i = 0; i < c->count; i++) {
		set_gate(c, &c->items[i]);
		compare_expect(c, &c->items[i]);
		count_item(&c->counts, &c->items[i]);
	}
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
