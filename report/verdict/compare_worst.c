/* What of a comparison is not green, the worst first. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "report/verdict/compare.h"

/* How bad it is that a gate makes this of an item; 0: it is green. */
static const int badness[] = {
	[GATE_PASS] = 0,
	[GATE_NONE] = 0,
	[GATE_EXPECTED] = 1,
	[GATE_INCONCLUSIVE] = 2,
	[GATE_NOT_MEASURED] = 3,
	[GATE_FAILED] = 4,
	[GATE_REGRESSION] = 5,
};

/* Slowdowns can be compared with each other; differences have units of their own and come last. */
static double weight(const struct compare_item *item)
{
	bool known = item->metric && !item->metric->additive && !isnan(item->cost);

	return known ? item->cost : -INFINITY;
}

static int order(const void *left, const void *right)
{
	const struct compare_item *a = *(const struct compare_item *const *)left;
	const struct compare_item *b = *(const struct compare_item *const *)right;
	int by_gate = badness[b->gate] - badness[a->gate];

	if (by_gate)
		return by_gate;
	if (weight(a) != weight(b))
		return weight(a) < weight(b) ? 1 : -1;
	return (a > b) - (a < b); /* as they stand in the comparison */
}

const struct compare_item **compare_worst(const struct comparison *comparison, size_t *count)
{
	const struct compare_item **items = mem_new(comparison->count + 1, sizeof(*items));

	*count = 0;
	for (size_t i = 0; i < comparison->count; i++)
		if (badness[comparison->items[i].gate])
			items[(*count)++] = &comparison->items[i];
	qsort(items, *count, sizeof(*items), order);
	return items;
}
