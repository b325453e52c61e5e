/* See gate_sources.h. */
#include "cli/gate_sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/baseline/baseline.h"

static int add_earlier(struct gate_sources *sources, const char *name, struct error *e)
{
	struct source *source = &sources->earlier[sources->earlier_count];

	if (source_open(name, source, e) < 0)
		return -1;
	sources->earlier_data[sources->earlier_count++] = source->data;
	return 0;
}

static void make_room(struct gate_sources *sources, size_t count)
{
	sources->earlier = mem_new(count + 1, sizeof(*sources->earlier));
	sources->earlier_data = mem_new(count + 1, sizeof(*sources->earlier_data));
}

static int open_named(
	const struct arguments *arguments, struct gate_sources *sources, struct error *e)
{
	if (arguments->count < 2)
		return error_set(
			e, "missing argument: name BASE and NEW, or NEW and --baseline DIR");
	make_room(sources, arguments->count);
	if (source_open(arguments->positionals[0], &sources->base, e) < 0 ||
		source_open(arguments->positionals[1], &sources->newer, e) < 0)
		return -1;
	for (size_t i = 2; i < arguments->count; i++)
		if (add_earlier(sources, arguments->positionals[i], e) < 0)
			return -1;
	return 1;
}

/* --- from a baseline store ----------------------------------------------------------------------
 */

/* "another image", without the name in brackets. */
static size_t reason_length(const char *why_not)
{
	return strcspn(why_not, "(");
}

static bool same_reason(const char *a, const char *b)
{
	return reason_length(a) == reason_length(b) && strncmp(a, b, reason_length(a)) == 0;
}

/* "; not comparable: another image (3), another host (2)". */
static void add_reasons(const struct baseline_list *list, struct text *out)
{
	const char *separator = "; not comparable: ";

	for (size_t i = 0; i < list->count; i++) {
		const char *why = list->entries[i].why_not;
		size_t count = 0;
		bool first = why;

		for (size_t k = 0; why && k < list->count; k++) {
			bool same = list->entries[k].why_not &&
				    same_reason(why, list->entries[k].why_not);
			first = first && !(same && k < i);
			count += same;
		}
		if (!first)
			continue;
		int length = (int)reason_length(why);
		length -= length > 0 && why[length] == '(';
		text_addf(out, "%s%.*s (%zu)", separator, length, why, count);
		separator = ", ";
	}
}

/* A base that many campaigns are compared with passes its own noise on to all of them. */
static void add_few_blocks(const struct store_data *base, struct text *out)
{
	enum { ENOUGH = 20 };
	unsigned blocks = 0;

	for (size_t i = 0; i < base->block_count; i++)
		if (base->blocks[i].number >= blocks)
			blocks = base->blocks[i].number + 1;
	if (blocks < ENOUGH)
		text_addf(out, "; it has %u blocks, and a base should have %d", blocks, ENOUGH);
}

/* The newest is the base, those before it tell how much campaigns differ. */
static int open_picked(const char *store, const struct baseline_list *list,
	struct gate_sources *sources, struct error *e)
{
	struct text remark = {0};
	bool found = false;

	make_room(sources, list->count);
	for (size_t i = 0; i < list->count; i++) {
		const char *path = list->entries[i].path;
		if (list->entries[i].why_not)
			continue;
		int status = found ? add_earlier(sources, path, e)
				   : source_open(path, &sources->base, e);
		if (status < 0)
			return -1;
		found = true;
	}
	if (found) {
		text_addf(&remark, "baseline: %s, and %zu earlier campaign%s", sources->base.label,
			sources->earlier_count, sources->earlier_count == 1 ? "" : "s");
		add_few_blocks(sources->base.data, &remark);
	} else {
		text_addf(&remark, "baseline: %s has nothing comparable", store);
	}
	add_reasons(list, &remark);
	sources->remark = text_take(&remark);
	return found;
}

static int open_from_store(const struct arguments *arguments, const char *store,
	struct gate_sources *sources, struct error *e)
{
	struct baseline_list list = {0};

	if (arguments->count != 1)
		return error_set(e, "--baseline picks what to compare with: name only NEW");
	int status = source_open(arguments->positionals[0], &sources->newer, e);
	if (status == 0)
		status = baseline_pick(store, sources->newer.data, &list, e);
	if (status == 0)
		status = open_picked(store, &list, sources, e);
	baseline_list_free(&list);
	return status;
}

int gate_sources_open(
	const struct arguments *arguments, struct gate_sources *sources, struct error *e)
{
	const char *store = flag_value(arguments, 'b');

	*sources = (struct gate_sources){0};
	return store ? open_from_store(arguments, store, sources, e)
		     : open_named(arguments, sources, e);
}

void gate_sources_close(struct gate_sources *sources)
{
	for (size_t i = 0; i < sources->earlier_count; i++)
		source_close(&sources->earlier[i]);
	free(sources->earlier);
	free(sources->earlier_data);
	free(sources->remark);
	source_close(&sources->base);
	source_close(&sources->newer);
}
