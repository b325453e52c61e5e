/* What a host counted, as JSON: a list of [source, name, unit, kind, value, note], with null for
 * what a counter does not have. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "hosts/wire.h"

enum { COUNTERS_MOST = 20000 };

static json_t *text_or_null(const char *text)
{
	return text ? wire_text(text, strlen(text)) : json_null();
}

json_t *wire_counters_list(const struct counter_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct counter *counter = &list->items[i];
		json_t *value = isfinite(counter->value) ? json_real(counter->value) : json_null();
		json_array_append_new(
			array, json_pack("[o, o, o, s, o, o]", text_or_null(counter->source),
				       text_or_null(counter->name), text_or_null(counter->unit),
				       counter_kind_text(counter->kind), value,
				       text_or_null(counter->note)));
	}
	return array;
}

/* A counter without a name is a source that is not available; one without a value has a note. */
static bool read_counter(const json_t *row, struct counter *counter)
{
	json_t *value = json_array_get(row, 4);
	const char *kind = json_string_value(json_array_get(row, 3));

	*counter = (struct counter){
		.source = json_string_value(json_array_get(row, 0)),
		.name = json_string_value(json_array_get(row, 1)),
		.unit = json_string_value(json_array_get(row, 2)),
		.value = json_is_number(value) ? json_number_value(value) : NAN,
		.note = json_string_value(json_array_get(row, 5)),
	};
	return counter->source && kind && counter_kind_read(kind, &counter->kind) == 0 &&
	       !counter->name == !counter->unit &&
	       (isfinite(counter->value) ? counter->name : counter->note);
}

int wire_counters_list_read(const json_t *array, struct counter_list *list, struct error *e)
{
	size_t count = json_array_size(array);

	if (!json_is_array(array) || count > COUNTERS_MOST)
		return error_set(e, "the host's counters are invalid");
	for (size_t i = 0; i < count; i++) {
		struct counter counter;
		if (!read_counter(json_array_get(array, i), &counter))
			return error_set(e, "the host's counters are invalid (number %zu)", i);
		counter_list_add(list, &counter);
	}
	return 0;
}
