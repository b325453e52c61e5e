/* Puts the two edges of a run together. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/counters.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same(const struct counter *a, const struct counter *b)
{
	return strcmp(a->source, b->source) == 0 && same_text(a->name, b->name);
}

/* The index of the same counter in the list, sought from `from` on, where it stands in most cases;
 * list->count: it is not there. */
static size_t find(const struct counter_list *list, const struct counter *like, size_t from)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t at = (from + i) % list->count;
		if (same(&list->items[at], like))
			return at;
	}
	return list->count;
}

static struct counter_pair pair_of(
	const struct counter *counter, double before, double after, const char *note)
{
	return (struct counter_pair){.source = counter->source,
		.name = counter->name,
		.unit = counter->unit,
		.note = note,
		.kind = counter->kind,
		.before = before,
		.after = after};
}

/* A source that worked at one edge only has no whole-source gap at the other. */
size_t counters_pair(const struct counter_list *before, const struct counter_list *after,
	struct counter_pair **out)
{
	struct counter_pair *pairs = mem_new(before->count + after->count + 1, sizeof(*pairs));
	cleanup_free bool *used = mem_new(before->count + 1, sizeof(*used));
	size_t count = 0, expected = 0;

	for (size_t i = 0; i < after->count; i++) {
		const struct counter *late = &after->items[i];
		size_t at = find(before, late, expected);
		const struct counter *early = at < before->count ? &before->items[at] : NULL;
		const char *note = late->note;
		if (early) {
			used[at] = true;
			expected = at + 1;
			note = note ? note : early->note;
		} else if (late->name && !note) {
			note = "it came during the run";
		}
		pairs[count++] = pair_of(late, early ? early->value : NAN, late->value, note);
	}
	for (size_t i = 0; before->items && i < before->count; i++)
		if (!used[i])
			pairs[count++] = pair_of(&before->items[i], before->items[i].value, NAN,
				before->items[i].note ? before->items[i].note
						      : "it vanished during the run");
	*out = pairs;
	return count;
}
