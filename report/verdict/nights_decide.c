/* What is flagged, decided by old against new; and the answer of all nights. See nights.h. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "report/verdict/nights.h"

static bool same_cell(const struct compare_item *item, const struct history_series *s)
{
	return compare_is_of(item, s->placement, s->benchmark, s->parameters);
}

static bool same_metric(const struct compare_item *item, const struct history_series *s)
{
	return same_cell(item, s) && item->metric &&
	       strcmp(item->metric->name, s->metric->name) == 0 && (isnan(s->x) || item->x == s->x);
}

const struct compare_item *nights_find(
	const struct comparison *comparison, const struct night *night)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (same_metric(&comparison->items[i], night->series))
			return &comparison->items[i];
	return NULL;
}

static bool is_wanted(const struct compare_item *item, const void *context)
{
	const struct nights *nights = context;

	for (size_t i = 0; i < nights->count; i++) {
		const struct night *night = &nights->list[i];

		if (night->state != NIGHT_FLAGGED)
			continue;
		if (same_metric(item, night->series) ||
			(same_cell(item, night->series) && item->gate == GATE_REGRESSION))
			return true;
	}
	return false;
}

void nights_take(struct nights *nights, struct comparison *comparison)
{
	compare_keep_items(comparison, is_wanted, nights);
	array_reserve(&nights->decided, &nights->decided_capacity, nights->decided_count + 1);
	nights->decided[nights->decided_count++] = comparison;
}

static bool any_worse(const struct nights *nights)
{
	for (size_t c = 0; c < nights->decided_count; c++)
		for (size_t i = 0; i < nights->decided[c]->count; i++)
			if (nights->decided[c]->items[i].gate == GATE_REGRESSION)
				return true;
	return nights->worse > 0;
}

/* Whether old against new says of a flagged metric that it is not worse, for every new target. */
static bool is_cleared(const struct nights *nights, const struct night *night)
{
	for (size_t c = 0; c < nights->decided_count; c++) {
		const struct compare_item *item = nights_find(nights->decided[c], night);

		if (!item || (item->gate != GATE_PASS && item->gate != GATE_EXPECTED))
			return false;
	}
	return nights->decided_count > 0;
}

int nights_status(const struct nights *nights)
{
	bool open = nights->not_measured || nights->too_few == nights->count;

	if (any_worse(nights))
		return 1;
	for (size_t i = 0; i < nights->count; i++) {
		const struct night *night = &nights->list[i];

		open = open || (night->state == NIGHT_FLAGGED && !is_cleared(nights, night));
	}
	return open ? 4 : 0;
}

const char *nights_answer(int status)
{
	return status == 0   ? "passed: nothing is worse than the nights before"
	       : status == 1 ? "REGRESSION"
			     : "inconclusive: not everything is decided";
}
