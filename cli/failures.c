/* See failures.h. */
#include "cli/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

bool failures_note(struct failures *failures, const char *target, const char *text, unsigned runs)
{
	for (size_t i = 0; i < failures->count; i++) {
		struct failure *known = &failures->list[i];
		if (strcmp(known->target, target) == 0 && strcmp(known->text, text) == 0) {
			known->count += runs;
			return false;
		}
	}
	array_reserve(&failures->list, &failures->capacity, failures->count + 1);
	failures->list[failures->count++] =
		(struct failure){.target = str_dup(target), .text = str_dup(text), .count = runs};
	return true;
}

static void add_failure(const struct failure *failure, struct text *out)
{
	text_addf(out, "FAILED ×%u %s: %s\n", failure->count, failure->target, failure->text);
}

void failures_add_repeated(const struct failures *failures, struct text *out)
{
	for (size_t i = 0; i < failures->count; i++)
		if (failures->list[i].count > 1)
			add_failure(&failures->list[i], out);
}

/* The more frequent first; equals in their order, which is that of their places. */
static int compare_counts(const void *a, const void *b)
{
	const struct failure *one = *(const struct failure *const *)a;
	const struct failure *other = *(const struct failure *const *)b;

	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return one < other ? -1 : 1;
}

void failures_add_most(const struct failures *failures, size_t most, struct text *out)
{
	cleanup_free const struct failure **sorted = mem_new(failures->count, sizeof(*sorted));

	for (size_t i = 0; i < failures->count; i++)
		sorted[i] = &failures->list[i];
	qsort(sorted, failures->count, sizeof(*sorted), compare_counts);
	for (size_t i = 0; i < failures->count && i < most; i++)
		add_failure(sorted[i], out);
	if (failures->count > most)
		text_addf(out, "and %zu other reason%s\n", failures->count - most,
			failures->count - most == 1 ? "" : "s");
}

void failures_free(struct failures *failures)
{
	for (size_t i = 0; i < failures->count; i++) {
		free(failures->list[i].target);
		free(failures->list[i].text);
	}
	free(failures->list);
	*failures = (struct failures){0};
}
