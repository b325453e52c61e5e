/* Lists of counters, and the names of their kinds. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "counters/counters.h"

static const char *const kind_texts[] = {
	[COUNTER_TOTAL] = "total", [COUNTER_TOTAL_32] = "total32", [COUNTER_LEVEL] = "level"};

const char *counter_kind_text(enum counter_kind kind)
{
	return kind_texts[kind];
}

int counter_kind_read(const char *text, enum counter_kind *kind)
{
	for (size_t i = 0; i < ARRAY_COUNT(kind_texts); i++)
		if (strcmp(kind_texts[i], text) == 0) {
			*kind = (enum counter_kind)i;
			return 0;
		}
	return -1;
}

/* A copy that the list owns; NULL of NULL. */
static const char *keep(struct counter_list *list, const char *text)
{
	array_reserve(&list->strings, &list->string_capacity, list->string_count + 1);
	return list->strings[list->string_count++] = str_dup(text);
}

void counter_list_add(struct counter_list *list, const struct counter *counter)
{
	array_reserve(&list->items, &list->capacity, list->count + 1);
	list->items[list->count++] = (struct counter){
		.source = keep(list, counter->source),
		.name = keep(list, counter->name),
		.unit = keep(list, counter->unit),
		.kind = counter->kind,
		.value = counter->value,
		.note = keep(list, counter->note),
	};
}

void counter_list_free(struct counter_list *list)
{
	for (size_t i = 0; i < list->string_count; i++)
		free(list->strings[i]);
	free(list->strings);
	free(list->items);
	*list = (struct counter_list){0};
}
