/* tare baseline: campaigns that are kept for later ones to be compared with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "cli/sources.h"
#include "report/baseline/baseline.h"

static int add(const struct arguments *arguments, struct error *e)
{
	if (arguments->count < 3)
		return error_set(e, "name the campaigns to add: tare baseline add DIR CAMPAIGN...");
	for (size_t i = 2; i < arguments->count; i++) {
		cleanup_free char *path = NULL;

		if (baseline_add(arguments->positionals[1], arguments->positionals[i], &path, e) <
			0)
			return -1;
		printf("%s\n", path);
	}
	return EXIT_OK;
}

static const char *comparable(const struct baseline_entry *entry)
{
	return entry->why_not ? entry->why_not : "comparable";
}

/* A line per entry, the newest first: its directory; pick: and whether it is comparable. */
static int print_list(const struct baseline_list *list, bool pick, struct error *e)
{
	cleanup_text struct text text = {0};
	int width = 0;

	for (size_t i = 0; i < list->count; i++) {
		int length = (int)strlen(comparable(&list->entries[i]));
		width = length > width ? length : width;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct baseline_entry *entry = &list->entries[i];
		if (pick)
			text_addf(&text, "%-*s  ", width, comparable(entry));
		text_addf(&text, "%s\n", entry->path);
	}
	return text.count ? sources_write(NULL, &text, e) : 0;
}

static int list(const struct arguments *arguments, struct error *e)
{
	struct baseline_list list;
	int status = baseline_list(arguments->positionals[1], &list, e);

	if (status == 0)
		status = print_list(&list, false, e);
	baseline_list_free(&list);
	return status;
}

static int prune(const struct arguments *arguments, struct error *e)
{
	enum { USUAL = 30 };
	uint64_t keep = USUAL;
	struct baseline_list removed;

	if (flag_number(arguments, 'k', 1, UINT32_MAX, &keep, e) < 0)
		return -1;
	int status = baseline_prune(arguments->positionals[1], keep, &removed, e);
	for (size_t i = 0; i < removed.count; i++)
		printf("removed %s\n", removed.entries[i].path);
	if (status == 0)
		printf("%zu removed\n", removed.count);
	baseline_list_free(&removed);
	return status;
}

static int pick(const struct arguments *arguments, struct error *e)
{
	struct source newer = {0};
	struct baseline_list list = {0};
	size_t comparable = 0;

	if (arguments->count != 3)
		return error_set(
			e, "name the campaign to compare: tare baseline pick DIR CAMPAIGN");
	int status = source_open(arguments->positionals[2], &newer, e);
	if (status == 0)
		status = baseline_pick(arguments->positionals[1], newer.data, &list, e);
	if (status == 0)
		status = print_list(&list, true, e);
	for (size_t i = 0; i < list.count; i++)
		comparable += !list.entries[i].why_not;
	baseline_list_free(&list);
	source_close(&newer);
	return status < 0 || comparable ? status : EXIT_INCONCLUSIVE;
}

static const struct {
	const char *name;
	int (*function)(const struct arguments *arguments, struct error *e);
} actions[] = {{"add", add}, {"list", list}, {"prune", prune}, {"pick", pick}};

int cmd_baseline(const struct arguments *arguments, struct error *e)
{
	const char *wanted = arguments->positionals[0], *names[ARRAY_COUNT(actions)];

	for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
		names[i] = actions[i].name;
		if (strcmp(names[i], wanted) != 0)
			continue;
		int status = actions[i].function(arguments, e);
		return status < 0 ? EXIT_USAGE : status;
	}
	cleanup_free char *hint = nearest_hint(wanted, names, ARRAY_COUNT(actions));
	error_set(e, "tare baseline has no \"%s\" (there are add, list, prune, pick)%s", wanted,
		hint);
	return EXIT_USAGE;
}
